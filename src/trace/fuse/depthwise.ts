import { int } from '../../nn/raw.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { isNhwc, isStored, Rewriter, storedAs } from './rewriter.ts';

/** Height or width of a convolution: sizes of filter, image and output, and the pixels added before the image. */
interface Side {
  readonly kernel: number;
  readonly image: number;
  readonly output: number;
  readonly before: number;
}

const PREFIX = 'DepthwiseConv2dNative';
const ROWS = 1;
const COLUMNS = 2;

const readConstant = ({ constants }: Recording, tensor: TensorType | undefined): number[] =>
  Array.from(constants.get(tensor?.id ?? -1)?.values ?? []);

/** The three tensors of a convolution or its gradient. */
interface Tensors {
  readonly image: TensorType;
  readonly filter: TensorType;
  readonly output: TensorType;
}

function findTensors(op: RecordedOp): Tensors {
  const [first, second, third] = op.inputs;
  const y = op.outputs[0]!;
  if (op.name === PREFIX) return { image: first!, filter: second!, output: y };
  if (op.name === `${PREFIX}BackpropInput`) return { image: y, filter: second!, output: third! };
  return { image: first!, filter: y, output: third! };
}

function describeSide(op: RecordedOp, { image, filter, output }: Tensors, dimension: 1 | 2, stride: number): Side {
  const [kernel, size, result] = [filter.shape[dimension - 1]!, image.shape[dimension]!, output.shape[dimension]!];
  const explicit = readAttribute(op, 'explicit_paddings') as readonly number[] | undefined;
  const mode = readAttribute(op, 'padding');
  const total = Math.max((result - 1) * stride + kernel - size, 0);
  const before = mode === 'EXPLICIT' ? explicit![2 * dimension]! : mode === 'SAME' ? Math.floor(total / 2) : 0;
  return { kernel, image: size, output: result, before };
}

/** The side for images without the border that a Pad adds; the convolution then adds it. */
const withoutBorder = (side: Side, image: number, border: number): Side => ({
  ...side,
  image,
  before: side.before + border,
});

/**
 * The rows and columns that a Pad adds or a Slice removes on each side of the images. The gradients of a padding that is neither
 * SAME nor VALID have such ops.
 */
function readBorder(
  recording: Recording,
  op: RecordedOp | undefined,
): readonly [rows: number, columns: number] | undefined {
  if (!op) return undefined;
  const values = readConstant(recording, op.inputs[1]);
  return op.name === 'Pad' ? [values[2 * ROWS]!, values[2 * COLUMNS]!] : [values[ROWS]!, values[COLUMNS]!];
}

function replace(rewriter: Rewriter, op: RecordedOp): void {
  const tensors = findTensors(op);
  if (tensors.filter.shape[3] !== 1) return;
  const stride = (readAttribute(op, 'strides') as readonly number[])[1]!;
  const pad = op.name === `${PREFIX}BackpropFilter` ? rewriter.maker(op.inputs[0], 'Pad') : undefined;
  const slice = op.name === `${PREFIX}BackpropInput` ? rewriter.onlyReader(op.outputs[0], 'Slice') : undefined;
  const border = readBorder(rewriter.recording, pad ?? slice) ?? [0, 0];
  const image = pad ? pad.inputs[0]! : slice ? slice.outputs[0]! : tensors.image;
  const rows = withoutBorder(describeSide(op, tensors, ROWS, stride), image.shape[ROWS]!, border[0]);
  const columns = withoutBorder(describeSide(op, tensors, COLUMNS, stride), image.shape[COLUMNS]!, border[1]);
  const attributes = (height: number, width: number) => [
    ...[int('stride', stride), int('top', rows.before), int('left', columns.before)],
    ...[int('height', height), int('width', width), storedAs(image)],
  ];
  const { filter, output } = tensors;
  if (op.name === PREFIX) {
    const size = attributes(rows.output, columns.output);
    rewriter.replace(op, { name: 'DoubletimeDepthwise', attributes: size, inputs: [image, filter], outputs: [output] });
  } else if (op.name === `${PREFIX}BackpropInput`) {
    const size = attributes(rows.image, columns.image);
    const fused = { name: 'DoubletimeDepthwiseInput', attributes: size, inputs: [output, filter], outputs: [image] };
    rewriter.replace(slice ?? op, fused, slice ? [op] : []);
  } else {
    const size = attributes(rows.kernel, columns.kernel);
    const fused = { name: 'DoubletimeDepthwiseFilter', attributes: size, inputs: [image, output], outputs: [filter] };
    rewriter.replace(op, fused, pad && rewriter.onlyReader(pad.outputs[0], op.name) ? [pad] : []);
  }
}

/** Replaces depthwise convolutions and their gradients, which TensorFlow pads and computes slowly for small images. */
export function fuseDepthwise(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const op of recording.ops) if (op.name.startsWith(PREFIX) && isStored(op) && isNhwc(op)) replace(rewriter, op);
  return rewriter.result();
}
