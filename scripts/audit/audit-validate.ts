/*
 * Changes every digit of a measurement, one at a time, counts the changes that `doubletime validate` finds, and prints the places of
 * the changes that it misses.
 * node --import tsx scripts/audit/audit-validate.ts results/quickstart/*.json
 */
import { readFileSync } from 'node:fs';
import { validateMeasurement } from '../../src/results/validate/measurement.ts';
import { oneDigitForgeries } from './one-digit.ts';

const isFound = (text: string): boolean => validateMeasurement(text).some(({ kind }) => kind === 'error');

for (const file of process.argv.slice(2)) {
  const places = new Map<string, { all: number; escaped: number }>();
  const measurement = JSON.parse(readFileSync(file, 'utf8')) as object;
  for (const { place, text } of oneDigitForgeries(measurement)) {
    const { all, escaped } = places.get(place) ?? { all: 0, escaped: 0 };
    places.set(place, { all: all + 1, escaped: escaped + (isFound(text) ? 0 : 1) });
  }
  const counts = [...places.values()];
  const all = counts.reduce((sum, count) => sum + count.all, 0);
  const escaped = counts.reduce((sum, count) => sum + count.escaped, 0);
  console.log(`${file}: ${all - escaped} of ${all} changes of one digit were found`);
  for (const [place, count] of places)
    if (count.escaped > 0) console.log(`  ${place}: ${count.escaped} of ${count.all} were missed`);
}
