import { DataType } from '../../runtime/types.ts';
import * as formula from './formulas.ts';
import { perInput, perOutput, type Formula } from './formulas.ts';
import * as shape from './shape-rules.ts';
import { binary, like, shapeFrom, type Rule } from './shape-rules.ts';

/** The rules of an op: the shapes of its outputs, its kind and its cost. */
export interface OpRules extends Formula {
  /** Infers the shapes and types of the outputs. */
  readonly outputs: Rule;
}

const op = (outputs: Rule, { kind, cost }: Formula): OpRules => ({ outputs, kind, cost });

/** An op that only moves data: no FLOPs. */
const move = (outputs: Rule): OpRules => op(outputs, formula.moves);

/** An op with `count` FLOPs per element and one output like its first input. */
const elementwise = (count: number): OpRules => op(like(0), perOutput('elementwise', count));

/** An op of two inputs, which are broadcast, with one FLOP per output element. */
const pairwise = (dtype?: number): OpRules => op(binary(dtype), perOutput('elementwise', 1));

type WithGradient<Name extends string> = Readonly<Record<Name | `${Name}Grad`, OpRules>>;

/** An activation and its gradient op, with their FLOPs per element. */
const activation = <Name extends string>(name: Name, flops: { forward: number; gradient: number }) =>
  ({
    [name]: op(like(0), perOutput('activation', flops.forward)),
    [`${name}Grad`]: op(like(0), perOutput('activation', flops.gradient)),
  }) as WithGradient<Name>;

const dense = formula.convolutionFormulas(formula.convolutionMacs);
const depthwise = formula.convolutionFormulas(formula.depthwiseMacs);

/**
 * Every op that a step may execute. Convolutions and matrix products are counted exactly in MACs. For all other ops, the
 * operations in their definition are counted: one FLOP per addition, multiplication, division, comparison, root, exponential,
 * logarithm or error function.
 */
const table = {
  Conv2D: op(shape.convolution(false), dense.forward),
  Conv2DBackpropInput: op(shapeFrom(0, 1), dense.inputGradient),
  Conv2DBackpropFilter: op(shapeFrom(1, 0), dense.filterGradient),
  DepthwiseConv2dNative: op(shape.convolution(true), depthwise.forward),
  DepthwiseConv2dNativeBackpropInput: op(shapeFrom(0, 1), depthwise.inputGradient),
  DepthwiseConv2dNativeBackpropFilter: op(shapeFrom(1, 0), depthwise.filterGradient),
  MatMul: op(shape.matrixProduct, formula.matrixProduct),
  BatchMatMulV2: op(shape.batchedProduct, formula.batchedProduct),

  FusedBatchNormV3: op(shape.norm, formula.batchNorm),
  // With x^ = (x - mean) / deviation: x^ takes 2, sum(dy) 1, sum(dy x^) 2, and dx = scale (dy - mean(dy) - x^ mean(dy x^)) 4.
  FusedBatchNormGradV3: op(shape.normGradient, perInput('normalization', 9)),
  LRN: op(like(0), formula.responseNorm(1)),
  LRNGrad: op(like(0), formula.responseNorm(2)),

  ...activation('Relu', { forward: 1, gradient: 1 }),
  ...activation('Relu6', { forward: 2, gradient: 2 }),
  // 1 / (1 + exp(-x)): negation, exponential, addition, division. The gradient is dy y (1 - y).
  ...activation('Sigmoid', { forward: 4, gradient: 3 }),
  // One FLOP per element, as for an exponential.
  Erf: op(like(0), perOutput('activation', 1)),
  Exp: op(like(0), perOutput('activation', 1)),
  // Maximum, difference, exponential, sum, quotient.
  Softmax: op(like(0), perOutput('activation', 5)),
  // Maximum, difference, exponential, sum, and the subtraction of the sum's logarithm. The one logarithm per row is neglected.
  LogSoftmax: op(like(0), perOutput('activation', 5)),

  MaxPool: op(shape.pool, formula.window(formula.outputSize)),
  // Each window is searched for its maximum again.
  MaxPoolGrad: op(
    like(0),
    formula.window((call) => formula.inputSize(call, 2)),
  ),
  AvgPool: op(shape.pool, formula.window(formula.outputSize)),
  AvgPoolGrad: op(
    shapeFrom(0, 1),
    formula.window((call) => formula.inputSize(call, 1)),
  ),
  Mean: op(shape.reduction, perInput('pooling', 1)),

  Sum: op(shape.reduction, perInput('elementwise', 1)),
  BiasAdd: elementwise(1),
  BiasAddGrad: op(shape.channelVector(0), perInput('elementwise', 1)),
  AddN: op(like(0), formula.sumOfMany),
  Add: pairwise(),
  AddV2: pairwise(),
  Sub: pairwise(),
  Mul: pairwise(),
  RealDiv: pairwise(),
  Maximum: pairwise(),
  Minimum: pairwise(),
  Less: pairwise(DataType.bool),
  Equal: pairwise(DataType.bool),
  Square: elementwise(1),
  Sqrt: elementwise(1),
  Rsqrt: elementwise(1),
  Sign: elementwise(1),
  L2Loss: op(shape.scalarLike, perInput('elementwise', 2)),
  TopKV2: op(shape.topK, perInput('elementwise', 1)),

  // Per element: maximum, difference, exponential, sum, quotient, product with the label, sum, difference of the gradient.
  SoftmaxCrossEntropyWithLogits: op(shape.crossEntropy, perInput('loss', 8)),
  // log(1 + exp(x)): exponential, addition, logarithm.
  Softplus: op(like(0), perOutput('loss', 3)),
  ResourceApplyMomentum: op((call) => [...like(0)(call), ...like(1)(call)], formula.momentumUpdate),

  BroadcastTo: move(shapeFrom(1, 0)),
  Cast: move(shape.cast),
  ConcatV2: move(shape.concat),
  GatherV2: move(shape.gather),
  OneHot: move(shape.oneHot),
  MirrorPad: move(shape.pad),
  MirrorPadGrad: op(shape.unpad, formula.borderGradient),
  Pad: move(shape.pad),
  PadV2: move(shape.pad),
  Reshape: move(shape.reshape),
  Slice: move(shapeFrom(2, 0)),
  Split: move(shape.split),
  // Integer arithmetic only.
  StatelessRandomUniform: move(shape.random),
  StridedSlice: move(shape.stridedSlice),
  Transpose: move(shape.transpose),
} as const satisfies Readonly<Record<string, OpRules>>;

/** The names of the TensorFlow ops that a step may execute. */
export type OpName = keyof typeof table;

/** The rules of every op in `OpName`. */
export const opTable: Readonly<Record<OpName, OpRules>> = table;
