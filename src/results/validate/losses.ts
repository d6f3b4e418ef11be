import { extremes } from '../../base/extremes.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** Fraction bits of a float32 (IEEE 754 binary32). */
const FLOAT32_BITS = 23;
/** The smallest loss of one batch, as a power of 2, relative to the lowest mean loss of the curve: an assumption. */
const MIN_BATCH_LOSS = -16;
/** The same relative to the smallest loss of all other evaluations, where the curve has enough of them. */
const MIN_BESIDE_OTHERS = -8;
const ENOUGH_EVALUATIONS = 4;
/** With fewer examples the loss of a batch may be close to 0, and its float32 may have any number of bits. */
const MIN_EXAMPLES = 8;
/** Where so many neighbouring doubles are possible means, a changed digit would rarely show. */
const DENSEST = 1 / 4;

/** The distance from a positive double to the next one. */
const spacingAt = (value: number): number => 2 ** (Math.floor(Math.log2(value)) - 52);

/**
 * Whether a mean of float32 values, kept as a double, can be one of `count` values that are all multiples of `grid`. Their
 * sum is exact in double precision and the division rounds once, so no tolerance is needed. Also true where doubles are too
 * coarse to decide.
 */
export function isMeanOnGrid(mean: number, count: number, grid: number): boolean {
  if (spacingAt(mean) * count > grid * DENSEST) return true;
  return (Math.round((mean * count) / grid) * grid) / count === mean;
}

interface Loss {
  readonly path: readonly PropertyKey[];
  readonly mean: number;
  /** What the sum was divided by. */
  readonly count: number;
  readonly of: string;
}

/** The mean training losses; each covers the steps since the previous evaluation. */
function trainingLosses({ curve }: Measurement): Loss[] {
  return curve.flatMap(({ trainingLoss, steps }, index) => {
    const count = steps - (curve[index - 1]?.steps ?? 0);
    if (trainingLoss === null || count <= 0) return [];
    const path = ['curve', index, 'trainingLoss'];
    return [{ path, mean: trainingLoss, count, of: `${count} steps' losses` }];
  });
}

function validationLosses({ curve, data }: Measurement): Loss[] {
  const count = data.validationExamples;
  const of = `${count} examples' losses`;
  return curve.flatMap(({ loss, averaged }, index) => [
    { path: ['curve', index, 'loss'], mean: loss, count, of },
    ...(averaged ? [{ path: ['curve', index, 'averaged', 'loss'], mean: averaged.loss, count, of }] : []),
  ]);
}

/** The smallest possible value in the sum behind a mean, as a power of 2; undefined where doubles are too coarse. */
function smallestIn({ mean, count }: Loss): number | undefined {
  let exponent = Math.ceil(Math.log2(mean * count));
  while (!isMeanOnGrid(mean, count, 2 ** (exponent - FLOAT32_BITS))) exponent -= 1;
  return spacingAt(mean) * count > 2 ** (exponent - FLOAT32_BITS) * DENSEST ? undefined : exponent;
}

/** For each loss the exponent of the grid that its sum must lie on. @param scale as of `lossComplaints` */
function exponentsOf(losses: readonly Loss[], scale: number): number[] {
  const least = extremes(losses.map(({ mean }) => mean))[0];
  const lowest = Math.floor(Math.log2(least * scale)) + MIN_BATCH_LOSS;
  // Relative to its mean, because the smallest value falls together with the mean.
  const relative = losses.map((loss) => {
    const exponent = smallestIn(loss);
    return exponent === undefined ? -Infinity : exponent - Math.floor(Math.log2(loss.mean));
  });
  const [smallest = Infinity, second = Infinity] = Float64Array.from(relative).sort();
  return losses.map(({ mean }, index) => {
    if (losses.length < ENOUGH_EVALUATIONS) return lowest;
    const others = relative[index] === smallest ? second : smallest;
    return Math.max(lowest, others + Math.floor(Math.log2(mean)) + MIN_BESIDE_OTHERS);
  });
}

/** @param scale the smallest value of one batch relative to the mean loss of one example. */
function lossProblems(losses: readonly Loss[], scale: number): Problem[] {
  const positive = losses.filter(({ mean }) => mean > 0);
  const exponents = exponentsOf(positive, scale);
  return positive
    .filter(({ mean, count }, i) => !isMeanOnGrid(mean, count, 2 ** (exponents[i]! - FLOAT32_BITS)))
    .map(({ path, mean, of }) =>
      problem(path, `is ${mean}, which is not a possible mean of ${of} in float32: a digit was changed`),
    );
}

/** Wrong answers have a least cross-entropy: a class that is not first has a probability of at most 1/2, not among five at most 1/6. */
function boundProblems({ curve }: Measurement): Problem[] {
  return curve.flatMap(({ loss, top1, top5, averaged }, index) =>
    [
      { path: ['curve', index, 'loss'], loss, top1, top5 },
      ...(averaged ? [{ path: ['curve', index, 'averaged', 'loss'], ...averaged }] : []),
    ].flatMap((scores) => {
      const least = (1 - scores.top5) * Math.log(6) + (scores.top5 - scores.top1) * Math.log(2);
      return scores.loss >= least - 1e-4
        ? []
        : [
            problem(
              scores.path,
              `is ${scores.loss}, expected at least ${least} with top-1 ${scores.top1} and top-5 ${scores.top5}`,
            ),
          ];
    }),
  );
}

/** Losses must be possible means of float32 values, which reveals most changed digits, and must be high enough for their errors. */
export function lossesProblems(run: Measurement, config: RunConfig): Problem[] {
  const { batch, gradientAccumulation: parts } = config.recipe;
  const perCall = batch / parts;
  const rest = run.data.validationExamples % perCall || perCall;
  const bounds = boundProblems(run);
  if (perCall < MIN_EXAMPLES) return bounds;
  return [
    ...bounds,
    // A mean over three parts has no exact binary form.
    ...(Number.isInteger(Math.log2(parts)) ? lossProblems(trainingLosses(run), 1 / parts) : []),
    ...(rest < MIN_EXAMPLES ? [] : lossProblems(validationLosses(run), rest)),
  ];
}
