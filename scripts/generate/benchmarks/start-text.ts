import { z } from 'zod';
import { formatDuration } from '../../../src/base/text/format.ts';
import { environmentSchema, environmentText } from './environment.ts';
import { table } from '../markdown.ts';

/** The form of docs/benchmarks/start.json. */
export const startSchema = z.object({
  environment: environmentSchema,
  results: z.array(z.object({ part: z.string(), seconds: z.number() })).min(1),
});

/** The times of `npm start` and of its parts. */
export const startText = ({ environment, results }: z.output<typeof startSchema>): string =>
  `${environmentText(environment)}\n\n${table(
    ['part', '>time'],
    results.map(({ part, seconds }) => [part, formatDuration(seconds)]),
  )}`;
