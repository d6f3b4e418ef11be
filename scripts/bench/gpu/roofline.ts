import { countOpFlops } from '../../../src/flops/op-flops.ts';
import { type RecordedOp, type Recording, elementCount } from '../../../src/trace/recording.ts';

/** Bytes of an element by TF_DataType (tensorflow/c/tf_datatype.h): float, int32, uint8, int64, bool, bfloat16, half. */
const BYTES: Readonly<Record<number, number>> = { 1: 4, 3: 4, 4: 1, 9: 8, 10: 1, 14: 2, 19: 2 };

/** Ops that change only the shape of a tensor: they move no data. */
const MOVES_NOTHING = new Set(['Reshape', 'Identity', 'Squeeze', 'ExpandDims']);

const countBytes = (tensors: readonly { readonly shape: readonly number[]; readonly dtype: number }[]): number =>
  tensors.reduce((sum, { shape, dtype }) => sum + elementCount(shape) * (BYTES[dtype] ?? 4), 0);

const opBytes = ({ name, inputs, outputs }: RecordedOp): number =>
  MOVES_NOTHING.has(name) ? 0 : countBytes(inputs) + countBytes(outputs);

/** The work of one execution of a recording, if every op reads its inputs once from memory and writes its outputs once. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** The FLOPs and bytes of one execution of a recording. */
export const countWork = ({ ops }: Recording): Work =>
  ops.reduce(
    (sum, op) => {
      const { macs, otherFlops } = countOpFlops(op);
      return { flops: sum.flops + 2 * macs + otherFlops, bytes: sum.bytes + opBytes(op) };
    },
    { flops: 0, bytes: 0 },
  );

/**
 * The shortest time in seconds in which a device can execute a recording op by op: for each op the longer of the time to compute and
 * the time to move data (the roofline model, Williams, Waterman & Patterson 2009). Fused ops can take less.
 */
export function floorSeconds({ ops }: Recording, limits: { flopPerSecond: number; bytesPerSecond: number }): number {
  return ops.reduce((sum, op) => {
    const { macs, otherFlops } = countOpFlops(op);
    return sum + Math.max((2 * macs + otherFlops) / limits.flopPerSecond, opBytes(op) / limits.bytesPerSecond);
  }, 0);
}
