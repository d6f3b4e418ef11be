import { describe, expect, it } from 'vitest';
import { adjustHue, colorJitter, lighting } from '../../../src/data/augment/color.ts';
import { OPERATIONS } from '../../../src/data/augment/operations.ts';
import type { OperationName } from '../../../src/data/augment/operations.ts';
import { blend } from '../../../src/data/augment/image.ts';
import type { Image } from '../../../src/data/augment/image.ts';
import { Purpose, RandomSequence } from '../../../src/data/random.ts';
import { pixelsOf } from '../images.ts';

/** An image of one row per list of [r, g, b]. */
const imageOf = (rows: readonly (readonly (readonly [number, number, number])[])[]): Image => ({
  width: rows[0]!.length,
  height: rows.length,
  pixels: Uint8Array.from(rows.flat(2)),
});

const greyImage = (...rows: readonly (readonly number[])[]): Image =>
  imageOf(rows.map((row) => row.map((value) => [value, value, value] as const)));

const redRows = ({ pixels, width, height }: Image): number[][] =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_x, x) => pixels[3 * (y * width + x)]!));

function apply(name: OperationName, image: Image, magnitude: number): number[][] {
  OPERATIONS[name](image, magnitude);
  return redRows(image);
}

describe('blend', () => {
  it('computes in 32-bit floats: 0.29 of 100 is exactly 29', () => {
    expect(blend(0, 100, 0.29)).toBe(29);
    expect(Math.trunc(0.29 * 100)).toBe(28);
  });
});

describe('OPERATIONS', () => {
  const ramp = (): Image => greyImage([10, 20, 30], [40, 50, 60], [70, 80, 90]);

  // Expected values follow from Pillow's definitions: see operations.ts.
  it.each<[OperationName, number, number[][]]>([
    [
      'Identity',
      0,
      [
        [10, 20, 30],
        [40, 50, 60],
        [70, 80, 90],
      ],
    ],
    [
      'TranslateX',
      1.9,
      [
        [0, 10, 20],
        [0, 40, 50],
        [0, 70, 80],
      ],
    ],
    [
      'TranslateX',
      -1,
      [
        [20, 30, 0],
        [50, 60, 0],
        [80, 90, 0],
      ],
    ],
    [
      'TranslateY',
      2,
      [
        [0, 0, 0],
        [0, 0, 0],
        [10, 20, 30],
      ],
    ],
    // Row y comes from the column x + 0.9 (y + 0.5), rounded: shifts of 0, 1 and 2 pixels.
    [
      'ShearX',
      0.9,
      [
        [10, 20, 30],
        [50, 60, 0],
        [90, 0, 0],
      ],
    ],
    [
      'ShearY',
      0.9,
      [
        [10, 50, 90],
        [40, 80, 0],
        [70, 0, 0],
      ],
    ],
    [
      'Rotate',
      90,
      [
        [30, 60, 90],
        [20, 50, 80],
        [10, 40, 70],
      ],
    ],
    [
      'Invert',
      0,
      [
        [245, 235, 225],
        [215, 205, 195],
        [185, 175, 165],
      ],
    ],
    [
      'Brightness',
      0.5,
      [
        [15, 30, 45],
        [60, 75, 90],
        [105, 120, 135],
      ],
    ],
    [
      'Posterize',
      4,
      [
        [0, 16, 16],
        [32, 48, 48],
        [64, 80, 80],
      ],
    ],
    [
      'Solarize',
      60,
      [
        [10, 20, 30],
        [40, 50, 195],
        [185, 175, 165],
      ],
    ],
    // The mean is 50. Each value moves half the way to it.
    [
      'Contrast',
      -0.5,
      [
        [30, 35, 40],
        [45, 50, 55],
        [60, 65, 70],
      ],
    ],
    // 10..90 to 0..255, rounded down.
    [
      'AutoContrast',
      0,
      [
        [0, 31, 63],
        [95, 127, 159],
        [191, 223, 255],
      ],
    ],
    // Only the center has eight neighbours. On a ramp the smoothed center is (5 * 50 + 400) / 13 = 50 again.
    [
      'Sharpness',
      -0.9,
      [
        [10, 20, 30],
        [40, 50, 60],
        [70, 80, 90],
      ],
    ],
  ])('%s with magnitude %f gives the values of Pillow', (name, magnitude, expected) => {
    expect(apply(name, ramp(), magnitude)).toEqual(expected);
  });

  it('Color with factor 0 gives the grey of the luma, and with factor 2 moves away from it', () => {
    const onePixel = (): Image => imageOf([[[200, 100, 50]]]);
    // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
    const faded = onePixel();
    OPERATIONS.Color(faded, -1);
    expect([...faded.pixels]).toEqual([124, 124, 124]);
    const stronger = onePixel();
    OPERATIONS.Color(stronger, 1);
    expect([...stronger.pixels]).toEqual([255, 76, 0]);
  });

  it('Sharpness smooths the center with weights 1/13 and 5/13', () => {
    const spot = greyImage([0, 0, 0], [0, 130, 0], [0, 0, 0]);
    expect(apply('Sharpness', spot, -1)[1]![1]).toBe(50);
  });

  it('Equalize spreads values evenly over 0 to 255', () => {
    const pixels = Uint8Array.from({ length: 3 * 1024 }, (_, i) => 100 + (Math.floor(i / 3) % 4));
    const image = { width: 32, height: 32, pixels };
    OPERATIONS.Equalize(image);
    // step = (1024 - 256) / 255 = 3; entries (1 + 256 k) / 3.
    expect([...new Set(image.pixels)]).toEqual([0, 85, 171, 255]);
  });

  it('adjustHue turns red to green by a third of the circle and keeps grey', () => {
    const image = imageOf([
      [
        [255, 0, 0],
        [80, 80, 80],
      ],
    ]);
    adjustHue(image, 1 / 3);
    expect([...image.pixels]).toEqual([0, 255, 0, 80, 80, 80]);
  });
});

describe('colorJitter and lighting', () => {
  const newImage = (): Image => ({ width: 9, height: 7, pixels: new Uint8Array(pixelsOf(9, 7, 2)) });
  const random = (example: number): RandomSequence => new RandomSequence(1, Purpose.colorJitter, 0, example);

  it('change nothing at strength 0', () => {
    const image = newImage();
    colorJitter(image, { brightness: 0, contrast: 0, saturation: 0, hue: 0 }, random(0));
    lighting(image, 0, random(0));
    expect(image.pixels).toEqual(newImage().pixels);
  });

  it('lighting shifts all pixels of a channel by the same amount', () => {
    const image = { width: 4, height: 4, pixels: new Uint8Array(48).fill(128) };
    lighting(image, 0.5, random(3));
    const [r, g, b] = image.pixels;
    for (let at = 0; at < 48; at += 3) expect([...image.pixels.subarray(at, at + 3)]).toEqual([r, g, b]);
    expect([r, g, b]).not.toEqual([128, 128, 128]);
  });

  it('brightness factors cover 1 ± strength', () => {
    const factors = Array.from({ length: 300 }, (_, example) => {
      const image = { width: 1, height: 1, pixels: Uint8Array.of(100, 100, 100) };
      colorJitter(image, { brightness: 0.4, contrast: 0, saturation: 0, hue: 0 }, random(example));
      return image.pixels[0]! / 100;
    });
    // Bytes are truncated, so a factor of 0.6 may show as 0.59.
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.59);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.4);
    // 300 uniform draws miss the outer 2.5 % at one end with a probability of 0.975^300 = 0.0005.
    expect(Math.max(...factors) - Math.min(...factors)).toBeGreaterThan(0.75);
  });
});
