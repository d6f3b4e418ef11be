import { int, text } from '../../nn/raw.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { isNhwc, Rewriter } from './rewriter.ts';

const FILTER_GRADIENTS = ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter'];
const INPUT_GRADIENTS = ['Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropInput'];

/** The pixels that are added above and below, and on the left and right, if `large` is `small` with such a border. */
function borderBetween(small: TensorType, large: TensorType): readonly [height: number, width: number] | undefined {
  const [n, height, width, channels] = large.shape.map((size, i) => (size - (small.shape[i] ?? 0)) / 2);
  if (n !== 0 || channels !== 0 || height === undefined || width === undefined) return undefined;
  return Number.isInteger(height) && Number.isInteger(width) ? [height, width] : undefined;
}

const constantOf = ({ constants }: Recording, tensor: TensorType | undefined): string =>
  Array.from(constants.get(tensor?.id ?? -1)?.values ?? []).join();

function explicit(op: RecordedOp, [height, width]: readonly [number, number]): OpAttribute[] {
  const changed = [text('padding', 'EXPLICIT'), int('explicit_paddings', [0, 0, height, height, width, width, 0, 0])];
  return op.attributes.map((attribute) => changed.find(({ name }) => name === attribute.name) ?? attribute);
}

/** The padded image that a gradient reads, the image itself in the same number format, and the ops between the two. */
function paddingOf(rewriter: Rewriter, read: TensorType | undefined) {
  const cast = rewriter.maker(read, 'Cast');
  const pad = rewriter.maker(cast ? cast.inputs[0] : read, 'Pad');
  const [image, border] = pad?.inputs ?? [];
  if (!pad || !image) return undefined;
  if (!cast) return { pad, border, image, between: [pad] };
  // The convolution itself reads the image in that format.
  const casts = rewriter.readers(image).filter(({ name }) => name === 'Cast');
  const same = casts.map(({ outputs }) => outputs[0]!).find(({ dtype }) => dtype === read?.dtype);
  return same && { pad, border, image: same, between: [cast, pad] };
}

/** Lets the gradient of a filter read the image instead of the padded image. */
function mergePad(rewriter: Rewriter, op: RecordedOp): void {
  const found = paddingOf(rewriter, op.inputs[0]);
  const size = found && borderBetween(found.image, found.pad.outputs[0]!);
  if (!found || !size) return;
  const [height, width] = size;
  if (constantOf(rewriter.recording, found.border) !== [0, 0, height, height, width, width, 0, 0].join()) return;
  const inputs = [found.image, ...op.inputs.slice(1)];
  const merged = { name: op.name, attributes: explicit(op, size), inputs, outputs: op.outputs };
  const unused = found.between.every(({ outputs }) => rewriter.isReadOnlyBy(outputs[0], [op, ...found.between]));
  rewriter.replace(op, merged, unused ? found.between : []);
}

/** Lets the gradient of an image be computed without the border that a slice removes. */
function mergeSlice(rewriter: Rewriter, op: RecordedOp): void {
  const slice = rewriter.onlyReader(op.outputs[0], 'Slice');
  const image = slice?.outputs[0];
  const size = image && borderBetween(image, op.outputs[0]!);
  if (!slice || !image || !size) return;
  const [height, width] = size;
  if (constantOf(rewriter.recording, slice.inputs[1]) !== [0, height, width, 0].join()) return;
  const inputs = [slice.inputs[2]!, ...op.inputs.slice(1)];
  const merged = { name: op.name, attributes: explicit(op, size), inputs, outputs: [image] };
  rewriter.replace(slice, merged, [op]);
}

/**
 * Gives the gradients of convolutions the padding itself, where they compute on padded images: TensorFlow's kernels for a GPU
 * know it. The numbers stay the same; the copies of the padded images are gone.
 */
export function mergePaddings(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const op of recording.ops) {
    if (!isNhwc(op) || readAttribute(op, 'padding') !== 'VALID') continue;
    if (FILTER_GRADIENTS.includes(op.name)) mergePad(rewriter, op);
    else if (INPUT_GRADIENTS.includes(op.name)) mergeSlice(rewriter, op);
  }
  return rewriter.result();
}
