import { z } from 'zod';
import { table } from '../markdown.ts';
import { environmentSchema, environmentText } from './environment.ts';

const part = z.object({ what: z.string(), seconds: z.number() });

/** The form of docs/benchmarks/sweep.json. */
export const sweepSchema = z.object({ environment: environmentSchema, results: z.array(part).min(1) });

const LABELS: readonly (readonly [what: string, label: string])[] = [
  ['plan: read, expand and check', 'plan: read, expand, check every network against its images'],
  ['plan: count 10 networks and estimate', 'plan: count the networks, estimate every run'],
  ['status of all run folders', 'status of 10,000 run folders, with the seal of every measurement'],
  ['list the store', 'list a folder of 10,000 measurements (128 MB)'],
  ['read, check and verify the store', 'read them completely for the report, checking schema and hash'],
  ['trend over the store', 'fit the trend to them'],
];

/** The seconds of each part of work on a large sweep. @throws Error if one was not measured. */
export function sweepText({ environment, results }: z.output<typeof sweepSchema>): string {
  const rows = LABELS.map(([what, label]) => {
    const found = results.find((other) => other.what === what);
    if (found === undefined) throw new Error(`expected the seconds of "${what}"`);
    return [label, found.seconds.toFixed(1)];
  });
  return `${environmentText(environment)}\n\n${table(['work', '>seconds'], rows)}`;
}
