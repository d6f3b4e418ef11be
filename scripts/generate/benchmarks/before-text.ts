import { z } from 'zod';
import { table } from '../markdown.ts';
import { environmentSchema, environmentText } from './environment.ts';
import { libraryVersions, medianAndRange, roundsSchema, runNamed, type Rounds } from './rounds.ts';

const result = z.object({
  model: z.string(),
  input: z.number(),
  batch: z.number(),
  stepsInARound: z.number(),
  runs: z.array(roundsSchema),
});

/** The form of docs/benchmarks/step-2026-11-22.json, from before doubletime's own kernels. */
export const beforeSchema = z.object({ environment: environmentSchema, results: z.array(result).min(1) });
type Before = z.output<typeof beforeSchema>;

/** The runs of a network. @throws Error if it was not measured. */
export function beforeSteps({ results }: Before, model: string): readonly Rounds[] {
  const found = results.find((other) => other.model === model);
  if (found === undefined) throw new Error(`expected steps of ${model}`);
  return found.runs;
}

const LABELS = {
  graph: 'recorded graph',
  eager: 'op by op (`mode: eager`)',
  'torch contiguous': 'PyTorch eager, contiguous',
  'torch channels_last': 'PyTorch eager, channels last',
};

/** The steps of doubletime's graph and of the others, and how much longer those take. */
export function beforeText({ environment, results }: Before): string {
  const rows = Object.entries(LABELS).map(([name, label]) => [
    label,
    ...results.map(({ runs }) => {
      const [own, run] = [runNamed(runs, 'graph'), runNamed(runs, name)];
      const times = medianAndRange(run, 1);
      return run === own ? times : `${times}, ${(run.median / own.median).toFixed(2)}x`;
    }),
  ]);
  const [first] = results as [Before['results'][number], ...Before['results']];
  const columns = results.map(({ model, input }) => `${model}, ${input} px`);
  const torch = libraryVersions(runNamed(first.runs, 'torch contiguous'));
  return `${environmentText(environment)} The other side: ${torch}. Batch ${first.batch}, float32. Each figure is the median of ${first.runs[0]!.rounds.length} rounds of ${first.stepsInARound} steps.

${table(['milliseconds per step', ...columns], rows)}`;
}
