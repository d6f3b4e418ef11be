import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withCounts } from '../../../scripts/generate/counting-table.ts';

const text = readFileSync('docs/counting.md', 'utf8');

it('docs/counting.md has the current counts; otherwise run `npx tsx scripts/generate/write-counting-table.ts`', () => {
  expect(withCounts(text)).toBe(text);
});

it('a wrong count in the page is corrected', () => {
  expect(text).toContain('| 714.2 ');
  expect(withCounts(text.replace('| 714.2 ', '| 715.2 '))).toBe(text);
});
