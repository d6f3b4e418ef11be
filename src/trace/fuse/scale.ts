import { DataType } from '../../runtime/types.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { ADDITIONS, isFloat, otherInput, Rewriter, sameShape } from './rewriter.ts';

/** Whether `factor` [n, 1, 1, c] has a value per image and channel of x [n, h, w, c], with more than one pixel. */
const isPerChannel = (factor: TensorType | undefined, x: TensorType | undefined): boolean =>
  factor?.shape.length === 4 &&
  x?.shape.length === 4 &&
  factor.dtype === DataType.float &&
  factor.shape[1] === 1 &&
  factor.shape[2] === 1 &&
  x.shape[1]! * x.shape[2]! > 1 &&
  factor.shape[0] === x.shape[0] &&
  factor.shape[3] === x.shape[3];

/** Whether a reduction is over height and width and keeps the dimensions. */
function isOverPixels({ constants }: Recording, op: RecordedOp): boolean {
  const axes = constants.get(op.inputs[1]?.id ?? -1);
  return op.inputs[0]?.shape.length === 4 && readAttribute(op, 'keep_dims') === true && String(axes?.values) === '1,2';
}

/** Replaces x times a factor per image and channel, with the sum of the product and a value per image and channel after it. */
function fuseScale(rewriter: Rewriter, op: RecordedOp): void {
  const [a, b] = op.inputs;
  const [x, factor] = isPerChannel(b, a) ? [a, b] : [b, a];
  if (!isPerChannel(factor, x)) return;
  const y = op.outputs[0]!;
  const sum = rewriter.onlyReader(y, ...ADDITIONS);
  const broadcast = sum && rewriter.maker(otherInput(sum, y), 'BroadcastTo');
  const added = broadcast?.inputs[0];
  if (broadcast && isPerChannel(added, x) && rewriter.isReadOnlyBy(broadcast.outputs[0], [sum])) {
    rewriter.replace(sum, { name: 'DoubletimeScaleAdd', inputs: [x!, factor!, added!], outputs: sum.outputs }, [
      op,
      broadcast,
    ]);
    return;
  }
  rewriter.replace(op, { name: 'DoubletimeScale', inputs: [x!, factor!], outputs: op.outputs });
}

/** Replaces the sum over the pixels of a product of two images [n, h, w, c]. */
function fuseProductSum(rewriter: Rewriter, op: RecordedOp): void {
  const product = rewriter.maker(op.inputs[0], 'Mul');
  if (!product || !sameShape(product.inputs[0], product.inputs[1]) || !rewriter.isReadOnlyBy(op.inputs[0], [op]))
    return;
  rewriter.replace(op, { name: 'DoubletimeProductSum', inputs: product.inputs, outputs: op.outputs }, [product]);
}

/** Replaces squeeze-and-excite's products, sums and means over pixels, which TensorFlow computes in several passes. */
export function fuseScales(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const op of recording.ops) {
    if (!isFloat(op)) continue;
    if (op.name === 'Sum' && isOverPixels(recording, op)) fuseProductSum(rewriter, op);
    else if (op.name === 'Mean' && isOverPixels(recording, op))
      rewriter.replace(op, { name: 'DoubletimePixelMean', inputs: op.inputs.slice(0, 1), outputs: op.outputs });
    else if (op.name === 'Mul') fuseScale(rewriter, op);
  }
  return rewriter.result();
}
