import type { AugmentationConfig } from '../../config/augmentation.ts';
import { automatic } from '../augment/automatic.ts';
import { colorJitter, lighting } from '../augment/color.ts';
import { randomBox } from '../augment/random-resized-crop.ts';
import { Purpose, RandomSequence } from '../random.ts';
import type { Size } from '../resize/box.ts';
import { wholeOf } from '../resize/box.ts';
import { toShorterSide, windowOfResized } from '../resize/sampling.ts';
import type { Sampling } from '../resize/sampling.ts';
import { changesColors, randomWindow } from '../window.ts';

/** How pictures come to the network's input: `input` pixels square. */
export interface Preparation {
  readonly input: number;
  readonly augmentation: AugmentationConfig;
}

/** Which example of which epoch under which seed. */
export interface Occasion {
  readonly seed: number;
  readonly epoch: number;
  readonly example: number;
}

/** Resize the shorter side, take the middle: what a validation picture gets, and training without a random crop. */
function middle(picture: Size, side: number, { input, augmentation }: Preparation): Sampling {
  const resized = toShorterSide(picture, side);
  const window = {
    top: Math.round((resized.height - input) / 2),
    left: Math.round((resized.width - input) / 2),
    width: input,
    height: input,
  };
  return windowOfResized(wholeOf(picture), resized, window, augmentation.interpolation);
}

/** How a validation picture of this size becomes uint8 [input, input, 3]. */
export const planEvaluation = (picture: Size, to: Preparation): Sampling =>
  middle(picture, to.augmentation.evaluationShorterSide ?? to.input, to);

/** How a training picture of this size becomes uint8 [input, input, 3]; `finishTraining` does the rest. */
export function planTraining(picture: Size, to: Preparation, occasion: Occasion): Sampling {
  const { seed, epoch, example } = occasion;
  const { input, augmentation } = to;
  const { crop, interpolation } = augmentation;
  const size = { width: input, height: input };
  if (crop.name === 'randomResizedCrop') {
    const random = new RandomSequence(seed, Purpose.crop, epoch, example);
    const box = randomBox(picture, crop.scale, crop.ratio, random);
    return windowOfResized(box, size, wholeOf(size), interpolation);
  }
  if (crop.name !== 'randomCrop') return middle(picture, input, to);
  const resized = toShorterSide(picture, crop.shorterSide);
  const room = { height: resized.height - input, width: resized.width - input };
  const window = { ...randomWindow(seed, epoch, example, room), ...size };
  return windowOfResized(wholeOf(picture), resized, window, interpolation);
}

/** Changes pixels uint8 [input, input, 3] in place by all that is random in them but flip and, in the graph, the window. */
export function finishTraining(pixels: Uint8Array, to: Preparation, occasion: Occasion): void {
  const { seed, epoch, example } = occasion;
  const { input, augmentation } = to;
  const { crop } = augmentation;
  if (crop.name === 'paddedCrop' && changesColors(augmentation)) {
    const room = { height: 2 * crop.padding, width: 2 * crop.padding };
    const { top, left } = randomWindow(seed, epoch, example, room);
    shift(pixels, input, top - crop.padding, left - crop.padding);
  }
  changeColors({ width: input, height: input, pixels }, augmentation, occasion);
}

/** The window at (top, left) of a square picture, which may reach over its edges into black. */
function shift(pixels: Uint8Array, side: number, top: number, left: number): void {
  const source = pixels.slice();
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
 * In torchvision's order: policy, jitter, lighting. It mirrors before the policy, the graph after it; the distribution
 * is the same, since the policies' shifts, shears and turns take both signs equally often.
 */
function changeColors(
  picture: Size & { pixels: Uint8Array },
  augmentation: AugmentationConfig,
  { seed, epoch, example }: Occasion,
): void {
  const randomFor = (purpose: Purpose): RandomSequence =>
    new RandomSequence(seed, purpose, epoch, example);
  if (augmentation.automatic) {
    automatic(picture, augmentation.automatic, randomFor(Purpose.automatic));
  }
  if (augmentation.colorJitter) {
    colorJitter(picture, augmentation.colorJitter, randomFor(Purpose.colorJitter));
  }
  if (augmentation.lighting) lighting(picture, augmentation.lighting, randomFor(Purpose.lighting));
}
