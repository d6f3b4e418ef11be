import type { AugmentationConfig } from '../augment/schema.ts';
import { automaticAugmentation } from '../augment/automatic.ts';
import { colorJitter, lighting } from '../augment/color.ts';
import { randomBox } from '../augment/random-resized-crop.ts';
import { Purpose, RandomSequence } from '../random.ts';
import type { Size } from '../resize/box.ts';
import { fullBox } from '../resize/box.ts';
import { toShorterSide, planWindow } from '../resize/sampling.ts';
import type { Sampling } from '../resize/sampling.ts';
import { changesColors, randomWindow, reflectedIndex } from './window.ts';

/** How images become the network's input, `input` x `input` pixels. */
export interface Preparation {
  readonly input: number;
  readonly augmentation: AugmentationConfig;
}

/** Identifies a sample. Its random changes depend only on these three numbers. */
export interface SampleKey {
  readonly seed: number;
  /** The epoch, or with repeats `EpochPosition.draw`. */
  readonly epoch: number;
  readonly example: number;
}

/** Resizes the shorter side and crops the center: for validation images, and for training images without a random crop. */
function planCenterCrop(image: Size, side: number, { input, augmentation }: Preparation): Sampling {
  const resized = toShorterSide(image, side);
  const window = {
    top: Math.round((resized.height - input) / 2),
    left: Math.round((resized.width - input) / 2),
    width: input,
    height: input,
  };
  return planWindow(fullBox(image), resized, window, augmentation.interpolation);
}

/** How a validation image of this size becomes uint8 [input, input, 3]. */
export const planEvaluation = (image: Size, to: Preparation): Sampling =>
  planCenterCrop(image, to.augmentation.evaluationShorterSide ?? to.input, to);

/** How a training image of this size becomes uint8 [input, input, 3]. `finishTraining` then changes its pixels. */
export function planTraining(image: Size, to: Preparation, sampleKey: SampleKey): Sampling {
  const { seed, epoch, example } = sampleKey;
  const { input, augmentation } = to;
  const { crop, interpolation } = augmentation;
  const size = { width: input, height: input };
  if (crop.name === 'randomResizedCrop') {
    const random = new RandomSequence(seed, Purpose.crop, epoch, example);
    const box = randomBox(image, crop.scale, crop.ratio, random);
    return planWindow(box, size, fullBox(size), interpolation);
  }
  if (crop.name !== 'randomCrop') return planCenterCrop(image, input, to);
  const resized = toShorterSide(image, crop.shorterSide);
  const maxOffset = { height: resized.height - input, width: resized.width - input };
  const window = { ...randomWindow(seed, epoch, example, maxOffset), ...size };
  return planWindow(fullBox(image), resized, window, interpolation);
}

/** Applies the random changes to pixels, uint8 [input, input, 3], in place. The graph applies the others: flip and window. */
export function finishTraining(pixels: Uint8Array, to: Preparation, sampleKey: SampleKey): void {
  const { seed, epoch, example } = sampleKey;
  const { input, augmentation } = to;
  const { crop } = augmentation;
  if (crop.name === 'paddedCrop' && changesColors(augmentation)) {
    const maxOffset = { height: 2 * crop.padding, width: 2 * crop.padding };
    const { top, left } = randomWindow(seed, epoch, example, maxOffset);
    shift(pixels, input, [top - crop.padding, left - crop.padding], crop.border);
  }
  changeColors({ width: input, height: input, pixels }, augmentation, sampleKey);
}

/** Moves the window at (top, left) of a square image to its origin. Pixels outside of the image are black or reflected. */
function shift(
  pixels: Uint8Array,
  side: number,
  [top, left]: readonly [number, number],
  border: 'black' | 'reflected' = 'black',
): void {
  const source = pixels.slice();
  if (border === 'reflected') {
    const from = (y: number, x: number): number =>
      3 * (reflectedIndex(top + y, side) * side + reflectedIndex(left + x, side));
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) pixels.set(source.subarray(from(y, x), from(y, x) + 3), 3 * (y * side + x));
    return;
  }
  pixels.fill(0);
  const from = Math.max(0, left);
  const length = 3 * (side - Math.abs(left));
  if (length <= 0) return;
  for (let y = 0; y < side; y++) {
    if (top + y < 0 || top + y >= side) continue;
    const start = 3 * ((top + y) * side + from);
    pixels.set(source.subarray(start, start + length), 3 * (y * side + Math.max(0, -left)));
  }
}

/**
 * Changes colours in torchvision's order: policy, jitter, lighting. torchvision mirrors an image before the policy, the graph
 * mirrors it after the policy. The distribution of the images is the same, because translations, shears and rotations of a
 * policy have both signs with the same probability.
 */
function changeColors(
  image: Size & { pixels: Uint8Array },
  augmentation: AugmentationConfig,
  { seed, epoch, example }: SampleKey,
): void {
  const randomFor = (purpose: Purpose): RandomSequence => new RandomSequence(seed, purpose, epoch, example);
  if (augmentation.automatic) {
    automaticAugmentation(image, augmentation.automatic, randomFor(Purpose.automatic));
  }
  if (augmentation.colorJitter) {
    colorJitter(image, augmentation.colorJitter, randomFor(Purpose.colorJitter));
  }
  if (augmentation.lighting) lighting(image, augmentation.lighting, randomFor(Purpose.lighting));
}
