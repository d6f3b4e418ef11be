import type { AugmentationConfig } from '../../config/augmentation.ts';
import { automatic } from '../augment/automatic.ts';
import { colorJitter, lighting } from '../augment/color.ts';
import { randomBox } from '../augment/random-resized-crop.ts';
import { Purpose, RandomSequence } from '../random.ts';
import type { Resizer, Size } from '../resize/resizer.ts';
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

/**
 * The shorter side to `side`, the longer in proportion, rounded down as torchvision's Resize does.
 * @returns the pixels in the resizer's memory, and their size.
 */
function toShorterSide(
  resizer: Resizer,
  size: Size,
  side: number,
  interpolation: AugmentationConfig['interpolation'],
): Size & { pixels: Uint8Array } {
  const shorter = Math.min(size.width, size.height);
  if (shorter === side) return { ...size, pixels: resizer.source(3 * size.width * size.height) };
  const to = {
    width: Math.trunc((side * size.width) / shorter),
    height: Math.trunc((side * size.height) / shorter),
  };
  const whole = { top: 0, left: 0, ...size };
  return { ...to, pixels: resizer.resize(size, whole, to, interpolation) };
}

function copyWindow(
  from: Size & { pixels: Uint8Array },
  { top, left }: { top: number; left: number },
  input: number,
  out: Uint8Array,
): void {
  for (let y = 0; y < input; y++) {
    const start = 3 * ((top + y) * from.width + left);
    out.set(from.pixels.subarray(start, start + 3 * input), 3 * y * input);
  }
}

/** Resize the shorter side, take the middle: what a validation picture gets, and training without a random crop. */
function middle(
  resizer: Resizer,
  size: Size,
  side: number,
  to: Preparation,
  out: Uint8Array,
): void {
  const resized = toShorterSide(resizer, size, side, to.augmentation.interpolation);
  const top = Math.round((resized.height - to.input) / 2);
  const left = Math.round((resized.width - to.input) / 2);
  copyWindow(resized, { top, left }, to.input, out);
}

/** A validation picture from the resizer's memory to `out`, uint8 [input, input, 3]. */
export function prepareForEvaluation(
  resizer: Resizer,
  size: Size,
  to: Preparation,
  out: Uint8Array,
): void {
  middle(resizer, size, to.augmentation.evaluationShorterSide ?? to.input, to, out);
}

/** A training picture from the resizer's memory to `out`, uint8 [input, input, 3]: everything but flip and normalization. */
export function prepareForTraining(
  resizer: Resizer,
  size: Size,
  to: Preparation,
  occasion: Occasion,
  out: Uint8Array,
): void {
  crop(resizer, size, to, occasion, out);
  changeColors({ width: to.input, height: to.input, pixels: out }, to.augmentation, occasion);
}

function crop(
  resizer: Resizer,
  size: Size,
  to: Preparation,
  occasion: Occasion,
  out: Uint8Array,
): void {
  const { seed, epoch, example } = occasion;
  const { input, augmentation } = to;
  const { crop: how, interpolation } = augmentation;
  if (how.name === 'randomResizedCrop') {
    const random = new RandomSequence(seed, Purpose.crop, epoch, example);
    const box = randomBox(size, how.scale, how.ratio, random);
    out.set(resizer.resize(size, box, { width: input, height: input }, interpolation));
  } else if (how.name === 'randomCrop') {
    const resized = toShorterSide(resizer, size, how.shorterSide, interpolation);
    const room = { height: resized.height - input, width: resized.width - input };
    copyWindow(resized, randomWindow(seed, epoch, example, room), input, out);
  } else {
    middle(resizer, size, input, to, out);
    if (how.name === 'paddedCrop' && changesColors(augmentation)) {
      const room = { height: 2 * how.padding, width: 2 * how.padding };
      const { top, left } = randomWindow(seed, epoch, example, room);
      shift(out, input, top - how.padding, left - how.padding);
    }
  }
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
