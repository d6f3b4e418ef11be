import { z } from 'zod';
import { findNetwork } from '../../../models/registry.ts';
import { formatCount } from '../../../src/base/text/format.ts';
import { extremes } from '../../../src/base/numbers/extremes.ts';
import { summarize, type StepResult } from '../../bench/step/step-record.ts';
import { table } from '../markdown.ts';
import { listed } from './numbers.ts';

const run = z.object({
  /** `graph`, `graph float32` beside another precision, or `torch LAYOUT`. */
  name: z.string(),
  note: z.string(),
  secondsToFirstStep: z.number(),
  peakMegabytes: z.number(),
  best: z.number(),
  median: z.number(),
  rounds: z.array(z.number()).min(1),
});
const result = z.object({
  network: z.string(),
  input: z.number(),
  batch: z.number(),
  precision: z.string(),
  stepsInARound: z.number(),
  rounds: z.number(),
  measuredAt: z.string(),
  runs: z.array(run),
  environment: z.object({ commit: z.string() }),
});

/** The form of docs/benchmarks/step.json. */
export const stepSchema = z.object({ results: z.array(result) });
type Result = z.output<typeof result>;
type Run = z.output<typeof run>;

/** The runs of a network: doubletime's, PyTorch's, and doubletime's in float32 beside another precision. */
interface Compared {
  readonly result: Result;
  readonly own: Run;
  readonly torch: Run;
  readonly float32: Run | undefined;
}

/** @throws Error if a network was not measured in PyTorch. */
function compare(found: Result): Compared {
  const named = (isNamed: (name: string) => boolean): Run | undefined => found.runs.find(({ name }) => isNamed(name));
  const own = named((name) => name === 'graph');
  const torch = named((name) => name.startsWith('torch'));
  if (own === undefined || torch === undefined) throw new Error(`${found.network}: expected runs of both libraries`);
  return { result: found, own, torch, float32: named((name) => name === 'graph float32') };
}

const times = ({ median, rounds }: Run): string => {
  const [low, high] = extremes(rounds);
  return `${median.toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`;
};
const ratio = (a: number, b: number): string => `${(a / b).toFixed(2)}x`;

const columns = ['>doubletime, ms', '>PyTorch, ms', '>by median', '>by best round', '>memory'];

function row({ own, torch, float32 }: Compared): string[] {
  const compared = [
    ...[times(own), times(torch), ratio(torch.median, own.median), ratio(torch.best, own.best)],
    ratio(own.peakMegabytes, torch.peakMegabytes),
  ];
  const last = float32 ? [times(float32), ratio(float32.median, own.median)] : [own.secondsToFirstStep.toFixed(1)];
  return [...compared, ...last];
}

/** Larger images come first, then older networks. */
const order = (a: Compared, b: Compared): number =>
  b.result.input - a.result.input ||
  findNetwork(a.result.network).published.localeCompare(findNetwork(b.result.network).published) ||
  a.result.network.localeCompare(b.result.network, 'en', { numeric: true });

/** The commit and the number of rounds of each network; the most frequent ones last, without the names of their networks. */
function commitsText(all: readonly Compared[]): string {
  const groups = new Map<string, string[]>();
  for (const { result: found } of all) {
    const key = `${found.environment.commit.slice(0, 7)} in ${formatCount(found.rounds, 'round')}`;
    groups.set(key, [...(groups.get(key) ?? []), found.network]);
  }
  const sorted = [...groups].sort(([, a], [, b]) => a.length - b.length);
  if (sorted.length === 1) return `Measured at commit ${sorted[0]![0]}.`;
  const texts = sorted.map(
    ([key, networks], i) => `${i === sorted.length - 1 ? 'the others' : listed(networks)} at commit ${key}`,
  );
  return `Measured: ${texts.join('; ')}.`;
}

function summaryText(all: readonly Compared[], describe: (one: Compared) => string): string {
  const { median, best } = summarize(all.map(({ result: found }): StepResult => found))!;
  const apart = all.filter(({ own, torch }) => Math.max(...own.rounds) < Math.min(...torch.rounds));
  const slower = all.filter(({ own, torch }) => torch.best < own.best);
  const larger = all.filter(({ own, torch }) => own.peakMegabytes >= torch.peakMegabytes);
  const names = (some: readonly Compared[]): string => listed(some.map(describe));
  return [
    `- The geometric mean is ${ratio(median.geometricMean, 1)} by median and ${ratio(best.geometricMean, 1)} by the best round. The smallest by median is ${median.worstNetwork} with ${ratio(median.worst, 1)}.`,
    `- Every round was faster than every round of PyTorch in ${apart.length} of ${all.length} networks${apart.length === 0 ? '' : `: ${names(apart)}`}.`,
    ...(slower.length === 0 ? [] : [`- PyTorch's best round is faster in ${names(slower)}.`]),
    larger.length === 0
      ? '- Every network needs less memory than PyTorch.'
      : `- Every network except ${names(larger)} needs less memory than PyTorch.`,
  ].join('\n');
}

/** The steps of one precision beside PyTorch's: a table, when they were measured, and a summary. */
export function stepText({ results }: z.output<typeof stepSchema>, precision: string): string {
  const all = results
    .filter((found) => found.precision === precision)
    .map(compare)
    .sort(order);
  const largest = all[0]?.result.input;
  const hasSizes = all.some(({ result: found }) => found.input !== largest);
  const hasFloat32 = all.some(({ float32 }) => float32 !== undefined);
  const head = ['network', ...(hasSizes ? ['>px'] : []), ...columns];
  const last = hasFloat32 ? ['>doubletime in float32, ms', '>float32 over bfloat16'] : ['>first step, s'];
  const rows = all.map((one) => [one.result.network, ...(hasSizes ? [String(one.result.input)] : []), ...row(one)]);
  const describe = ({ result: { network, input } }: Compared): string =>
    input === largest ? network : `${network} at ${input} px`;
  return `${table([...head, ...last], rows)}\n${commitsText(all)}\n\n${summaryText(all, describe)}`;
}
