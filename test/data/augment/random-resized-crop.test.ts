import { describe, expect, it } from 'vitest';
import { randomBox } from '../../../src/data/augment/random-resized-crop.ts';
import { Purpose, RandomSequence } from '../../../src/data/random.ts';

const random = (example: number): RandomSequence => new RandomSequence(4, Purpose.crop, 0, example);

describe('randomBox', () => {
  const size = { width: 500, height: 375 };
  const boxes = Array.from({ length: 2000 }, (_, i) => randomBox(size, [0.08, 1], [3 / 4, 4 / 3], random(i)));

  it('lies within the image', () => {
    for (const box of boxes) {
      expect(box.left >= 0 && box.top >= 0).toBe(true);
      expect(box.left + box.width <= 500 && box.top + box.height <= 375).toBe(true);
    }
  });

  it('covers the whole ranges of area and aspect ratio', () => {
    const areas = boxes.map(({ width, height }) => (width * height) / (500 * 375));
    const ratios = boxes.map(({ width, height }) => width / height);
    // The smallest box has sides of at least sqrt(0.08 x 500 x 375 x 3 / 4) = 106 and 141 pixels. Rounding each by at most half a
    // pixel changes an area or a ratio by less than 0.5 / 106 + 0.5 / 141 = 0.9 %.
    const rounding = 0.009;
    expect(Math.min(...areas)).toBeGreaterThan(0.08 * (1 - rounding));
    expect(Math.min(...areas)).toBeLessThan(0.1);
    expect(Math.max(...areas)).toBeGreaterThan(0.9);
    expect(Math.min(...ratios)).toBeGreaterThan((3 / 4) * (1 - rounding));
    expect(Math.max(...ratios)).toBeLessThan((4 / 3) * (1 + rounding));
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(0.5);
  });

  it('falls back to the largest center box with an allowed aspect ratio', () => {
    expect(randomBox({ width: 1000, height: 10 }, [0.9, 1], [3 / 4, 4 / 3], random(0))).toEqual({
      top: 0,
      left: 493,
      width: 13,
      height: 10,
    });
    expect(randomBox({ width: 9, height: 900 }, [0.9, 1], [3 / 4, 4 / 3], random(0))).toEqual({
      top: 444,
      left: 0,
      width: 9,
      height: 12,
    });
  });
});
