import { z } from 'zod';

/** A range from which values are drawn: [low, high]. */
const rangeSchema = (bound: z.ZodNumber) =>
  z.tuple([bound, bound]).refine(([low, high]) => low <= high, 'expected the smaller number first, then the larger');

const cropSchema = z.discriminatedUnion('name', [
  /** Inception's crop: a random box of the image, resized to the input size (Szegedy et al. 2015, section 6). */
  z.strictObject({
    name: z.literal('randomResizedCrop'),
    /** Smallest and largest area of the box, as fractions of the image's area. */
    scale: rangeSchema(z.number().positive().max(1)).default([0.08, 1]),
    /** Smallest and largest aspect ratio of the box: width divided by height. */
    ratio: rangeSchema(z.number().positive()).default([3 / 4, 4 / 3]),
  }),
  /** A random window of the input size from the resized image (Krizhevsky et al. 2012, section 4.1). */
  z.strictObject({
    name: z.literal('randomCrop'),
    /**
     * The shorter side of the image is first resized to this.
     * @unit pixels
     * @example 256
     */
    shorterSide: z.int().positive(),
  }),
  /** A random window of the padded image (He et al. 2016, section 4.2, CIFAR-10). */
  z.strictObject({
    name: z.literal('paddedCrop'),
    /**
     * Pixels added on every side before the crop.
     * @unit pixels
     * @example 4
     */
    padding: z.int().min(0),
    /** What is added: black pixels (the default), or the image mirrored at its border without the border itself. */
    border: z.enum(['black', 'reflected']).optional(),
  }),
  /** Nothing random: the shorter side is resized to the input size, and the center is used. */
  z.strictObject({ name: z.literal('none') }),
]);

export const augmentationSchema = z.strictObject({
  /** How a training image is cropped to the input size. */
  crop: cropSchema.default({ name: 'none' }),
  /**
   * Mirrors each training image left to right with probability 0.5. `alternating` does so in the first epoch; after that, each image
   * is mirrored in every other epoch (Jordan 2024, arXiv 2404.00498, section 3.6).
   */
  flip: z.union([z.boolean(), z.literal('alternating')]).default(true),
  /**
   * How often an epoch shows each of its images, each time with other random changes; default: once. With 3, an epoch shows a third of
   * the images (Hoffer et al. 2019, arXiv 1901.09335; Berman et al. 2019, arXiv 1902.05509).
   */
  repeats: z.int().min(1).max(64).optional(),
  /** Filter for resizing. */
  interpolation: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']).default('linear'),
  /** Random changes of colour in random order, as in torchvision's ColorJitter. */
  colorJitter: z
    .strictObject({
      /** The brightness factor is drawn from 1 - value to 1 + value; 0 turns it off. */
      brightness: z.number().min(0).default(0.4),
      /** The contrast factor is drawn from 1 - value to 1 + value; 0 turns it off. */
      contrast: z.number().min(0).default(0.4),
      /** The saturation factor is drawn from 1 - value to 1 + value; 0 turns it off. */
      saturation: z.number().min(0).default(0.4),
      /** The hue is shifted by -value to value of a full circle; 0 turns it off. */
      hue: z.number().min(0).max(0.5).default(0),
    })
    .optional(),
  /** AlexNet's PCA colour noise: standard deviation of the random factors (Krizhevsky et al. 2012, section 4.1). */
  lighting: z.number().min(0).optional(),
  /** RandAugment or AutoAugment (Cubuk et al. 2018, 2019). */
  automatic: z
    .discriminatedUnion('name', [
      /** Random operations of one strength (Cubuk et al. 2019, arXiv 1909.13719). */
      z.strictObject({
        name: z.literal('randAugment'),
        /** Random operations per image. */
        operations: z.int().positive().default(2),
        /** Strength of every operation, on a scale of 0 to 30. */
        magnitude: z.int().min(0).max(30).default(9),
      }),
      /** A policy of operations that was learned on one dataset (Cubuk et al. 2018, arXiv 1805.09501). */
      z.strictObject({
        name: z.literal('autoAugment'),
        /** The dataset on which the policy was learned. */
        policy: z.enum(['imagenet', 'cifar10']).default('imagenet'),
      }),
    ])
    .optional(),
  /**
   * Height and width of validation images; default: the input size (Touvron et al. 2019, arXiv 1906.06423).
   * @unit pixels
   * @example 256
   */
  evaluationInput: z.int().positive().optional(),
  /**
   * For evaluation, the shorter side is resized to this and the center is cropped; default: the input size.
   * @unit pixels
   * @example 256
   */
  evaluationShorterSide: z.int().positive().optional(),
  /** Subtracted per channel (red, green, blue), for pixel values from 0 to 1. */
  mean: z.tuple([z.number(), z.number(), z.number()]).default([0.485, 0.456, 0.406]),
  /** Divides each channel after the mean is subtracted. */
  standardDeviation: z
    .tuple([z.number().positive(), z.number().positive(), z.number().positive()])
    .default([0.229, 0.224, 0.225]),
});
export type AugmentationConfig = z.infer<typeof augmentationSchema>;

/** The maximum of the shorter side divided by the input size. Above it, the center crop shows less than half of the image; papers use about 256 / 224. */
const MAX_EVALUATION_ZOOM = 1.5;

/** Checks the sizes against the input size in pixels. Returns the key and the problem, or undefined. */
export function sizeProblem(
  { crop, evaluationShorterSide: side, evaluationInput }: AugmentationConfig,
  trainingInput: number,
): { path: string[]; message: string } | undefined {
  if (crop.name === 'randomCrop' && crop.shorterSide < trainingInput)
    return {
      path: ['crop', 'shorterSide'],
      message: `is ${crop.shorterSide}, expected at least the input size ${trainingInput}`,
    };
  if (crop.name === 'paddedCrop' && crop.border === 'reflected' && crop.padding >= trainingInput)
    return {
      path: ['crop', 'padding'],
      message: `is ${crop.padding}, expected less than the input size ${trainingInput}: a reflected border cannot be wider than the image`,
    };
  const input = evaluationInput ?? trainingInput;
  const path = ['evaluationShorterSide'];
  if (side !== undefined && side < input)
    return { path, message: `is ${side}, expected at least the input size ${input}` };
  if (side !== undefined && side > MAX_EVALUATION_ZOOM * input) {
    const percent = Math.round(100 * (input / side) ** 2);
    const max = Math.floor(MAX_EVALUATION_ZOOM * input);
    const usual = Math.round((input * 256) / 224);
    return {
      path,
      message: `is ${side} for the input size ${input}: evaluation would use only the center ${percent} % of a square image; expected at most ${max} (usual: input x 256 / 224 = ${usual})`,
    };
  }
  return undefined;
}
