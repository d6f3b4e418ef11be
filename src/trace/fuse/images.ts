import { type } from '../../nn/raw.ts';
import { DataType } from '../../runtime/types.ts';
import { FIRST_ADDED_ID, readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { ADDITIONS, isFloat, otherInput, Rewriter } from './rewriter.ts';

const isBytesToFloat = (op: RecordedOp): boolean =>
  op.name === 'Cast' && readAttribute(op, 'SrcT') === DataType.uint8 && readAttribute(op, 'DstT') === DataType.float;

/** The attributes of an op that moves pixels, with the type uint8. */
const forBytes = (op: RecordedOp) =>
  op.attributes.map((attribute) =>
    attribute.name === 'T' || attribute.name === 'Tparams' ? type(attribute.name, DataType.uint8) : attribute,
  );

/** The ops that pad, crop and mirror the images after their cast to float32, in order. */
function movesAfter(rewriter: Rewriter, cast: RecordedOp): RecordedOp[] {
  const moves: RecordedOp[] = [];
  for (;;) {
    const last = (moves.at(-1) ?? cast).outputs[0];
    const next = rewriter.onlyReader(last, 'Pad', 'GatherV2');
    if (next?.inputs[0]?.id !== last?.id || !next) return moves;
    moves.push(next);
  }
}

/**
 * Pads, crops and mirrors images as bytes, and then converts, scales and shifts them in one pass. The result is the same to the
 * last bit.
 */
export function fuseImages(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  let next = FIRST_ADDED_ID.images;
  for (const cast of recording.ops.filter(isBytesToFloat)) {
    const moves = movesAfter(rewriter, cast);
    const pixels = (moves.at(-1) ?? cast).outputs[0]!;
    const product = rewriter.onlyReader(pixels, 'Mul');
    const sum = rewriter.onlyReader(product?.outputs[0], ...ADDITIONS);
    if (!product || !sum || !isFloat(sum)) continue;
    const [factor, offset] = [otherInput(product, pixels), otherInput(sum, product.outputs[0]!)];
    if (factor?.shape.length !== 1 || offset?.shape.length !== 1) continue;
    let bytes: TensorType = cast.inputs[0]!;
    for (const move of moves) {
      const output = { id: next++, shape: move.outputs[0]!.shape, dtype: DataType.uint8 };
      const inputs = [bytes, ...move.inputs.slice(1)];
      rewriter.replace(move, { name: move.name, attributes: forBytes(move), inputs, outputs: [output] });
      bytes = output;
    }
    const inputs = [bytes, factor, offset];
    rewriter.replace(sum, { name: 'DoubletimeNormalizeImages', inputs, outputs: sum.outputs }, [cast, product]);
  }
  return rewriter.result();
}
