import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { oneDigitForgeries } from '../../../scripts/audit/one-digit.ts';
import { validateMeasurement } from '../../../src/results/validate/measurement.ts';
import { seededUniform } from '../../../src/base/numbers/seeded-uniform.ts';

const folder = new URL('../../../results/quickstart/', import.meta.url).pathname;
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
const isFound = (text: string) => validateMeasurement(text).some(({ kind }) => kind === 'error');

/** Most digits of a measurement follow from others. Names, paths, times and the digest of the images do not. */
const MIN_FOUND = 300 / 416;

it.each(files)('validation finds at least 300 of 416 changes of one digit under a valid seal in %s', (name) => {
  const random = seededUniform(name.length);
  const forgeries = [...oneDigitForgeries(read(name), (digits) => Math.floor(random() * digits))];
  const found = forgeries.filter(({ text }) => isFound(text)).length;
  expect(found / forgeries.length, `${found} of ${forgeries.length} changes were found`).toBeGreaterThanOrEqual(
    MIN_FOUND,
  );
});
