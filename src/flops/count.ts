import type { MacsByPrecision, Precision } from '../base/precision.ts';
import type { Kind } from '../trace/ops/formulas.ts';
import { byteCount, factorFormat, type RecordedOp, type Recording } from '../trace/recording.ts';
import { countOpFlops } from './op-flops.ts';

/** MACs by the pass of a step. */
export interface MacCounts {
  readonly forward: number;
  readonly inputGradients: number;
  readonly weightGradients: number;
  /** MACs of the optimizer's matrix products; missing if it has none. */
  readonly update?: number;
  /** The sum of all passes. */
  readonly step: number;
}

/** Counts of the ops of one layer. */
export interface LayerCounts {
  readonly layer: string;
  readonly macs: MacCounts;
  /** 2 per MAC, plus the other operations. */
  readonly flops: number;
  /** Output shape of the layer's first op. */
  readonly outputShape: readonly number[];
}

/** Counts of one execution of a recording, for its whole batch. */
export interface Counts {
  readonly macs: MacCounts;
  /** `macs.step` by the number format of the factors. */
  readonly macsByPrecision: MacsByPrecision;
  readonly flops: {
    /** All FLOPs except those in `outside`. */
    readonly step: number;
    readonly byKind: Readonly<Record<string, number>>;
    /** FLOPs of input preparation and of random masks, which are not part of `step`. */
    readonly outside: { readonly input: number; readonly mask: number };
  };
  /** Bytes of forward results that the backward pass reads. */
  readonly activationBytes: number;
  readonly layers: readonly LayerCounts[];
}

type Pass = 'forward' | 'inputGradients' | 'weightGradients' | 'update';

/** The pass of an op: by its name for the gradients of a convolution, otherwise by its direction. */
function findPass(op: RecordedOp): Pass {
  if (op.name.endsWith('BackpropFilter')) return 'weightGradients';
  if (op.name.endsWith('BackpropInput')) return 'inputGradients';
  if (op.direction === 'weightGradient') return 'weightGradients';
  if (op.direction === 'update') return 'update';
  return op.direction === 'inputGradient' ? 'inputGradients' : 'forward';
}

class Tally {
  readonly #macs = { forward: 0, inputGradients: 0, weightGradients: 0, update: 0 };
  #otherFlops = 0;

  add(op: RecordedOp, macs: number, otherFlops: number): void {
    this.#macs[findPass(op)] += macs;
    this.#otherFlops += otherFlops;
  }

  get counts(): MacCounts {
    const { update, ...passes } = this.#macs;
    const { forward, inputGradients, weightGradients } = passes;
    const step = forward + inputGradients + weightGradients + update;
    return { ...passes, ...(update > 0 ? { update } : {}), step };
  }

  get flops(): number {
    return 2 * this.counts.step + this.#otherFlops;
  }
}

const isForward = ({ direction }: RecordedOp): boolean =>
  direction === 'forward' || direction === 'input' || direction === 'loss';

/** Bytes of the forward results that ops of the backward pass read. */
function activationBytes(recording: Recording): number {
  const bytesById = new Map<number, number>();
  const forwardIds = new Set(recording.ops.filter(isForward).flatMap((op) => op.outputs.map(({ id }) => id)));
  for (const op of recording.ops.filter((candidate) => !isForward(candidate)))
    for (const input of op.inputs) if (forwardIds.has(input.id)) bytesById.set(input.id, byteCount(input));
  return [...bytesById.values()].reduce((a, b) => a + b, 0);
}

/**
 * The number format in which the MACs of an op run. With TF32, NVIDIA's libraries round the factors of float32 products;
 * TensorFlow's own depthwise kernels do not.
 */
function findMacPrecision(op: RecordedOp, recipe: Precision): Precision {
  const format = factorFormat(op);
  return recipe === 'tf32' && format === 'float32' && !op.name.startsWith('Depthwise') ? 'tf32' : format;
}

/** A conversion between number formats: it moves data and has no shape of its own. */
const isCast = ({ name }: RecordedOp): boolean => name === 'Cast';

/**
 * Counts every op of a recording. docs/counting.md has the definitions.
 * @param precision the recipe's precision; with `tf32`, float32 products run in TF32.
 * @throws TypeError naming the op and its layer if an op has no formula.
 */
export function countRecording(recording: Recording, precision: Precision = 'float32'): Counts {
  const total = new Tally();
  const macsByPrecision: Partial<Record<Precision, number>> = {};
  const byKind = new Map<Kind, number>();
  const layers = new Map<string, { tally: Tally; outputShape: readonly number[] }>();
  const outside = { input: 0, mask: 0 };
  for (const op of recording.ops) {
    const { kind, macs, otherFlops } = countOpFlops(op);
    if (kind === 'input' || kind === 'mask') {
      outside[kind] += 2 * macs + otherFlops;
      continue;
    }
    total.add(op, macs, otherFlops);
    byKind.set(kind, (byKind.get(kind) ?? 0) + 2 * macs + otherFlops);
    if (macs > 0) {
      const format = findMacPrecision(op, precision);
      macsByPrecision[format] = (macsByPrecision[format] ?? 0) + macs;
    }
    if (isCast(op)) continue;
    const layer = op.layer || `(${op.direction})`;
    const entry = layers.get(layer) ?? {
      tally: new Tally(),
      outputShape: op.outputs[0]?.shape ?? [],
    };
    layers.set(layer, entry);
    entry.tally.add(op, macs, otherFlops);
  }
  return {
    macs: total.counts,
    macsByPrecision,
    flops: { step: total.flops, byKind: Object.fromEntries(byKind), outside },
    activationBytes: activationBytes(recording),
    layers: [...layers].map(([layer, { tally, outputShape }]) => ({
      layer,
      macs: tally.counts,
      flops: tally.flops,
      outputShape,
    })),
  };
}
