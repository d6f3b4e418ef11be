import { describe, expect, it } from 'vitest';
import { TrainingOrder } from '../../../src/data/loader/order.ts';
import { drawFlip, reflectedIndex } from '../../../src/data/loader/window.ts';

const range = (count: number): number[] => [...Array(count).keys()];

describe('repeats', () => {
  it('show each image of an epoch several times in a row, each time with other random draws', () => {
    const order = new TrainingOrder(3, 10, 3);
    const plain = new TrainingOrder(3, 10);
    for (const epoch of [0, 1]) {
      const places = range(10).map((i) => order.at(10 * epoch + i));
      expect(places.map(({ example }) => example)).toEqual(
        range(10).map((i) => plain.at(10 * epoch + Math.floor(i / 3)).example),
      );
      expect(places.map(({ draw }) => draw)).toEqual(range(10).map((i) => 3 * epoch + (i % 3)));
    }
    expect(plain.at(17)).toMatchObject({ epoch: 1, draw: 1 });
  });
});

describe('alternating flips', () => {
  const flipAt = (example: number, epoch: number) => drawFlip('alternating', 5, { epoch, example, draw: epoch });

  it('mirror an image in every other epoch, half of the images in the first', () => {
    for (const example of range(50))
      for (const epoch of range(4)) expect(flipAt(example, epoch)).toBe((flipAt(example, 0) + epoch) % 2);
    // Of 400 fair draws, 200 are expected; 50 are five standard deviations.
    const mirrored = range(400).reduce((sum, example) => sum + flipAt(example, 0), 0);
    expect(mirrored).toBeGreaterThan(150);
    expect(mirrored).toBeLessThan(250);
  });

  it('differ from random flips, and can be switched off', () => {
    const place = { epoch: 3, example: 8, draw: 3 };
    expect(range(64).some((seed) => drawFlip(true, seed, place) !== drawFlip('alternating', seed, place))).toBe(true);
    expect(drawFlip(false, 5, place)).toBe(0);
  });
});

it('a reflected border repeats the pixels beside the edge pixel, not the edge pixel itself', () => {
  expect(range(9).map((i) => reflectedIndex(i - 2, 5))).toEqual([2, 1, 0, 1, 2, 3, 4, 3, 2]);
});
