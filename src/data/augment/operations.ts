import { adjustBrightness, adjustContrast, adjustSaturation } from './color.ts';
import { applyTable, applyTables, blend, histogram } from './image.ts';
import type { Image } from './image.ts';

/** The number as fixed point with 16 fractional bits. */
const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);

/** Gives the source position (x', y') of the output position (x, y): x' = a x + b y + c, y' = d x + e y + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Affine transform with the nearest pixel; black outside the source (Pillow, libImaging/Geometry.c, `affine_fixed`). */
function transform({ pixels, width, height }: Image, [a, b, c, d, e, f]: Affine): void {
  const source = pixels.slice();
  const [stepX, stepY] = [fixed(a), fixed(d)];
  const [firstX, firstY] = [fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)];
  for (let y = 0, at = 0; y < height; y++) {
    let inX = firstX + y * fixed(b);
    let inY = firstY + y * fixed(e);
    for (let x = 0; x < width; x++, at += 3, inX += stepX, inY += stepY) {
      const fromX = inX >> 16;
      const fromY = inY >> 16;
      const inside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
      const from = 3 * (fromY * width + fromX);
      for (let i = 0; i < 3; i++) pixels[at + i] = inside ? source[from + i]! : 0;
    }
  }
}

/** Rotates counter-clockwise by degrees around the center. */
function rotate(image: Image, degrees: number): void {
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [image.width / 2, image.height / 2];
  transform(image, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y]);
}

/**
 * Factor 0 gives the image smoothed with [1 1 1; 1 5 1; 1 1 1] / 13, factor 1 the unchanged image. The border stays unchanged
 * (ImageEnhance.Sharpness, ImageFilter.SMOOTH).
 */
function adjustSharpness({ pixels, width, height }: Image, factor: number): void {
  const source = pixels.slice();
  const stride = 3 * width;
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * stride + 3; at < (y + 1) * stride - 3; at++) {
      let sum = 4 * source[at]!;
      for (let row = at - stride; row <= at + stride; row += stride) {
        sum += source[row - 3]! + source[row]! + source[row + 3]!;
      }
      pixels[at] = blend(Math.floor(sum / 13 + 0.5), source[at]!, factor);
    }
  }
}

/** Stretches each channel to 0..255 (ImageOps.autocontrast). */
function autoContrast(image: Image): void {
  const tables = [0, 1, 2].map((channel) => {
    const counts = histogram(image, channel);
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    const scale = high > low ? 255 / (high - low) : 1;
    const offset = high > low ? -low * scale : 0;
    return Uint8Array.from({ length: 256 }, (_, value) =>
      Math.min(255, Math.max(0, Math.trunc(value * scale + offset))),
    );
  });
  applyTables(image, tables);
}

/** Equalizes the histogram of each channel (ImageOps.equalize). */
function equalize(image: Image): void {
  const tables = [0, 1, 2].map((channel) => {
    const counts = histogram(image, channel);
    const last = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((image.width * image.height - last) / 255);
    if (step === 0) return Uint8Array.from({ length: 256 }, (_, value) => value);
    let sum = Math.floor(step / 2);
    return Uint8Array.from(counts, (count) => {
      const entry = Math.floor(sum / step);
      sum += count;
      return Math.min(255, entry);
    });
  });
  applyTables(image, tables);
}

/**
 * The operations of AutoAugment (Cubuk et al. 2018, table 6), as in torchvision's `_apply_op`. They change the image in place.
 */
export const OPERATIONS = {
  Identity: () => undefined,
  ShearX: (image, magnitude) => {
    transform(image, [1, magnitude, 0, 0, 1, 0]);
  },
  ShearY: (image, magnitude) => {
    transform(image, [1, 0, 0, magnitude, 1, 0]);
  },
  TranslateX: (image, magnitude) => {
    transform(image, [1, 0, -Math.trunc(magnitude), 0, 1, 0]);
  },
  TranslateY: (image, magnitude) => {
    transform(image, [1, 0, 0, 0, 1, -Math.trunc(magnitude)]);
  },
  Rotate: rotate,
  Brightness: (image, magnitude) => {
    adjustBrightness(image, 1 + magnitude);
  },
  Color: (image, magnitude) => {
    adjustSaturation(image, 1 + magnitude);
  },
  Contrast: (image, magnitude) => {
    adjustContrast(image, 1 + magnitude);
  },
  Sharpness: (image, magnitude) => {
    adjustSharpness(image, 1 + magnitude);
  },
  Posterize: (image, bits) => {
    const mask = ~(2 ** (8 - Math.trunc(bits)) - 1);
    applyTable(image, (value) => value & mask);
  },
  Solarize: (image, threshold) => {
    applyTable(image, (value) => (value < threshold ? value : 255 - value));
  },
  AutoContrast: autoContrast,
  Equalize: equalize,
  Invert: (image) => {
    applyTable(image, (value) => 255 - value);
  },
} satisfies Record<string, (image: Image, magnitude: number) => void>;

export type OperationName = keyof typeof OPERATIONS;
