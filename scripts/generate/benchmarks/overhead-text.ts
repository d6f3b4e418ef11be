import { z } from 'zod';
import { table } from '../markdown.ts';
import { grouped } from './rounds.ts';
import { listed } from './numbers.ts';

const distribution = z.object({
  count: z.number(),
  median: z.number(),
  quartiles: z.tuple([z.number(), z.number()]),
  percentile99: z.number(),
});
const measured = { steps: z.number(), environment: z.object({ commit: z.string() }) };

/** Steps that only wait: the time from one to the next is known. */
const waiting = z.object({
  ...measured,
  part: z.enum(['short', 'waiting']),
  millisecondsPerStep: distribution,
  millisecondsAround: distribution,
  overheadPercent: z.number(),
  cpuMillisecondsPerStep: z.number(),
});
/** Steps of a network, alternating with steps outside of a run. */
const paired = z.object({
  ...measured,
  part: z.enum(['small', 'real']),
  threads: z.number(),
  bareMilliseconds: distribution,
  overheadPercent: distribution,
});
const memory = z.object({
  ...measured,
  part: z.literal('memory'),
  residentAfter500: z.number(),
  residentAtEnd: z.number(),
});

/** The form of docs/benchmarks/overhead.json. */
export const overheadSchema = z.object({ results: z.array(z.union([waiting, paired, memory])) });
type Result = z.output<typeof overheadSchema>['results'][number];

const percent = (value: number, digits = 1): string => `${value.toFixed(digits)} %`;

const waitingRow = (result: z.output<typeof waiting>): string[] => [
  `\`${result.part}\``,
  grouped(result.steps),
  result.millisecondsPerStep.median.toFixed(1),
  percent(result.overheadPercent, 2),
  '',
  `${result.millisecondsAround.median.toFixed(3)} (${result.millisecondsAround.percentile99.toFixed(2)})`,
  result.cpuMillisecondsPerStep.toFixed(2),
];

function pairedRow({ part, threads, steps, bareMilliseconds, overheadPercent }: z.output<typeof paired>): string[] {
  const [low, high] = overheadPercent.quartiles;
  const pairs = `${percent(low)} to ${percent(high)} of ${overheadPercent.count} pairs`;
  const name = `\`${part}\`, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return [
    name,
    grouped(steps),
    bareMilliseconds.median.toFixed(1),
    percent(overheadPercent.median, 2),
    pairs,
    ...['', ''],
  ];
}

function rowOf(result: Result): string[][] {
  if (result.part === 'memory') return [];
  return ['threads' in result ? pairedRow(result) : waitingRow(result)];
}

const megabytes = (bytes: number): string => `${grouped(bytes / 1e6)} MB`;

/** What doubletime adds to steps: a row per part of the benchmark, and the memory over a long run. */
export function overheadText({ results }: z.output<typeof overheadSchema>): string {
  const commits = [...new Set(results.map(({ environment }) => environment.commit.slice(0, 7)))];
  const columns = [
    ...['part', '>steps', '>a step, ms', '>overhead', '>quartiles'],
    ...['>between two steps, ms (99th percentile)', '>processor time per step, ms'],
  ];
  const long = results.find((result) => result.part === 'memory');
  const memoryText =
    long === undefined
      ? ''
      : `\nMemory (\`memory\`: ${grouped(long.steps)} steps with 10 evaluations): ${megabytes(long.residentAfter500)} after 500 steps, ${megabytes(long.residentAtEnd)} at the end.`;
  return `Measured at commit ${listed(commits)}. Steps and overheads are medians.\n\n${table(columns, results.flatMap(rowOf))}${memoryText}`;
}
