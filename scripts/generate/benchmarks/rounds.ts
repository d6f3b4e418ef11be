import { z } from 'zod';
import { extremes } from '../../../src/base/numbers/extremes.ts';
import { groupDigits } from '../../../src/base/text/format.ts';
import { environmentSchema } from './environment.ts';

/** One side of a comparison in alternating rounds. */
export const roundsSchema = z.object({
  name: z.string(),
  note: z.string(),
  median: z.number(),
  rounds: z.array(z.number()).min(1),
});
export type Rounds = z.output<typeof roundsSchema>;

/** The form of a file of comparisons: some of its results have runs, others have figures of their own. */
export const comparisonsSchema = z.object({ environment: environmentSchema, results: z.array(z.unknown()) });

/** A number with its thousands separated. */
export const grouped = (value: number, digits = 0): string =>
  digits === 0 ? groupDigits(Math.round(value)) : value.toFixed(digits);

/** The median of the rounds, with the smallest and the largest in brackets. */
export function medianAndRange({ median, rounds }: Rounds, digits = 0): string {
  const [low, high] = extremes(rounds);
  return `${grouped(median, digits)} (${grouped(low, digits)} to ${grouped(high, digits)})`;
}

/** The versions in the note of a run of PyTorch: `PyTorch 2.15.0, torchvision 0.29.2`. */
export const libraryVersions = ({ note }: Rounds): string =>
  note
    .replaceAll(/\+\w+/g, '')
    .replace(/^torch /, 'PyTorch ')
    .replace(/(\d) torchvision/, '$1, torchvision');

/** @throws Error if there is no run with this name. */
export function runNamed(runs: readonly Rounds[], name: string): Rounds {
  const found = runs.find((run) => run.name === name);
  if (found === undefined) throw new Error(`expected a run "${name}", found ${runs.map((run) => run.name).join(', ')}`);
  return found;
}
