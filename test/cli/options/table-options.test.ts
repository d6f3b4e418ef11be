import { expect, it } from 'vitest';
import { checkTableOptions, type TableOptions } from '../../../src/cli/options/table-options.ts';

const plain: TableOptions = { format: 'csv', table: undefined, published: false, level: [], counts: undefined };

it.each<[Partial<TableOptions>, RegExp]>([
  [{ level: ['0.6'] }, /^--level 0.6 has no effect: the table measurements has no levels; add --table points/],
  [{ table: 'curves', published: true }, /^--published has no effect: the table curves has no levels/],
  [{ table: 'measurements', counts: 'exact' }, /or remove --counts$/],
  [{ format: 'tracker', table: 'curves' }, /^--table curves has no effect: --format tracker has its own rows/],
  [{ format: 'tracker', counts: 'exact' }, /^--counts exact has no effect: the tracker has paper compute/],
])('refuses an option of export that has no effect: %j', (options, message) => {
  expect(() => {
    checkTableOptions({ ...plain, ...options });
  }).toThrow(expect.objectContaining({ exitCode: 64, message: expect.stringMatching(message) as string }));
});

it.each<Partial<TableOptions>>([
  {},
  { table: 'points', level: ['0.6'], published: true, counts: 'exact' },
  { format: 'tracker', level: ['0.6'], published: true, counts: 'paper' },
])('takes options that have an effect: %j', (options) => {
  expect(() => {
    checkTableOptions({ ...plain, ...options });
  }).not.toThrow();
});
