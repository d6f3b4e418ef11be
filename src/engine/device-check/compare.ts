import { readAttribute } from '../../trace/recording.ts';
import { reasonNotToRun } from './run-ops.ts';
import type { DeviceResults, ListedOp, OpResult, StepResult } from './results.ts';
import { relativeDistance } from './sketch.ts';

/** The largest relative difference of one op's outputs on two devices. */
export interface OpDifference {
  readonly listed: ListedOp;
  /** Infinite if the sizes or the numbers of non-finite elements differ; undefined if the op did not run on both devices. */
  readonly difference: number | undefined;
  /** The error messages of the devices on which it failed. */
  readonly error?: string;
}

/** The differences of three training steps of a network. */
export interface StepDifference {
  readonly network: string;
  readonly input: number;
  /** Relative difference of the first loss, which is computed before any update. */
  readonly firstLoss?: number;
  /** The largest relative difference of the three losses. */
  readonly loss?: number;
  /** Relative difference of the change by the first step, over all tensors together. */
  readonly change?: number;
  /** The tensor that contributes most to `change`. */
  readonly tensor?: string;
  readonly error?: string;
}

/** The differences of all ops with the same name. */
export interface KindDifference {
  readonly op: string;
  /** Distinct ops of this kind that were executed on both devices. */
  readonly count: number;
  readonly largest: OpDifference;
}

/** The comparison of a device with a reference. */
export interface Comparison {
  readonly reference: string;
  readonly device: string;
  readonly tolerance: number;
  readonly kinds: readonly KindDifference[];
  /** The differences beyond the tolerance, largest first. */
  readonly beyond: readonly OpDifference[];
  /** The ops that failed on a device. */
  readonly failed: readonly OpDifference[];
  /** The reason for each kind of op that is not executed alone. */
  readonly left: Readonly<Record<string, string>>;
  /** The number of distinct ops that ran on both devices. */
  readonly executed: number;
  readonly steps: readonly StepDifference[];
  readonly ok: boolean;
}

/**
 * The largest accepted relative differences of a network's steps. Rounding errors of single ops grow from layer to layer and from
 * step to step: between one and two threads of a CPU they reach a third of these tolerances.
 */
export const STEP_TOLERANCES = { firstLoss: 1e-4, loss: 2e-2, change: 0.3 } as const;

/** Whether the steps of a network ran on both devices and their differences are within the tolerances. */
export const stepsAgree = ({ error, firstLoss = 0, loss = 0, change = 0 }: StepDifference): boolean =>
  error === undefined &&
  firstLoss <= STEP_TOLERANCES.firstLoss &&
  loss <= STEP_TOLERANCES.loss &&
  change <= STEP_TOLERANCES.change;

/** The number of an op's outputs that are defined. A batch norm of an evaluation does not set its statistics on a GPU. */
const definedOutputs = ({ op, attributes }: ListedOp): number =>
  op === 'FusedBatchNormV3' && readAttribute({ attributes }, 'is_training') === false ? 1 : Infinity;

function compareOp(listed: ListedOp, a: OpResult, b: OpResult): OpDifference {
  if (a.outputs === null || b.outputs === null || a.outputs.length !== b.outputs.length) {
    const errors = [a.error && `reference: ${a.error}`, b.error && `device: ${b.error}`].filter(Boolean).join('; ');
    return { listed, difference: undefined, error: errors || 'the numbers of outputs differ' };
  }
  const defined = a.outputs.slice(0, definedOutputs(listed));
  const distances = defined.map((output, i) => relativeDistance(output, b.outputs![i]!));
  return { listed, difference: Math.max(0, ...distances) };
}

function compareStep(a: StepResult, b: StepResult | undefined): StepDifference {
  const { network, input } = a;
  const error = a.error ?? (b === undefined ? 'missing on the device' : b.error);
  if (error !== undefined || b === undefined) return { network, input, error: error! };
  const losses = a.losses.map((loss, i) => {
    const other = b.losses[i] ?? null;
    if (loss === null || other === null) return loss === other ? 0 : Infinity;
    return Math.abs(loss - other) / Math.abs(loss || 1);
  });
  const changed = Object.entries(a.changes).map(([tensor, sketch]) => {
    const other = b.changes[tensor];
    const distance = other ? relativeDistance(sketch, other) * (sketch.norm > 0 ? sketch.norm : 1) : Infinity;
    return { tensor, distance, norm: sketch.norm };
  });
  const total = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const change = total(changed.map(({ distance }) => distance)) / (total(changed.map(({ norm }) => norm)) || 1);
  const largest = changed.sort((x, y) => y.distance - x.distance)[0];
  return {
    ...{ network, input, firstLoss: losses[0] ?? Infinity, loss: Math.max(0, ...losses), change },
    tensor: largest?.tensor ?? '',
  };
}

const byDifference = (a: OpDifference, b: OpDifference): number => (b.difference ?? 0) - (a.difference ?? 0);

function largestByKind(differences: readonly OpDifference[]): KindDifference[] {
  const kinds = new Map<string, OpDifference[]>();
  for (const difference of differences) {
    const { op } = difference.listed;
    kinds.set(op, [...(kinds.get(op) ?? []), difference]);
  }
  return [...kinds]
    .map(([op, all]) => ({ op, count: all.length, largest: all.sort(byDifference)[0]! }))
    .sort((a, b) => byDifference(a.largest, b.largest));
}

/**
 * Compares the results of two devices for the same ops and networks.
 * @param tolerance the largest accepted relative difference of an op.
 */
export function compareDevices(reference: DeviceResults, device: DeviceResults, tolerance: number): Comparison {
  const runnable = reference.ops.map((listed, i) => ({ listed, i })).filter(({ listed }) => !reasonNotToRun(listed));
  const all = runnable.map(({ listed, i }) => compareOp(listed, reference.opResults[i]!, device.opResults[i]!));
  const executed = all.filter(({ difference }) => difference !== undefined);
  const failed = all.filter(({ difference }) => difference === undefined);
  const beyond = executed.filter(({ difference }) => difference! > tolerance).sort(byDifference);
  const steps = reference.steps.map((step) =>
    compareStep(
      step,
      device.steps.find(({ network }) => network === step.network),
    ),
  );
  return {
    ...{ reference: reference.device, device: device.device, tolerance },
    ...{ kinds: largestByKind(executed), beyond, failed, executed: executed.length, steps },
    left: Object.fromEntries(
      reference.ops.flatMap((listed) => {
        const reason = reasonNotToRun(listed);
        return reason === undefined ? [] : [[listed.op, reason]];
      }),
    ),
    ok: beyond.length === 0 && failed.length === 0 && steps.every(stepsAgree),
  };
}
