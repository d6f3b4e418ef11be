import { DataType } from '../runtime/types.ts';
import {
  batchedProduct,
  binary,
  type Call,
  cast,
  channelVector,
  concat,
  convolution,
  crossEntropy,
  gather,
  type Inferred,
  like,
  matrixProduct,
  norm,
  normGradient,
  oneHot,
  pad,
  pool,
  random,
  reduction,
  reshape,
  type Rule,
  scalarLike,
  shapeFrom,
  split,
  stridedSlice,
  topK,
  transpose,
  unpad,
} from './shape-rules.ts';

/** The shape rule of every op that a step may execute; src/flops/formulas.ts has a formula for each. */
const rules = {
  AddN: like(0),
  Add: binary(),
  AddV2: binary(),
  AvgPool: pool,
  AvgPoolGrad: shapeFrom(0, 1),
  BatchMatMulV2: batchedProduct,
  BiasAdd: like(0),
  BiasAddGrad: channelVector(0),
  BroadcastTo: shapeFrom(1, 0),
  Cast: cast,
  ConcatV2: concat,
  Conv2D: convolution(false),
  Conv2DBackpropFilter: shapeFrom(1, 0),
  Conv2DBackpropInput: shapeFrom(0, 1),
  DepthwiseConv2dNative: convolution(true),
  DepthwiseConv2dNativeBackpropFilter: shapeFrom(1, 0),
  DepthwiseConv2dNativeBackpropInput: shapeFrom(0, 1),
  Equal: binary(DataType.bool),
  Erf: like(0),
  Exp: like(0),
  FusedBatchNormGradV3: normGradient,
  FusedBatchNormV3: norm,
  GatherV2: gather,
  L2Loss: scalarLike,
  LogSoftmax: like(0),
  LRN: like(0),
  LRNGrad: like(0),
  Less: binary(DataType.bool),
  MatMul: matrixProduct,
  MaxPool: pool,
  MaxPoolGrad: like(0),
  Maximum: binary(),
  Mean: reduction,
  Minimum: binary(),
  Mul: binary(),
  OneHot: oneHot,
  MirrorPad: pad,
  MirrorPadGrad: unpad,
  Pad: pad,
  PadV2: pad,
  RealDiv: binary(),
  Relu: like(0),
  Relu6: like(0),
  Relu6Grad: like(0),
  ReluGrad: like(0),
  Reshape: reshape,
  ResourceApplyMomentum: (call: Call) => [...like(0)(call), ...like(1)(call)],
  Rsqrt: like(0),
  Sigmoid: like(0),
  SigmoidGrad: like(0),
  Slice: shapeFrom(2, 0),
  Softmax: like(0),
  SoftmaxCrossEntropyWithLogits: crossEntropy,
  Split: split,
  StridedSlice: stridedSlice,
  Sqrt: like(0),
  Square: like(0),
  StatelessRandomUniform: random,
  Sub: binary(),
  Sum: reduction,
  TopKV2: topK,
  Transpose: transpose,
  Sign: like(0),
  Softplus: like(0),
} as const satisfies Readonly<Record<string, Rule>>;

/** The names of the TensorFlow ops that a step may execute. */
export type OpName = keyof typeof rules;

/** All names in `OpName`. */
export const opNames = Object.keys(rules) as readonly OpName[];

const isKnown = (name: string): name is OpName => Object.hasOwn(rules, name);

const registered = new Map<string, Rule>();

/** Registers the shape rule of an op. The same rule may be registered again. @throws TypeError if the op has a different rule. */
export function registerShapeRule(name: string, rule: Rule): void {
  const known = registered.get(name);
  if (Object.hasOwn(rules, name) || (known && String(known) !== String(rule)))
    throw new TypeError(`the op ${name} already has a shape rule: remove the second registration`);
  registered.set(name, rule);
}

/**
 * Infers the shapes and types of an op's outputs from its inputs, without executing it.
 * @throws TypeError naming the op if it has no rule; RangeError if its inputs' shapes do not fit together.
 */
export function inferOutputs(call: Call): Inferred[] {
  const rule = isKnown(call.name) ? rules[call.name] : registered.get(call.name);
  if (!rule) throw new TypeError(`no shape rule for the op ${call.name}: add one with registerOpFormula`);
  return rule(call);
}
