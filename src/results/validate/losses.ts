import { extremes } from '../../base/numbers/extremes.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** Fraction bits of a float32 (IEEE 754 binary32). */
const FLOAT32_BITS = 23;
/** Assumption: the smallest loss of one batch is at least 2 to this power times the lowest mean loss of the curve. */
const MIN_BATCH_LOSS = -16;
/**
 * Assumption, if the curve has at least `MIN_EVALUATIONS`: the smallest loss in a mean, relative to the mean, is at least 2 to
 * this power times that of all other evaluations.
 */
const MIN_RELATIVE_TO_OTHERS = -8;
const MIN_EVALUATIONS = 4;
/** With fewer examples, the loss of a batch may be so close to 0 that its float32 can be any number. */
const MIN_EXAMPLES = 8;
/**
 * If more than this fraction of neighbouring doubles are possible means, the check is skipped: it would rarely find a changed
 * digit.
 */
const MAX_DENSITY = 1 / 4;

/** The distance from a positive double to the next one. */
const spacingAt = (value: number): number => 2 ** (Math.floor(Math.log2(value)) - 52);

/**
 * Whether a double can be the mean of `count` float32 values that are all multiples of `grid`. Their sum is exact in double
 * precision, and the division rounds once, so no tolerance is needed. Also true if doubles are too coarse to decide.
 */
export function isMeanOnGrid(mean: number, count: number, grid: number): boolean {
  if (spacingAt(mean) * count > grid * MAX_DENSITY) return true;
  return (Math.round((mean * count) / grid) * grid) / count === mean;
}

/** A mean loss of the curve. */
interface MeanLoss {
  readonly path: readonly PropertyKey[];
  readonly mean: number;
  /** The number of values in the mean. */
  readonly count: number;
  /** The values in words: "10 steps' losses". */
  readonly values: string;
}

/** The mean training losses; each covers the steps since the previous evaluation. */
function trainingLosses({ curve }: Measurement): MeanLoss[] {
  return curve.flatMap(({ trainingLoss, steps }, index) => {
    const count = steps - (curve[index - 1]?.steps ?? 0);
    if (trainingLoss === null || count <= 0) return [];
    const path = ['curve', index, 'trainingLoss'];
    return [{ path, mean: trainingLoss, count, values: `${count} steps' losses` }];
  });
}

function validationLosses({ curve, data }: Measurement): MeanLoss[] {
  const count = data.validationExamples;
  const values = `${count} images' losses`;
  return curve.flatMap(({ loss, averaged }, index) => [
    { path: ['curve', index, 'loss'], mean: loss, count, values },
    ...(averaged ? [{ path: ['curve', index, 'averaged', 'loss'], mean: averaged.loss, count, values }] : []),
  ]);
}

/** The largest power of 2 that the smallest value of a mean can have, as an exponent; undefined if doubles are too coarse. */
function smallestExponent({ mean, count }: MeanLoss): number | undefined {
  let exponent = Math.ceil(Math.log2(mean * count));
  while (!isMeanOnGrid(mean, count, 2 ** (exponent - FLOAT32_BITS))) exponent -= 1;
  return spacingAt(mean) * count > 2 ** (exponent - FLOAT32_BITS) * MAX_DENSITY ? undefined : exponent;
}

/**
 * For each loss, the exponent of the smallest value that its sum may contain. The sum is a multiple of that value's last bit.
 * @param scale as in `lossProblems`.
 */
function smallestExponents(losses: readonly MeanLoss[], scale: number): number[] {
  const lowestMean = extremes(losses.map(({ mean }) => mean))[0];
  const lowest = Math.floor(Math.log2(lowestMean * scale)) + MIN_BATCH_LOSS;
  // Relative to the mean, because the smallest value falls together with the mean.
  const relative = losses.map((loss) => {
    const exponent = smallestExponent(loss);
    return exponent === undefined ? -Infinity : exponent - Math.floor(Math.log2(loss.mean));
  });
  const [smallest = Infinity, second = Infinity] = Float64Array.from(relative).sort();
  return losses.map(({ mean }, index) => {
    if (losses.length < MIN_EVALUATIONS) return lowest;
    const others = relative[index] === smallest ? second : smallest;
    return Math.max(lowest, others + Math.floor(Math.log2(mean)) + MIN_RELATIVE_TO_OTHERS);
  });
}

/** @param scale the value of one batch in the sum, relative to the mean loss of one example. */
function lossProblems(losses: readonly MeanLoss[], scale: number): Problem[] {
  const positive = losses.filter(({ mean }) => mean > 0);
  const exponents = smallestExponents(positive, scale);
  return positive
    .filter(({ mean, count }, i) => !isMeanOnGrid(mean, count, 2 ** (exponents[i]! - FLOAT32_BITS)))
    .map(({ path, mean, values }) =>
      problem(path, `is ${mean}, which cannot be the mean of ${values} in float32: a digit was changed`),
    );
}

/**
 * A wrong prediction has a minimum cross-entropy: a class that is not the first has a probability of at most 1/2, and a class
 * that is not among the first five has a probability of at most 1/6.
 */
function boundProblems({ curve }: Measurement): Problem[] {
  return curve.flatMap(({ loss, top1, top5, averaged }, index) =>
    [
      { path: ['curve', index, 'loss'], loss, top1, top5 },
      ...(averaged ? [{ path: ['curve', index, 'averaged', 'loss'], ...averaged }] : []),
    ].flatMap((scores) => {
      const min = (1 - scores.top5) * Math.log(6) + (scores.top5 - scores.top1) * Math.log(2);
      return scores.loss >= min - 1e-4
        ? []
        : [
            problem(
              scores.path,
              `is ${scores.loss}, expected at least ${min} with top-1 ${scores.top1} and top-5 ${scores.top5}`,
            ),
          ];
    }),
  );
}

/**
 * Checks that losses are possible means of float32 values, which finds most changed digits, and that they are high enough for
 * their accuracies.
 */
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
