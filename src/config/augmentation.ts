import { z } from 'zod';

/** From the first to the second; the other way round nothing would be drawn from it as it reads. */
const rangeSchema = (bound: z.ZodNumber) =>
  z.tuple([bound, bound]).refine(([low, high]) => low <= high, 'expected the smaller number first, then the larger');

const cropSchema = z.discriminatedUnion('name', [
  /** Inception's: a random part of the image, resized to the input (Szegedy et al. 2015, section 6). */
  z.strictObject({
    name: z.literal('randomResizedCrop'),
    /** Parts of the image's area. */
    scale: rangeSchema(z.number().positive().max(1)).default([0.08, 1]),
    /** Width to height. */
    ratio: rangeSchema(z.number().positive()).default([3 / 4, 4 / 3]),
  }),
  /** The shorter side resized, then a random window of the input's size (Krizhevsky et al. 2012, section 4.1). */
  z.strictObject({ name: z.literal('randomCrop'), shorterSide: z.int().positive() }),
  /** A random window of the image padded by so many pixels (He et al. 2016, section 4.2, CIFAR-10). */
  z.strictObject({ name: z.literal('paddedCrop'), padding: z.int().min(0) }),
  z.strictObject({ name: z.literal('none') }),
]);

export const augmentationSchema = z.strictObject({
  crop: cropSchema.default({ name: 'none' }),
  flip: z.boolean().default(true),
  interpolation: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']).default('linear'),
  colorJitter: z
    .strictObject({
      brightness: z.number().min(0).default(0.4),
      contrast: z.number().min(0).default(0.4),
      saturation: z.number().min(0).default(0.4),
      hue: z.number().min(0).max(0.5).default(0),
    })
    .optional(),
  /** AlexNet's PCA lighting: standard deviation of the random factors (Krizhevsky et al. 2012, section 4.1). */
  lighting: z.number().min(0).optional(),
  automatic: z
    .discriminatedUnion('name', [
      z.strictObject({
        name: z.literal('randAugment'),
        operations: z.int().positive().default(2),
        magnitude: z.int().min(0).max(30).default(9),
      }),
      z.strictObject({
        name: z.literal('autoAugment'),
        policy: z.enum(['imagenet', 'cifar10']).default('imagenet'),
      }),
    ])
    .optional(),
  /** How a validation image comes to the input's size: shorter side resized to this, center crop of the input. */
  evaluationShorterSide: z.int().positive().optional(),
  mean: z.tuple([z.number(), z.number(), z.number()]).default([0.485, 0.456, 0.406]),
  standardDeviation: z
    .tuple([z.number().positive(), z.number().positive(), z.number().positive()])
    .default([0.229, 0.224, 0.225]),
});
export type AugmentationConfig = z.infer<typeof augmentationSchema>;

/** Above this the middle of an image is less than half of it; the papers' own are 256 / 224 and thereabouts. */
const MAX_EVALUATION_ZOOM = 1.5;

/** What is wrong with the sizes for a network's input of so many pixels: the setting's place and a sentence. */
export function sizeProblem(
  { crop, evaluationShorterSide: side }: AugmentationConfig,
  input: number,
): { path: string[]; message: string } | undefined {
  if (crop.name === 'randomCrop' && crop.shorterSide < input)
    return {
      path: ['crop', 'shorterSide'],
      message: `is ${crop.shorterSide}, less than the input of ${input}`,
    };
  const path = ['evaluationShorterSide'];
  if (side !== undefined && side < input) return { path, message: `is ${side}, less than the input of ${input}` };
  if (side !== undefined && side > MAX_EVALUATION_ZOOM * input) {
    const seen = Math.round(100 * (input / side) ** 2);
    const most = Math.floor(MAX_EVALUATION_ZOOM * input);
    const usual = Math.round((input * 256) / 224);
    return {
      path,
      message: `is ${side} for an input of ${input}: evaluation would see only the middle ${seen} % of a square image; give at most ${most} (usual is 256 / 224 of the input: ${usual})`,
    };
  }
  return undefined;
}
