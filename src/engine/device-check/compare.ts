import { reasonNotToRun } from './run-ops.ts';
import type { DeviceResults, ListedOp, OpResult, StepResult } from './results.ts';
import { relativeDistance } from './sketch.ts';

/** The largest relative difference of one op's outputs on two devices. */
export interface OpDifference {
  readonly listed: ListedOp;
  /** Infinite where the sizes or the numbers of non-finite elements differ; undefined where the op was not executed on both. */
  readonly difference: number | undefined;
  /** The errors, where it failed on a device. */
  readonly error?: string;
}

/** The differences of three training steps of a network. */
export interface StepDifference {
  readonly network: string;
  readonly input: number;
  /** The largest relative difference of a loss. */
  readonly loss?: number;
  /** Median and largest relative difference of what the steps changed, over the tensors, and the tensor that differs most. */
  readonly median?: number;
  readonly largest?: number;
  readonly tensor?: string;
  readonly error?: string;
}

export interface KindDifference {
  readonly op: string;
  /** Distinct ops of this kind that were executed on both devices. */
  readonly count: number;
  readonly largest: OpDifference;
}

export interface Comparison {
  readonly reference: string;
  readonly device: string;
  readonly tolerance: number;
  readonly kinds: readonly KindDifference[];
  /** Beyond the tolerance, largest first. */
  readonly beyond: readonly OpDifference[];
  readonly failed: readonly OpDifference[];
  /** Ops that are not executed alone, by kind, with the reason. */
  readonly left: Readonly<Record<string, string>>;
  readonly executed: number;
  readonly steps: readonly StepDifference[];
  readonly ok: boolean;
}

/** Losses of three steps may differ by this: the steps multiply the differences of single ops. */
const LOSS_TOLERANCE = 1e-3;

function compareOp(listed: ListedOp, a: OpResult, b: OpResult): OpDifference {
  if (a.outputs === null || b.outputs === null || a.outputs.length !== b.outputs.length) {
    const errors = [a.error && `reference: ${a.error}`, b.error && `device: ${b.error}`].filter(Boolean).join('; ');
    return { listed, difference: undefined, error: errors || 'the numbers of outputs differ' };
  }
  const distances = a.outputs.map((output, i) => relativeDistance(output, b.outputs![i]!));
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
  const changed = Object.entries(a.changes)
    .filter(([, { norm }]) => norm > 0)
    .map(([tensor, sketch]): [string, number] => {
      const other = b.changes[tensor];
      return [tensor, other ? relativeDistance(sketch, other) : Infinity];
    })
    .sort(([, x], [, y]) => x - y);
  const [tensor, largest] = changed.at(-1) ?? ['', 0];
  const median = changed[Math.floor(changed.length / 2)]?.[1] ?? 0;
  return { network, input, loss: Math.max(0, ...losses), median, largest, tensor };
}

const byDifference = (a: OpDifference, b: OpDifference): number => (b.difference ?? 0) - (a.difference ?? 0);

function largestByKind(differences: readonly OpDifference[]): KindDifference[] {
  const kinds = new Map<string, OpDifference[]>();
  for (const one of differences) kinds.set(one.listed.op, [...(kinds.get(one.listed.op) ?? []), one]);
  return [...kinds]
    .map(([op, all]) => ({ op, count: all.length, largest: all.sort(byDifference)[0]! }))
    .sort((a, b) => byDifference(a.largest, b.largest));
}

/**
 * Compares what two devices computed from the same ops and networks.
 * @param tolerance the largest relative difference of an op that is accepted.
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
  const stepsAgree = steps.every(({ error, loss = 0 }) => error === undefined && loss <= LOSS_TOLERANCE);
  return {
    ...{ reference: reference.device, device: device.device, tolerance },
    ...{ kinds: largestByKind(executed), beyond, failed, executed: executed.length, steps },
    left: Object.fromEntries(
      reference.ops.flatMap((listed) => {
        const reason = reasonNotToRun(listed);
        return reason === undefined ? [] : [[listed.op, reason]];
      }),
    ),
    ok: beyond.length === 0 && failed.length === 0 && stepsAgree,
  };
}
