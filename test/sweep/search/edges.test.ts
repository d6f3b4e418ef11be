import { describe, expect, it } from 'vitest';
import { findEdgeValues } from '../../../src/sweep/search/edges.ts';

const tried = [
  { rate: 0.1, epochs: 4, decay: 0 },
  { rate: 0.2, epochs: 8, decay: 0 },
  { rate: 0.4, epochs: 8, decay: 0 },
];

describe('findEdgeValues', () => {
  it.each([
    [{ rate: 0.1 }, [{ key: 'rate', value: 0.1, edge: 'smallest' }]],
    [{ rate: 0.4 }, [{ key: 'rate', value: 0.4, edge: 'largest' }]],
    [{ rate: 0.2 }, []],
  ])('of %o finds %o', (best, expected) => {
    expect(findEdgeValues(best, tried)).toEqual(expected);
  });

  it('leaves out settings with fewer than three values', () => {
    expect(findEdgeValues({ epochs: 8, decay: 0 }, tried)).toEqual([]);
  });
});
