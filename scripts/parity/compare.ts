import { median } from '../../src/base/numbers/median.ts';
import { countParameters, type TensorSpec } from '../../src/nn/scope.ts';
import type { Computed } from './compute.ts';
import type { Reference } from './reference.ts';

/**
 * Tolerances for differences from PyTorch in float64: logits, loss and gradients. PyTorch in float32 itself differs by up to 1e-7,
 * 2e-5 and 8e-3.
 */
const LOGITS = 1e-5;
const LOSS = 1e-4;
const GRADIENT = 2e-2;
const MEDIAN_GRADIENT = 1e-3;
/** Gradients below this fraction of the largest gradient are rounding errors. */
const MIN_GRADIENT = 1e-6;

/** Differences of the computed values from the reference. */
export interface Differences {
  /** The largest difference of logits, relative to the L2 norm of their row. */
  readonly logits: number;
  /** The absolute difference of the loss. */
  readonly loss: number;
  /** The largest relative difference of a gradient's L2 norm. */
  readonly gradient: number;
  /** The median relative difference of gradients' L2 norms. */
  readonly medianGradient: number;
  /** The tensor with the largest gradient difference. */
  readonly worst: string;
}

/** Compares names, shapes, order and number of parameters. Returns one line per difference. */
export function compareTensors(specs: readonly TensorSpec[], reference: Reference): string[] {
  const describe = (name: string, shape: readonly number[]) => `${name} [${shape.join(', ')}]`;
  const ours = specs.map(({ name, shape }) => describe(name, shape));
  const theirs = reference.tensors.map(([name, shape]) => describe(name, shape));
  const problems = [
    ...theirs.filter((tensor) => !ours.includes(tensor)).map((tensor) => `missing ${tensor}`),
    ...ours.filter((tensor) => !theirs.includes(tensor)).map((tensor) => `extra ${tensor}`),
  ];
  const at = ours.findIndex((tensor, i) => tensor !== theirs[i]);
  if (problems.length === 0 && at >= 0)
    problems.push(`order: ${ours[at] ?? ''} is in place of ${theirs[at] ?? 'nothing'}`);
  const parameters = countParameters(specs);
  if (parameters !== reference.params) problems.push(`${parameters} parameters, expected ${reference.params}`);
  return problems;
}

function logitDifference(logits: Float32Array, reference: Reference): number {
  const rows = reference.eval_logits_l2.length;
  const classes = logits.length / rows;
  const differences = reference.eval_logits_l2.flatMap((length, n) => {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const first = (reference.eval_logits_first8[n] ?? []).map((value, i) => (row[i] ?? NaN) - value);
    return [Math.hypot(...row) - length, ...first].map((value) => Math.abs(value) / length);
  });
  return largest(differences);
}

/** The largest value; NaN if a value is NaN. */
const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => (value <= most ? most : value), 0);

/** Compares computed values with a reference. Gradients that are only rounding errors are left out. */
export function differencesFrom(computed: Computed, reference: Reference): Differences {
  const largestNorm = Math.max(...Object.values(reference.grad_l2));
  const gradients = Object.entries(reference.grad_l2)
    .filter(([, length]) => length >= MIN_GRADIENT * largestNorm)
    .map(([name, length]) => {
      const ours = computed.gradientNorms.get(name) ?? NaN;
      return { name, difference: Math.abs(ours - length) / length };
    });
  const gradient = largest(gradients.map(({ difference }) => difference));
  return {
    logits: logitDifference(computed.logits, reference),
    loss: Math.abs(computed.loss - reference.train_loss),
    gradient,
    medianGradient: median(gradients.map(({ difference }) => difference)) ?? NaN,
    worst: gradients.find(({ difference }) => Object.is(difference, gradient))?.name ?? '',
  };
}

/** Computed values in the form of a reference, to compare two computations. */
export function toReference(computed: Computed, reference: Reference): Reference {
  const rows = reference.eval_logits_l2.length;
  const classes = computed.logits.length / rows;
  const logits = Array.from({ length: rows }, (_, n) =>
    Array.from(computed.logits.subarray(n * classes, (n + 1) * classes)),
  );
  return {
    ...reference,
    eval_logits_first8: logits.map((row) => row.slice(0, 8)),
    eval_logits_l2: logits.map((row) => Math.hypot(...row)),
    train_loss: computed.loss,
    grad_l2: Object.fromEntries(computed.gradientNorms),
  };
}

/**
 * One line for each difference above its tolerance.
 * @param factor multiplies the tolerances of loss and gradients.
 */
export function describeProblems(differences: Differences, factor = 1): string[] {
  const limits = [
    ['logits', differences.logits, LOGITS],
    ['loss', differences.loss, factor * LOSS],
    [`gradient of ${differences.worst}`, differences.gradient, factor * GRADIENT],
    ['median gradient', differences.medianGradient, factor * MEDIAN_GRADIENT],
  ] as const;
  return limits
    .filter(([, difference, limit]) => !(difference <= limit))
    .map(
      ([what, difference, limit]) =>
        `${what}: the difference is ${difference.toExponential(1)}, expected at most ${limit}`,
    );
}
