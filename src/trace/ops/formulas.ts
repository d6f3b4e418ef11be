import { readAttribute, type RecordedOp, elementCount } from '../recording.ts';

/** The kinds of ops. The FLOPs of `input` and `mask` are reported separately from the step's. */
export const KINDS = [
  'convolution',
  'matrixProduct',
  'normalization',
  'activation',
  'pooling',
  'elementwise',
  'loss',
  'update',
  'movement',
  'input',
  'mask',
] as const;
export type Kind = (typeof KINDS)[number];

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

const inputShape = (op: RecordedOp, index: number): readonly number[] => op.inputs[index]?.shape ?? [];
/** The number of elements of the first output. */
export const outputSize = (op: RecordedOp): number => elementCount(op.outputs[0]?.shape ?? [0]);

/** The number of elements of an input, by default the first. */
export const inputSize = (op: RecordedOp, index = 0): number => elementCount(inputShape(op, index));

const macs = (count: number): OpCost => ({ macs: count, otherFlops: 0 });
const flops = (count: number): OpCost => ({ macs: 0, otherFlops: count });

/** A filter [kh, kw, c / groups, out] takes kh * kw * c / groups MACs per output element. */
export const convolutionMacs = (outputs: number, [kh = 0, kw = 0, channels = 0]: readonly number[]): OpCost =>
  macs(outputs * kh * kw * channels);

/** A depthwise filter [kh, kw, c, multiplier] takes kh * kw MACs per output element. */
export const depthwiseMacs = (outputs: number, [kh = 0, kw = 0]: readonly number[]): OpCost => macs(outputs * kh * kw);

type MacFormula = (outputs: number, filter: readonly number[]) => OpCost;

/** The formulas of a convolution and of its two gradients. All three take the same number of MACs. */
export const convolutionFormulas = (
  formula: MacFormula,
): Readonly<Record<'forward' | 'inputGradient' | 'filterGradient', Formula>> => ({
  forward: {
    kind: 'convolution',
    cost: (op) => formula(outputSize(op), inputShape(op, 1)),
  },
  // Inputs: sizes, filter, dy. Each element of dy is multiplied by the weights that produced it.
  inputGradient: {
    kind: 'convolution',
    cost: (op) => formula(inputSize(op, 2), inputShape(op, 1)),
  },
  // Inputs: x, sizes, dy. The output is the gradient of the filter.
  filterGradient: {
    kind: 'convolution',
    cost: (op) => formula(inputSize(op, 2), op.outputs[0]?.shape ?? []),
  },
});

/** A product of [m, k] and [k, n]: k MACs per output element. */
export const matrixProduct: Formula = {
  kind: 'matrixProduct',
  cost: (op) => {
    const [rows = 0, columns = 0] = inputShape(op, 0);
    return macs(outputSize(op) * (readAttribute(op, 'transpose_a') === true ? rows : columns));
  },
};

/** Products of [..., m, k] and [..., k, n]: k MACs per output element. */
export const batchedProduct: Formula = {
  kind: 'matrixProduct',
  cost: (op) => {
    const inner = inputShape(op, 0).at(readAttribute(op, 'adj_x') === true ? -2 : -1) ?? 0;
    return macs(outputSize(op) * inner);
  },
};

/** `count` FLOPs per output element. */
export const perOutput = (kind: Kind, count: number): Formula => ({
  kind,
  cost: (op) => flops(count * outputSize(op)),
});

/** `count` FLOPs per element of the first input. */
export const perInput = (kind: Kind, count: number): Formula => ({
  kind,
  cost: (op) => flops(count * inputSize(op)),
});

/** kh * kw FLOPs per window; `windows` returns the number of windows. */
export const window = (windows: (op: RecordedOp) => number): Formula => ({
  kind: 'pooling',
  cost: (op) => {
    const size = readAttribute(op, 'ksize');
    const [, kh = 1, kw = 1] = Array.isArray(size) ? (size as number[]) : [];
    return flops(windows(op) * kh * kw);
  },
});

/** FLOPs per element. Training: mean 1, variance 3, normalization and scale 3. Evaluation: 1 multiplication, 1 addition. */
export const batchNorm: Formula = {
  kind: 'normalization',
  cost: (op) => flops(inputSize(op) * (readAttribute(op, 'is_training') === true ? 7 : 2)),
};

/** FLOPs per element: 2 per neighbour for the sum of squares; 4 for scale, offset, power and product. */
export const responseNorm = (factor: number): Formula => ({
  kind: 'normalization',
  cost: (op) => {
    const neighbours = 2 * Number(readAttribute(op, 'depth_radius')) + 1;
    return flops(factor * inputSize(op) * (2 * neighbours + 4));
  },
});

/** A sum of n inputs takes n - 1 additions per element. */
export const sumOfMany: Formula = {
  kind: 'elementwise',
  cost: (op) => flops((op.inputs.length - 1) * outputSize(op)),
};

/** FLOPs per element: 4 for m = mu m + g and w = w - lr m; 7 with Nesterov's w = w - lr g - lr mu m. */
export const momentumUpdate: Formula = {
  kind: 'update',
  cost: (op) => flops(inputSize(op) * (readAttribute(op, 'use_nesterov') === true ? 7 : 4)),
};

/** Moves or converts data: no FLOPs. */
export const moves: Formula = { kind: 'movement', cost: () => flops(0) };

/** The gradient of each border pixel is added to that of the pixel that it repeats. */
export const borderGradient: Formula = { kind: 'movement', cost: (op) => flops(inputSize(op) - outputSize(op)) };
