import type { AugmentationConfig } from './schema.ts';
import { permutation } from '../random.ts';
import type { RandomSequence } from '../random.ts';
import { applyTable, blend, luma } from './image.ts';
import type { Image } from './image.ts';

/** Factor 0 gives black, factor 1 the unchanged image (Pillow's ImageEnhance.Brightness). */
export const adjustBrightness = (image: Image, factor: number): void => {
  applyTable(image, (value) => blend(0, value, factor));
};

/** Factor 0 gives uniform grey of the image's mean luma (ImageEnhance.Contrast). */
export function adjustContrast(image: Image, factor: number): void {
  const { pixels } = image;
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    sum += luma(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
  }
  const mean = Math.floor(sum / (pixels.length / 3) + 0.5);
  applyTable(image, (value) => blend(mean, value, factor));
}

/** Factor 0 gives the image in grey (ImageEnhance.Color). */
export function adjustSaturation({ pixels }: Image, factor: number): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const grey = luma(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
    for (let i = at; i < at + 3; i++) pixels[i] = blend(grey, pixels[i]!, factor);
  }
}

/**
 * Shifts the hue by `turn` of a full circle, in Pillow's 8-bit HSV (libImaging/Convert.c, `rgb2hsv_row`, `hsv2rgb`). Numbers
 * are rounded to 32-bit floats where Pillow stores floats.
 */
export function adjustHue({ pixels }: Image, turn: number): void {
  const shift = Math.trunc(turn * 255);
  for (let at = 0; at < pixels.length; at += 3) {
    const red = pixels[at]!;
    const green = pixels[at + 1]!;
    const blue = pixels[at + 2]!;
    const value = Math.max(red, green, blue);
    const range = value - Math.min(red, green, blue);
    const hue = range === 0 ? 0 : computeHue(red, green, blue, value, range);
    const saturation = range === 0 ? 0 : Math.trunc(Math.fround(range / value) * 255);
    writeHsv(pixels, at, (hue + shift) & 255, saturation, value);
  }
}

/** The hue in 8 bits; `value` is the largest of the three channels, `range` the largest minus the smallest. */
function computeHue(red: number, green: number, blue: number, value: number, range: number): number {
  const r = Math.fround((value - red) / range);
  const g = Math.fround((value - green) / range);
  const b = Math.fround((value - blue) / range);
  const sixths = Math.fround(red === value ? b - g : green === value ? 2 + r - b : 4 + g - r);
  return Math.trunc(Math.fround((sixths / 6 + 1) % 1) * 255);
}

/** Writes the RGB values of a colour in 8-bit HSV to `out`, from index `at`. */
function writeHsv(out: Uint8Array, at: number, hue: number, saturation: number, value: number): void {
  const sixths = (hue * 6) / 255;
  const sector = Math.floor(sixths);
  const rest = Math.fround(sixths - sector);
  const strength = Math.fround(saturation / 255);
  const p = Math.round(value * (1 - strength));
  const q = Math.round(value * (1 - strength * rest));
  const t = Math.round(value * (1 - strength * (1 - rest)));
  const sectors: readonly (readonly [number, number, number])[] = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ];
  out.set(sectors[sector % 6]!, at);
}

type ColorJitter = NonNullable<AugmentationConfig['colorJitter']>;

/** torchvision's ColorJitter: the four adjustments in random order, with uniformly distributed factors around 1 (hue: 0). */
export function colorJitter(image: Image, strength: ColorJitter, random: RandomSequence): void {
  const order = permutation(4, random);
  const factor = (range: number): number => random.between(Math.max(0, 1 - range), 1 + range);
  const brightness = factor(strength.brightness);
  const contrast = factor(strength.contrast);
  const saturation = factor(strength.saturation);
  const hue = random.between(-strength.hue, strength.hue);
  for (const adjustment of order) {
    if (adjustment === 0 && strength.brightness > 0) adjustBrightness(image, brightness);
    if (adjustment === 1 && strength.contrast > 0) adjustContrast(image, contrast);
    if (adjustment === 2 && strength.saturation > 0) adjustSaturation(image, saturation);
    if (adjustment === 3 && strength.hue > 0) adjustHue(image, hue);
  }
}

/** Principal components of ImageNet's RGB values in [0, 1], from fb.resnet.torch (datasets/imagenet.lua). */
const COMPONENT_VALUES = [0.2175, 0.0188, 0.0045] as const;
const COMPONENTS = [
  [-0.5675, 0.7192, 0.4009],
  [-0.5808, -0.0045, -0.814],
  [-0.5836, -0.6948, 0.4203],
] as const;

/**
 * AlexNet's lighting (Krizhevsky et al. 2012, section 4.1). Adds to every pixel each principal component, multiplied by its
 * value and by a normally distributed factor.
 */
export function lighting(image: Image, standardDeviation: number, random: RandomSequence): void {
  const factors = COMPONENT_VALUES.map((value) => value * standardDeviation * random.normal());
  const shifts = COMPONENTS.map((row) => 255 * row.reduce((sum, part, i) => sum + part * factors[i]!, 0));
  const { pixels } = image;
  for (let at = 0; at < pixels.length; at++) {
    pixels[at] = Math.min(255, Math.max(0, Math.round(pixels[at]! + shifts[at % 3]!)));
  }
}
