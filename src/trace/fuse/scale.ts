import { DataType } from '../../runtime/types.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { ADDITIONS, isFloat, isStored, otherInput, Rewriter, sameShape, storedAs } from './rewriter.ts';

/** Whether `factor` [n, 1, 1, c] has a value per image and channel of x [n, h, w, c], with more than one pixel. */
const isPerChannel = (factor: TensorType | undefined, x: TensorType | undefined): boolean =>
  factor?.shape.length === 4 &&
  x?.shape.length === 4 &&
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
    const inputs = [x!, factor!, added!];
    const fused = { name: 'DoubletimeScaleAdd', attributes: [storedAs(y)], inputs, outputs: sum.outputs };
    rewriter.replace(sum, fused, [op, broadcast]);
    return;
  }
  rewriter.replace(op, {
    name: 'DoubletimeScale',
    attributes: [storedAs(y)],
    inputs: [x!, factor!],
    outputs: op.outputs,
  });
}

/** What a conversion to float32 converts, with the conversion if nothing else reads its result. */
function beforeCast(rewriter: Rewriter, op: RecordedOp): { x: TensorType; casts: RecordedOp[] } {
  const x = op.inputs[0]!;
  const cast = rewriter.maker(x, 'Cast');
  const before = cast?.inputs[0];
  return cast && before?.dtype === DataType.bfloat16 && rewriter.isReadOnlyBy(x, [op])
    ? { x: before, casts: [cast] }
    : { x, casts: [] };
}

/** Replaces the sum over the pixels of a product of two images [n, h, w, c]. */
function fuseProductSum(rewriter: Rewriter, op: RecordedOp): void {
  const { x, casts } = beforeCast(rewriter, op);
  const product = rewriter.maker(x, 'Mul');
  if (!product || !sameShape(product.inputs[0], product.inputs[1])) return;
  if (!rewriter.isReadOnlyBy(x, [op, ...casts])) return;
  const fused = {
    name: 'DoubletimeProductSum',
    attributes: [storedAs(x)],
    inputs: product.inputs,
    outputs: op.outputs,
  };
  rewriter.replace(op, fused, [product, ...casts]);
}

/** The mean over the pixels of an image. */
function fusePixelMean(rewriter: Rewriter, op: RecordedOp): void {
  const { x, casts } = beforeCast(rewriter, op);
  const fused = { name: 'DoubletimePixelMean', attributes: [storedAs(x)], inputs: [x], outputs: op.outputs };
  rewriter.replace(op, fused, casts);
}

/** Replaces squeeze-and-excite's products, sums and means over pixels, which TensorFlow computes in several passes. */
export function fuseScales(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const op of recording.ops) {
    if (op.name === 'Mul' && isStored(op)) fuseScale(rewriter, op);
    else if (!isFloat(op) || !isOverPixels(recording, op)) continue;
    else if (op.name === 'Sum') fuseProductSum(rewriter, op);
    else if (op.name === 'Mean') fusePixelMean(rewriter, op);
  }
  return rewriter.result();
}
