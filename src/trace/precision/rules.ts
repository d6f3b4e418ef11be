import { elementCount, type RecordedOp } from '../recording.ts';
import type { OpName } from '../ops/table.ts';

/**
 * The number format in which an op of the network runs (docs/training.md):
 * - `product`: always bfloat16;
 * - `follows`: bfloat16 if the inputs with the indices `deciding` (default: all inputs) are bfloat16, else float32;
 * - `norm`: bfloat16 if input `image` is, else float32. Only the first `images` inputs and the first output are then bfloat16;
 *   scales and statistics stay float32.
 */
export type FormatRule =
  | { readonly kind: 'product' }
  | { readonly kind: 'follows'; readonly deciding?: readonly number[] }
  | { readonly kind: 'norm'; readonly image: number; readonly images: number };

const product: FormatRule = { kind: 'product' };
const follows: FormatRule = { kind: 'follows' };

/** All ops without a rule run in float32: sums, exponentials, statistics, losses, and ops that a user has registered. */
const RULES: Readonly<Partial<Record<OpName, FormatRule>>> = {
  Conv2D: product,
  Conv2DBackpropInput: product,
  Conv2DBackpropFilter: product,
  DepthwiseConv2dNative: product,
  DepthwiseConv2dNativeBackpropInput: product,
  DepthwiseConv2dNativeBackpropFilter: product,
  MatMul: product,
  BatchMatMulV2: product,
  FusedBatchNormV3: { kind: 'norm', image: 0, images: 1 },
  FusedBatchNormGradV3: { kind: 'norm', image: 1, images: 2 },
  BiasAdd: { kind: 'follows', deciding: [0] },
  BiasAddGrad: follows,
  Relu: follows,
  ReluGrad: follows,
  Relu6: follows,
  Relu6Grad: follows,
  Sigmoid: follows,
  SigmoidGrad: follows,
  MaxPool: follows,
  MaxPoolGrad: follows,
  AvgPool: follows,
  AvgPoolGrad: follows,
  Add: follows,
  AddV2: follows,
  AddN: follows,
  Sub: follows,
  Mul: follows,
  BroadcastTo: follows,
  ConcatV2: follows,
  Pad: follows,
  PadV2: follows,
  Reshape: follows,
  Slice: follows,
  Split: follows,
  StridedSlice: follows,
  Transpose: follows,
};

/** With fewer pixels in the batch, oneDNN's gradient of a grouped filter takes up to four times as long in bfloat16. */
const GROUPED_PIXELS = 1024;

function isSmallGroupedGradient({ name, inputs: [x, , dy], outputs: [filter] }: RecordedOp): boolean {
  const isGrouped = name === 'Conv2DBackpropFilter' && filter?.shape[2] !== x?.shape[3];
  return isGrouped && elementCount(dy?.shape.slice(0, 3) ?? []) < GROUPED_PIXELS;
}

/** The rule of an op on a device; undefined if it runs in float32. */
export function formatRule(op: RecordedOp, device: 'cpu' | 'gpu'): FormatRule | undefined {
  const rule = (RULES as Readonly<Record<string, FormatRule>>)[op.name];
  return rule && device === 'cpu' && isSmallGroupedGradient(op) ? undefined : rule;
}
