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
    const shapes = boxes.map(({ width, height }) => width / height);
    // Rounding to whole pixels moves both by a little.
    expect(Math.min(...areas)).toBeGreaterThan(0.078);
    expect(Math.min(...areas)).toBeLessThan(0.1);
    expect(Math.max(...areas)).toBeGreaterThan(0.9);
    expect(Math.min(...shapes)).toBeGreaterThan(0.74);
    expect(Math.max(...shapes)).toBeLessThan(1.35);
    expect(Math.max(...shapes) - Math.min(...shapes)).toBeGreaterThan(0.5);
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
