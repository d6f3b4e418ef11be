import { expect, it } from 'vitest';
import { dropUntilFits, fitLine } from '../../../src/base/numbers/fit-line.ts';

const parts = [
  { text: 'always', rank: 0 },
  { text: '', rank: 1 },
  { text: 'second', rank: 2 },
  { text: 'first', rank: 3 },
];

it('leaves out the part with the highest rank first', () => {
  expect([30, 21, 20, 14, 13, 6, 1].map((width) => fitLine(parts, width))).toEqual([
    ...['always  second  first', 'always  second  first', 'always  second', 'always  second', 'always'],
    ...['always', 'always'],
  ]);
});

it('keeps one part even if all may be left out', () => {
  expect(dropUntilFits([{ rank: 1 }, { rank: 2 }], () => false)).toEqual([{ rank: 1 }]);
});

it('leaves out parts of equal rank together', () => {
  expect(dropUntilFits([{ rank: 0 }, { rank: 1 }, { rank: 1 }], (kept) => kept.length < 3)).toEqual([{ rank: 0 }]);
});
