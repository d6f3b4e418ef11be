import { describe, expect, it } from 'vitest';
import { eigenpairs, patchCovariance, whiteningFilters } from '../../src/nn/whitening.ts';
import { initialize } from '../../src/nn/initialize.ts';

const SIDE = 6;
const COUNT = 7;
const images = {
  images: Uint8Array.from(
    { length: COUNT * SIDE * SIDE * 3 },
    (_, i) => 128 + 90 * Math.sin(i * 0.37) + 30 * Math.cos(i * i * 0.013),
  ),
  count: COUNT,
  side: SIDE,
};
const normalization = { mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.25, 0.3] } as const;

/** Every 2 x 2 patch in PyTorch's order: channel, row, column. */
const patches = Array.from({ length: COUNT }, (_, n) =>
  Array.from({ length: (SIDE - 1) ** 2 }, (_, at) => {
    const [top, left] = [Math.floor(at / (SIDE - 1)), at % (SIDE - 1)];
    return [0, 1, 2].flatMap((channel) =>
      [0, 1].flatMap((y) =>
        [0, 1].map((x) => {
          const byte = images.images[((n * SIDE + top + y) * SIDE + left + x) * 3 + channel]!;
          return (byte / 255 - normalization.mean[channel]!) / normalization.standardDeviation[channel]!;
        }),
      ),
    );
  }),
).flat();

describe('whitening filters', () => {
  const covariance = patchCovariance(images, normalization, 2);

  it('come from the mean products of the pixels of patches', () => {
    for (const [i, row] of covariance.entries())
      for (const [j, value] of row.entries())
        expect(value).toBeCloseTo(patches.reduce((sum, patch) => sum + patch[i]! * patch[j]!, 0) / patches.length, 10);
  });

  it('have eigenvectors of length 1 with descending eigenvalues', () => {
    const pairs = eigenpairs(covariance);
    for (const [index, { value, vector }] of pairs.entries()) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
      expect(value).toBeLessThanOrEqual(pairs[index - 1]?.value ?? Infinity);
      covariance.forEach((row, i) => {
        expect(row.reduce((sum, x, j) => sum + x * vector[j]!, 0)).toBeCloseTo(value * vector[i]!, 10);
      });
    }
  });

  it('give uncorrelated responses with the variance eigenvalue / (eigenvalue + epsilon); the second half is negated', () => {
    const epsilon = 5e-4;
    const filters = whiteningFilters(images, normalization, { kernel: 2, epsilon });
    const filterAt = (i: number) => [...filters.slice(12 * i, 12 * (i + 1))];
    const values = eigenpairs(covariance).map(({ value }) => value);
    for (let i = 0; i < 12; i++) {
      expect(filterAt(i + 12)).toEqual(filterAt(i).map((x) => -x));
      for (let j = 0; j < 12; j++) {
        const [a, b] = [filterAt(i), filterAt(j)];
        const respond = (filter: number[], patch: number[]) => filter.reduce((sum, w, k) => sum + w * patch[k]!, 0);
        const product = patches.reduce((sum, patch) => sum + respond(a, patch) * respond(b, patch), 0) / patches.length;
        expect(product).toBeCloseTo(i === j ? values[i]! / (values[i]! + epsilon) : 0, 5);
      }
    }
  });

  it('are refused without images', () => {
    expect(() => initialize({ whitening: { kernel: 2, epsilon: 1e-3 } }, [24, 3, 2, 2], 0, '0.weight')).toThrow(
      /^0.weight: its initial values are computed from training images/,
    );
  });
});

it('identity initialization passes the input channels through, and draws the other filters', () => {
  const rest = { kaimingUniform: 1 } as const;
  const values = initialize({ identityThen: rest }, [3, 2, 3, 3], 5, 'conv.weight');
  const drawn = initialize(rest, [3, 2, 3, 3], 5, 'conv.weight');
  const filter = (one: number) => Array.from({ length: 18 }, (_, i) => (i === 9 * one + 4 ? 1 : 0));
  expect([...values]).toEqual([...filter(0), ...filter(1), ...drawn.slice(36)]);
});
