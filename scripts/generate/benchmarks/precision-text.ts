import { z } from 'zod';
import { table } from '../markdown.ts';

const moments = z.object({ mean: z.number(), deviation: z.number() });
/** One metric of one library, in float32 and in bfloat16 over the same seeds. */
const comparison = z.object({
  library: z.enum(['doubletime', 'pytorch']),
  metric: z.enum(['top1', 'trainingLoss']),
  seeds: z.array(z.number()),
  float32: moments,
  bfloat16: moments,
  difference: z.object({ mean: z.number(), standardError: z.number() }),
  spreadOfThreeSeeds: z.number(),
});
type Comparison = z.output<typeof comparison>;

/** The form of docs/benchmarks/precision.json, which also has each run. */
export const precisionSchema = z.object({ results: z.array(z.unknown()) });

const gradient = z.object({
  library: z.enum(['doubletime', 'pytorch']),
  seed: z.number(),
  steps: z.number(),
  relativeError: z.number(),
  projection: z.number(),
  normRatio: z.number(),
});

/** The form of docs/benchmarks/precision-gradients.json. */
export const gradientsSchema = z.object({ results: z.array(gradient) });

const nameOf = (library: Comparison['library']): string => (library === 'pytorch' ? 'PyTorch' : library);

const points = (value: number): string => (100 * value).toFixed(2);

const accuracy = ({ mean, deviation }: z.output<typeof moments>): string =>
  `${points(mean)} % (deviation ${points(deviation)})`;

const signed = (value: number, digits: number): string => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;

/** The accuracies of both precisions in each library, and how much they differ. */
export function precisionText({ results }: z.output<typeof precisionSchema>): string {
  const all = results.flatMap((found): Comparison[] => {
    const { data } = comparison.safeParse(found);
    return data ? [data] : [];
  });
  const rows = all
    .filter(({ metric }) => metric === 'top1')
    .map(({ library, seeds, float32, bfloat16, difference }) => {
      const loss = all.find((other) => other.library === library && other.metric === 'trainingLoss')!.difference;
      return [
        ...[nameOf(library), String(seeds.length), accuracy(float32), accuracy(bfloat16)],
        `${signed(100 * difference.mean, 2)} ± ${points(difference.standardError)}`,
        `${signed(loss.mean, 3)} ± ${loss.standardError.toFixed(3)}`,
      ];
    });
  const columns = ['library', '>seeds', 'top-1 in float32', 'top-1 in bfloat16'];
  const differences = ['>difference in points', '>difference of the training loss in the last epoch'];
  const own = all.find(({ library, metric }) => library === 'doubletime' && metric === 'top1')!;
  return (
    `${table([...columns, ...differences], rows)}\n` +
    `In doubletime, the means differ by ${points(Math.abs(own.difference.mean))} points, and three seeds of float32 by ${points(own.spreadOfThreeSeeds)}.`
  );
}

/** The errors of gradients in bfloat16 against those in float32. */
export const gradientsText = ({ results }: z.output<typeof gradientsSchema>): string =>
  table(
    ['library', '>seed', '>after steps in float32', '>relative error', '>projection', '>norm ratio'],
    results.map(({ library, seed, steps, relativeError, projection, normRatio }) => [
      ...[nameOf(library), seed, steps],
      ...[relativeError, projection, normRatio].map((value) => value.toFixed(3)),
    ]),
  );
