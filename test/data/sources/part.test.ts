import { describe, expect, it } from 'vitest';
import { divideOverClasses, takeSubset } from '../../../src/data/sources/part.ts';
import { shareInts } from '../../../src/data/store.ts';
import type { Split } from '../../../src/data/store.ts';

describe('divideOverClasses', () => {
  it.each([
    [6, [5, 5, 5], [2, 2, 2]],
    [7, [5, 5, 5], [3, 2, 2]],
    [9, [1, 9, 9], [1, 4, 4]],
    [10, [1, 2, 99], [1, 2, 7]],
    [15, [5, 5, 5], [5, 5, 5]],
  ])('takes %i images of classes with %j images: %j', (count, available, expected) => {
    expect(divideOverClasses(count, available)).toEqual(expected);
  });
});

function splitOf(labels: readonly number[]): Split {
  const indices = shareInts(labels.map((_, i) => 100 + i));
  return {
    store: { kind: 'memory', side: 1, pixels: new Uint8Array() },
    indices,
    labels: shareInts(labels),
  };
}

describe('takeSubset', () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  const takeTwelve = (seed: number): Split => takeSubset(splitOf(labels), 'train', { count: 12, seed, classes: 3 });

  it('takes the same number per class, each image once, with its own label', () => {
    const part = takeTwelve(0);
    expect(new Set(part.indices).size).toBe(12);
    expect([0, 1, 2].map((label) => part.labels.filter((one) => one === label).length)).toEqual([4, 4, 4]);
    part.indices.forEach((image, i) => {
      expect(part.labels[i]).toBe(labels[image - 100]);
    });
  });

  it('takes other images with another seed, and the same images with the same seed', () => {
    expect([...takeTwelve(1).indices]).not.toEqual([...takeTwelve(0).indices]);
    expect([...takeTwelve(1).indices]).toEqual([...takeTwelve(1).indices]);
  });

  it('refuses to take more images than there are', () => {
    expect(() => takeSubset(splitOf(labels), 'validation', { count: 61, seed: 0, classes: 3 })).toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringContaining('expected at most 60, the number of images in the dataset') as string,
      }),
    );
  });
});
