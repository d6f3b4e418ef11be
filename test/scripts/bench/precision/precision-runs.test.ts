import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findRun, readPrecisionRuns } from '../../../../scripts/bench/precision/precision-runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'doubletime-bench-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const file = join(folder, 'precision.json');
const run = { library: 'doubletime', precision: 'float32', seed: 1, images: 4000, epochs: 5, commit: 'a', top1: 0.4 };
const expected = { images: 4000, epochs: 5, commit: 'a' };
writeFileSync(file, JSON.stringify({ results: [run, { library: 'doubletime', metric: 'top1', seeds: [1] }] }));

it('reads the runs of an earlier command, without its summary', () => {
  const runs = readPrecisionRuns(file, expected);
  expect(runs).toEqual([run]);
  expect(findRun(runs, { library: 'doubletime', precision: 'float32', seed: 1 })).toEqual(run);
  expect(findRun(runs, { library: 'pytorch', precision: 'float32', seed: 1 })).toBeUndefined();
});

it('has no runs without a file', () => {
  expect(readPrecisionRuns(undefined, expected)).toEqual([]);
  expect(readPrecisionRuns(join(folder, 'missing.json'), expected)).toEqual([]);
});

it('refuses a file with other settings or of another commit', () => {
  expect(() => readPrecisionRuns(file, { ...expected, epochs: 6 })).toThrow(
    'has runs with epochs 5, expected 6: choose another --out, or delete the file',
  );
  expect(() => readPrecisionRuns(file, { ...expected, commit: 'b' })).toThrow('has runs with commit a, expected b');
});

it('refuses a file that is not a record', () => {
  const other = join(folder, 'other.json');
  writeFileSync(other, '{"results": ');
  expect(() => readPrecisionRuns(other, expected)).toThrow('is not JSON: choose another --out, or delete the file');
  writeFileSync(other, '{}');
  expect(() => readPrecisionRuns(other, expected)).toThrow('has no results, expected a file of bench:precision');
});
