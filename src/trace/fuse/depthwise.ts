import { readAttribute, type RecordedOp, type Recording } from '../recording.ts';
import { isNhwc, isStored, Rewriter, storedAs } from './rewriter.ts';
import { describeWindow, findPad, findTensors, windowAttributes } from './window.ts';

const PREFIX = 'DepthwiseConv2dNative';

function replace(rewriter: Rewriter, op: RecordedOp): void {
  const tensors = findTensors(op, PREFIX);
  if (tensors.filter.shape[3] !== 1) return;
  const stride = (readAttribute(op, 'strides') as readonly number[])[1]!;
  const pad = op.name === `${PREFIX}BackpropFilter` ? findPad(rewriter, op.inputs[0]) : undefined;
  const slice = op.name === `${PREFIX}BackpropInput` ? rewriter.onlyReader(op.outputs[0], 'Slice') : undefined;
  const image = pad ? pad.inputs[0]! : slice ? slice.outputs[0]! : tensors.image;
  const [rows, columns] = describeWindow(rewriter, op, tensors, stride, image, pad ?? slice);
  const attributes = (height: number, width: number) => [
    ...windowAttributes(stride, rows, columns, height, width),
    storedAs(image),
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
