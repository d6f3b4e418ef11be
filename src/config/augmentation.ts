import { z } from 'zod';

const cropSchema = z.discriminatedUnion('name', [
  /** Inception's: a random part of the picture, resized to the input (Szegedy et al. 2015, section 6). */
  z.strictObject({
    name: z.literal('randomResizedCrop'),
    scale: z.tuple([z.number(), z.number()]).default([0.08, 1]),
    ratio: z.tuple([z.number(), z.number()]).default([3 / 4, 4 / 3]),
  }),
  /** The shorter side resized, then a random window of the input's size (Krizhevsky et al. 2012, section 4.1). */
  z.strictObject({ name: z.literal('randomCrop'), shorterSide: z.int().positive() }),
  /** A random window of the picture padded by so many pixels (He et al. 2016, section 4.2, CIFAR-10). */
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
  /** How a validation picture comes to the input's size: shorter side resized to this, center crop of the input. */
  evaluationShorterSide: z.int().positive().optional(),
  mean: z.tuple([z.number(), z.number(), z.number()]).default([0.485, 0.456, 0.406]),
  standardDeviation: z.tuple([z.number(), z.number(), z.number()]).default([0.229, 0.224, 0.225]),
});
export type AugmentationConfig = z.infer<typeof augmentationSchema>;
