import { int } from '../../nn/raw.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import type { Rewriter } from './rewriter.ts';

/** Height or width of a convolution: sizes of filter, image and output, and the pixels added before the image. */
export interface Side {
  readonly kernel: number;
  readonly image: number;
  readonly output: number;
  readonly before: number;
}

/** The dimensions of images [n, h, w, c]. */
export const ROWS = 1;
const COLUMNS = 2;

const readConstant = ({ constants }: Recording, tensor: TensorType | undefined): number[] =>
  Array.from(constants.get(tensor?.id ?? -1)?.values ?? []);

/** The three tensors of a convolution or its gradient. */
export interface Tensors {
  readonly image: TensorType;
  readonly filter: TensorType;
  readonly output: TensorType;
}

/** The tensors of a convolution or a gradient whose op is named after this convolution, such as `Conv2DBackpropInput`. */
export function findTensors(op: RecordedOp, convolution: string): Tensors {
  const [first, second, third] = op.inputs;
  const y = op.outputs[0]!;
  if (op.name === convolution) return { image: first!, filter: second!, output: y };
  if (op.name === `${convolution}BackpropInput`) return { image: y, filter: second!, output: third! };
  return { image: first!, filter: y, output: third! };
}

/** One side of a convolution without dilation. */
function describeSide(op: RecordedOp, { image, filter, output }: Tensors, dimension: 1 | 2, stride: number): Side {
  const [kernel, size, result] = [filter.shape[dimension - 1]!, image.shape[dimension]!, output.shape[dimension]!];
  const explicit = readAttribute(op, 'explicit_paddings') as readonly number[] | undefined;
  const mode = readAttribute(op, 'padding');
  const total = Math.max((result - 1) * stride + kernel - size, 0);
  const before = mode === 'EXPLICIT' ? explicit![2 * dimension]! : mode === 'SAME' ? Math.floor(total / 2) : 0;
  return { kernel, image: size, output: result, before };
}

/**
 * The rows and columns of a convolution or its gradient.
 * @param image the images without the border that `borderOp`, a Pad or a Slice, adds or removes; the convolution then adds it.
 */
export function describeWindow(
  { recording }: Rewriter,
  op: RecordedOp,
  tensors: Tensors,
  stride: number,
  image: TensorType,
  borderOp: RecordedOp | undefined,
): readonly [rows: Side, columns: Side] {
  const borders = readBorder(recording, borderOp) ?? [0, 0];
  const describe = (dimension: 1 | 2): Side => {
    const side = describeSide(op, tensors, dimension, stride);
    return { ...side, image: image.shape[dimension]!, before: side.before + borders[dimension - 1]! };
  };
  return [describe(ROWS), describe(COLUMNS)];
}

/** The Pad that makes a tensor, if it only adds rows and columns. */
export function findPad(rewriter: Rewriter, image: TensorType | undefined): RecordedOp | undefined {
  const pad = rewriter.maker(image, 'Pad');
  const before = pad?.inputs[0]?.shape;
  return before?.[0] === image?.shape[0] && before?.[3] === image?.shape[3] ? pad : undefined;
}

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

/** The attributes of an own kernel with a window, of which the result has this height and width. */
export const windowAttributes = (
  stride: number,
  rows: Side,
  columns: Side,
  height: number,
  width: number,
): OpAttribute[] => [
  ...[int('stride', stride), int('top', rows.before), int('left', columns.before)],
  ...[int('height', height), int('width', width)],
];
