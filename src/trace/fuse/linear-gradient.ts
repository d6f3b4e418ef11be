import { DataType } from '../../runtime/types.ts';
import { readAttribute, type RecordedOp, type Recording } from '../recording.ts';
import { Rewriter } from './rewriter.ts';

/** Whether an op is the product of a transposed matrix and a matrix, in bfloat16. */
const isGradient = (op: RecordedOp): boolean =>
  op.name === 'MatMul' &&
  op.direction === 'weightGradient' &&
  readAttribute(op, 'T') === DataType.bfloat16 &&
  readAttribute(op, 'transpose_a') === true &&
  readAttribute(op, 'transpose_b') !== true;

/**
 * Replaces the gradients of the weights of linear layers in bfloat16, with the Cast to float32 after them. The weights of VGG's first
 * linear layer are the largest tensors of any step, so this saves much memory.
 */
export function fuseLinearGradients(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const op of recording.ops.filter(isGradient)) {
    const cast = rewriter.onlyReader(op.outputs[0], 'Cast');
    if (cast?.outputs[0]?.dtype !== DataType.float) continue;
    rewriter.replace(op, { name: 'DoubletimeLinearGradient', inputs: op.inputs, outputs: cast.outputs }, [cast]);
  }
  return rewriter.result();
}
