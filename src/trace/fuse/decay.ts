import { DataType } from '../../runtime/types.ts';
import type { RecordedOp, Recording } from '../recording.ts';
import { ADDITIONS, isFloat, otherInput, Rewriter, sameShape } from './rewriter.ts';

/** Replaces gradient + weight * factor, if `op` is the product of the weight and a scalar. */
function replace(rewriter: Rewriter, op: RecordedOp): void {
  const isScalar = op.inputs[1]?.shape.length === 0 && op.inputs[1].dtype === DataType.float;
  const [weight, factor] = isScalar ? op.inputs : op.inputs.toReversed();
  const product = op.outputs[0]!;
  const sum = rewriter.onlyReader(product, ...ADDITIONS);
  const gradient = sum && otherInput(sum, product);
  if (!sum || factor?.shape.length !== 0 || !sameShape(gradient, weight) || gradient?.id === product.id) return;
  rewriter.replace(sum, { name: 'DoubletimeDecay', inputs: [gradient!, weight!, factor], outputs: sum.outputs }, [op]);
}

/** Adds coupled weight decay to a gradient in one pass. The result is the same to the last bit as in two. */
export function fuseDecay(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const op of recording.ops)
    if (op.name === 'Mul' && op.direction === 'update' && isFloat(op) && rewriter.maker(op.outputs[0], 'Mul'))
      replace(rewriter, op);
  return rewriter.result();
}
