import { readAttribute, type RecordedOp, elementCount } from '../trace/recording.ts';
import type { OpName } from '../trace/shapes.ts';

/** The kind of an op. The FLOPs of `input` and `mask` are reported separately from the step's. */
export type Kind =
  | 'convolution'
  | 'matrixProduct'
  | 'normalization'
  | 'activation'
  | 'pooling'
  | 'elementwise'
  | 'loss'
  | 'update'
  | 'movement'
  | 'input'
  | 'mask';

/** Multiply-accumulates, and floating point operations besides them. */
export interface OpCost {
  readonly macs: number;
  readonly otherFlops: number;
}

/** The kind and the cost of an op. */
export interface Formula {
  readonly kind: Kind;
  readonly cost: (op: RecordedOp) => OpCost;
}

const shapeOfInput = (op: RecordedOp, index: number): readonly number[] => op.inputs[index]?.shape ?? [];
const outputSize = (op: RecordedOp): number => elementCount(op.outputs[0]?.shape ?? [0]);
const inputSize = (op: RecordedOp, index = 0): number => elementCount(shapeOfInput(op, index));

const macs = (count: number): OpCost => ({ macs: count, otherFlops: 0 });
const flops = (count: number): OpCost => ({ macs: 0, otherFlops: count });

/** A filter [kh, kw, c / groups, out] takes kh * kw * c / groups MACs per output element. */
const convolutionMacs = (outputs: number, [kh = 0, kw = 0, channels = 0]: readonly number[]): OpCost =>
  macs(outputs * kh * kw * channels);

/** A depthwise filter [kh, kw, c, multiplier] takes kh * kw MACs per output element. */
const depthwiseMacs = (outputs: number, [kh = 0, kw = 0]: readonly number[]): OpCost => macs(outputs * kh * kw);

type MacFormula = (outputs: number, filter: readonly number[]) => OpCost;

type WithGradients<Name extends string> = Name | `${Name}BackpropInput` | `${Name}BackpropFilter`;

/** The formulas of a convolution and of its two gradients. All three take the same number of MACs. */
const convolution = <Name extends string>(name: Name, formula: MacFormula) => {
  const formulas: Record<string, Formula> = {
    [name]: {
      kind: 'convolution',
      cost: (op) => formula(outputSize(op), shapeOfInput(op, 1)),
    },
    // Inputs: sizes, filter, dy. Each element of dy is multiplied by the weights that produced it.
    [`${name}BackpropInput`]: {
      kind: 'convolution',
      cost: (op) => formula(inputSize(op, 2), shapeOfInput(op, 1)),
    },
    // Inputs: x, sizes, dy. The output is the gradient of the filter.
    [`${name}BackpropFilter`]: {
      kind: 'convolution',
      cost: (op) => formula(inputSize(op, 2), op.outputs[0]?.shape ?? []),
    },
  };
  return formulas as Readonly<Record<WithGradients<Name>, Formula>>;
};

/** A product of [m, k] and [k, n]: k MACs per output element. */
const matrixProduct: Formula = {
  kind: 'matrixProduct',
  cost: (op) => {
    const [rows = 0, columns = 0] = shapeOfInput(op, 0);
    return macs(outputSize(op) * (readAttribute(op, 'transpose_a') === true ? rows : columns));
  },
};

/** Products of [..., m, k] and [..., k, n]: k MACs per output element. */
const batchedProduct: Formula = {
  kind: 'matrixProduct',
  cost: (op) => {
    const inner = shapeOfInput(op, 0).at(readAttribute(op, 'adj_x') === true ? -2 : -1) ?? 0;
    return macs(outputSize(op) * inner);
  },
};

/** `count` FLOPs per output element. */
const perOutput = (kind: Kind, count: number): Formula => ({
  kind,
  cost: (op) => flops(count * outputSize(op)),
});

/** `count` FLOPs per element of the first input. */
const perInput = (kind: Kind, count: number): Formula => ({
  kind,
  cost: (op) => flops(count * inputSize(op)),
});

/** kh * kw FLOPs per window; `windows` returns the number of windows. */
const window = (windows: (op: RecordedOp) => number): Formula => ({
  kind: 'pooling',
  cost: (op) => {
    const size = readAttribute(op, 'ksize');
    const [, kh = 1, kw = 1] = Array.isArray(size) ? (size as number[]) : [];
    return flops(windows(op) * kh * kw);
  },
});

/** FLOPs per element. Training: mean 1, variance 3, normalization and scale 3. Evaluation: 1 multiplication, 1 addition. */
const batchNorm: Formula = {
  kind: 'normalization',
  cost: (op) => flops(inputSize(op) * (readAttribute(op, 'is_training') === true ? 7 : 2)),
};

/** FLOPs per element: 2 per neighbour for the sum of squares; 4 for scale, offset, power and product. */
const responseNorm = (factor: number): Formula => ({
  kind: 'normalization',
  cost: (op) => {
    const neighbours = 2 * Number(readAttribute(op, 'depth_radius')) + 1;
    return flops(factor * inputSize(op) * (2 * neighbours + 4));
  },
});

/** A sum of n inputs takes n - 1 additions per element. */
const sumOfMany: Formula = {
  kind: 'elementwise',
  cost: (op) => flops((op.inputs.length - 1) * outputSize(op)),
};

/** FLOPs per element: 4 for m = mu m + g and w = w - lr m; 7 with Nesterov's w = w - lr g - lr mu m. */
const momentumUpdate: Formula = {
  kind: 'update',
  cost: (op) => flops(inputSize(op) * (readAttribute(op, 'use_nesterov') === true ? 7 : 4)),
};

/** Moves or converts data: no FLOPs. */
const moves: Formula = { kind: 'movement', cost: () => flops(0) };

/**
 * The formula of each op. Convolutions and matrix products are counted exactly in MACs. For all other ops,
 * the operations in their definition are counted: one FLOP per addition, multiplication, division, comparison, root,
 * exponential or error function.
 */
const formulas: Readonly<Record<OpName, Formula>> = {
  ...convolution('Conv2D', convolutionMacs),
  ...convolution('DepthwiseConv2dNative', depthwiseMacs),
  MatMul: matrixProduct,
  BatchMatMulV2: batchedProduct,
  FusedBatchNormV3: batchNorm,
  // With x^ = (x - mean) / deviation: x^ takes 2, sum(dy) 1, sum(dy x^) 2, and dx = scale (dy - mean(dy) - x^ mean(dy x^)) 4.
  FusedBatchNormGradV3: perInput('normalization', 9),
  LRN: responseNorm(1),
  LRNGrad: responseNorm(2),
  BiasAdd: perOutput('elementwise', 1),
  BiasAddGrad: perInput('elementwise', 1),
  Relu: perOutput('activation', 1),
  ReluGrad: perOutput('activation', 1),
  Relu6: perOutput('activation', 2),
  Relu6Grad: perOutput('activation', 2),
  // 1 / (1 + exp(-x)): negation, exponential, addition, division.
  Sigmoid: perOutput('activation', 4),
  // dy y (1 - y)
  SigmoidGrad: perOutput('activation', 3),
  // One FLOP per element, as for an exponential.
  Erf: perOutput('activation', 1),
  Exp: perOutput('activation', 1),
  // Maximum, difference, exponential, sum, quotient.
  Softmax: perOutput('activation', 5),
  // Maximum, difference, exponential, sum, and the subtraction of the sum's logarithm. The one logarithm per row is neglected.
  LogSoftmax: perOutput('activation', 5),
  MaxPool: window(outputSize),
  // Each window is searched for its maximum again.
  MaxPoolGrad: window((op) => inputSize(op, 2)),
  AvgPool: window(outputSize),
  AvgPoolGrad: window((op) => inputSize(op, 1)),
  Mean: perInput('pooling', 1),
  Sum: perInput('elementwise', 1),
  Add: perOutput('elementwise', 1),
  AddV2: perOutput('elementwise', 1),
  AddN: sumOfMany,
  Sub: perOutput('elementwise', 1),
  Mul: perOutput('elementwise', 1),
  RealDiv: perOutput('elementwise', 1),
  Maximum: perOutput('elementwise', 1),
  Minimum: perOutput('elementwise', 1),
  Less: perOutput('elementwise', 1),
  Equal: perOutput('elementwise', 1),
  Square: perOutput('elementwise', 1),
  Sqrt: perOutput('elementwise', 1),
  Rsqrt: perOutput('elementwise', 1),
  L2Loss: perInput('elementwise', 2),
  ResourceApplyMomentum: momentumUpdate,
  // Per element: maximum, difference, exponential, sum, quotient, product with the label, sum, difference of the gradient.
  SoftmaxCrossEntropyWithLogits: perInput('loss', 8),
  TopKV2: perInput('elementwise', 1),
  // Integer arithmetic only.
  StatelessRandomUniform: moves,
  BroadcastTo: moves,
  Cast: moves,
  ConcatV2: moves,
  GatherV2: moves,
  OneHot: moves,
  MirrorPad: moves,
  // The gradient of each border pixel is added to that of the pixel that it repeats.
  MirrorPadGrad: { kind: 'movement', cost: (op) => flops(inputSize(op) - outputSize(op)) },
  Pad: moves,
  PadV2: moves,
  Reshape: moves,
  Slice: moves,
  Split: moves,
  StridedSlice: moves,
  Transpose: moves,
  Sign: perOutput('elementwise', 1),
  // log(1 + exp(x)): exponential, addition, logarithm.
  Softplus: perOutput('loss', 3),
};

const registered = new Map<string, Formula>();

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0 && Number.isFinite(value);

/**
 * Registers the formula of an op. The same formula may be registered again. Counting throws a TypeError if the formula returns
 * a negative or non-finite number.
 * @throws TypeError if the op already has a different formula.
 */
export function registerOpFormula(name: string, { kind, cost }: Formula): void {
  const known = registered.get(name);
  if (Object.hasOwn(formulas, name) || (known && String(known.cost) !== String(cost)))
    throw new TypeError(`the op ${name} already has a FLOP formula: remove the second registration`);
  const checked = (op: RecordedOp): OpCost => {
    const counted = cost(op);
    if (isCount(counted.macs) && isCount(counted.otherFlops)) return counted;
    throw new TypeError(
      `the FLOP formula of the op ${name} returned ${JSON.stringify(counted)}: expected finite macs and otherFlops of at least 0`,
    );
  };
  // Two registrations are compared by this text.
  checked.toString = () => String(cost);
  registered.set(name, { kind, cost: checked });
}

/** The kind of a recorded op. Masks, input, update and loss are kinds by the op's part of the step, not by its name. */
function resolveKind(op: RecordedOp, kind: Kind): Kind {
  if (op.mask) return 'mask';
  if (op.direction === 'input' || op.direction === 'update' || op.direction === 'loss') return op.direction;
  return kind;
}

/**
 * The kind and the cost of one execution of a recorded op.
 * @throws TypeError naming the op and its layer if the op has no formula.
 */
export function countOpFlops(op: RecordedOp): OpCost & { readonly kind: Kind } {
  const formula = Object.hasOwn(formulas, op.name) ? formulas[op.name as OpName] : registered.get(op.name);
  if (!formula)
    throw new TypeError(
      `no FLOP formula for the op ${op.name} of layer ${op.layer || '(none)'}: add one with registerOpFormula`,
    );
  return { kind: resolveKind(op, formula.kind), ...formula.cost(op) };
}
