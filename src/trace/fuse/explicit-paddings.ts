import { int, text } from '../../nn/raw.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { isNhwc, Rewriter } from './rewriter.ts';

const FILTER_GRADIENTS = ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter'];
const INPUT_GRADIENTS = ['Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropInput'];

/** The height and width of the border that `large` has around `small`; undefined if there is no such border. */
function borderBetween(small: TensorType, large: TensorType): readonly [height: number, width: number] | undefined {
  const [n, height, width, channels] = large.shape.map((size, i) => (size - (small.shape[i] ?? 0)) / 2);
  if (n !== 0 || channels !== 0 || height === undefined || width === undefined) return undefined;
  return Number.isInteger(height) && Number.isInteger(width) ? [height, width] : undefined;
}

const readConstant = ({ constants }: Recording, tensor: TensorType | undefined): string =>
  Array.from(constants.get(tensor?.id ?? -1)?.values ?? []).join();

/** The op's attributes with explicit padding. */
function withExplicitPadding(op: RecordedOp, [height, width]: readonly [number, number]): OpAttribute[] {
  const changed = [text('padding', 'EXPLICIT'), int('explicit_paddings', [0, 0, height, height, width, width, 0, 0])];
  return op.attributes.map((attribute) => changed.find(({ name }) => name === attribute.name) ?? attribute);
}

/** The Pad of the image that a gradient reads, the image without padding in the same number format, and the ops between both. */
function findPadding(rewriter: Rewriter, read: TensorType | undefined) {
  const cast = rewriter.maker(read, 'Cast');
  const pad = rewriter.maker(cast ? cast.inputs[0] : read, 'Pad');
  const [image, border] = pad?.inputs ?? [];
  if (!pad || !image) return undefined;
  if (!cast) return { pad, border, image, between: [pad] };
  // The forward convolution reads a cast of the image, too.
  const casts = rewriter.readers(image).filter(({ name }) => name === 'Cast');
  const same = casts.map(({ outputs }) => outputs[0]!).find(({ dtype }) => dtype === read?.dtype);
  return same && { pad, border, image: same, between: [cast, pad] };
}

/** Makes the gradient of a filter read the image instead of the padded image. */
function mergePad(rewriter: Rewriter, op: RecordedOp): void {
  const found = findPadding(rewriter, op.inputs[0]);
  const size = found && borderBetween(found.image, found.pad.outputs[0]!);
  if (!found || !size) return;
  const [height, width] = size;
  if (readConstant(rewriter.recording, found.border) !== [0, 0, height, height, width, width, 0, 0].join()) return;
  const inputs = [found.image, ...op.inputs.slice(1)];
  const merged = { name: op.name, attributes: withExplicitPadding(op, size), inputs, outputs: op.outputs };
  const unused = found.between.every(({ outputs }) => rewriter.isReadOnlyBy(outputs[0], [op, ...found.between]));
  rewriter.replace(op, merged, unused ? found.between : []);
}

/** Makes the gradient of an image write the image without the border, which a slice otherwise removes. */
function mergeSlice(rewriter: Rewriter, op: RecordedOp): void {
  const slice = rewriter.onlyReader(op.outputs[0], 'Slice');
  const image = slice?.outputs[0];
  const size = image && borderBetween(image, op.outputs[0]!);
  if (!slice || !image || !size) return;
  const [height, width] = size;
  if (readConstant(rewriter.recording, slice.inputs[1]) !== [0, height, width, 0].join()) return;
  const inputs = [slice.inputs[2]!, ...op.inputs.slice(1)];
  const merged = { name: op.name, attributes: withExplicitPadding(op, size), inputs, outputs: [image] };
  rewriter.replace(slice, merged, [op]);
}

/**
 * Replaces gradients of convolutions over padded images by gradients with explicit padding, which TensorFlow's GPU kernels support.
 * The results are the same, without copies of padded images.
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
