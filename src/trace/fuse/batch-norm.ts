import { bool, float, int } from '../../nn/raw.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { ADDITIONS, isNhwc, isStored, otherInput, Rewriter, storedAs } from './rewriter.ts';

/** The numbers of the enumeration in scripts/setup/native/kernels/activation.h. */
const ACTIVATIONS = { none: 0, relu: 1, relu6: 2, swish: 3 } as const;

/** A gradient of a batch norm, with the ops before it that are fused with it. */
interface Gradient {
  readonly norm: RecordedOp;
  /** The gradient of the activation's output. */
  readonly dy: TensorType;
  /** The op that the fused op replaces. */
  readonly at: RecordedOp;
  /** The ops that are removed besides `at`. */
  readonly others: readonly RecordedOp[];
  /** The gradient of the tensor that is added before the activation. */
  readonly sideGradient?: TensorType;
}

/** The ops that a fused batch norm replaces. */
interface Match {
  readonly activation: keyof typeof ACTIVATIONS;
  /** The output of the activation. */
  readonly y: TensorType;
  /** The op that the fused op replaces. */
  readonly at: RecordedOp;
  /** The ops that are removed besides `at`. */
  readonly others: readonly RecordedOp[];
  /** The tensor that is added before the activation. */
  readonly side?: TensorType;
  readonly gradients: readonly Gradient[];
}

/** The batch norm's gradient ops; undefined if another op reads the results that the norm saves for them. */
function findGradients(rewriter: Rewriter, norm: RecordedOp): RecordedOp[] | undefined {
  const saved = norm.outputs.slice(3);
  const found = [...new Set(saved.flatMap((tensor) => [...rewriter.readers(tensor)]))];
  const isGradient = (op: RecordedOp): boolean =>
    op.name === 'FusedBatchNormGradV3' &&
    readAttribute(op, 'T') === readAttribute(norm, 'T') &&
    saved.every(({ id }, k) => op.inputs[3 + k]?.id === id) &&
    op.inputs[1]?.id === norm.inputs[0]?.id &&
    op.inputs[2]?.id === norm.inputs[1]?.id &&
    op.outputs.slice(3).every((tensor) => rewriter.readers(tensor).length === 0);
  return found.every(isGradient) && saved.every((tensor) => !rewriter.isFetched(tensor)) ? found : undefined;
}

/** A batch norm without an activation. */
const matchNormAlone = (norm: RecordedOp, gradients: readonly RecordedOp[]): Match => ({
  activation: 'none',
  y: norm.outputs[0]!,
  at: norm,
  others: [],
  gradients: gradients.map((op) => ({ norm: op, dy: op.inputs[0]!, at: op, others: [] })),
});

/** The values if none is undefined; otherwise undefined. */
const complete = <Value>(values: readonly (Value | undefined)[]): readonly Value[] | undefined =>
  values.every((value) => value !== undefined) ? values : undefined;

/** A batch norm with Relu or Relu6 as the only reader of its output. */
function matchRelu(rewriter: Rewriter, norm: RecordedOp, gradients: readonly RecordedOp[]): Match | undefined {
  const relu = rewriter.onlyReader(norm.outputs[0], 'Relu', 'Relu6');
  const y = relu?.outputs[0];
  if (!relu || !y) return undefined;
  const found = complete(
    gradients.map((op): Gradient | undefined => {
      const slope = rewriter.maker(op.inputs[0], `${relu.name}Grad`);
      const isOwn = slope?.inputs[1]?.id === y.id && rewriter.onlyReader(slope.outputs[0], op.name) === op;
      return isOwn ? { norm: op, dy: slope.inputs[0]!, at: op, others: [slope] } : undefined;
    }),
  );
  return (
    found && { activation: relu.name === 'Relu' ? 'relu' : 'relu6', y, at: relu, others: [norm], gradients: found }
  );
}

/** A batch norm, the sum with another tensor and a Relu, as at the end of a residual block. */
function matchResidual(rewriter: Rewriter, norm: RecordedOp, gradients: readonly RecordedOp[]): Match | undefined {
  const own = norm.outputs[0]!;
  const sum = rewriter.onlyReader(own, ...ADDITIONS);
  const relu = rewriter.onlyReader(sum?.outputs[0], 'Relu');
  const y = relu?.outputs[0];
  const side = sum && otherInput(sum, own);
  if (!sum || !relu || !y || !side || side.id === own.id || side.shape.join() !== own.shape.join()) return undefined;
  const found = complete(
    gradients.map((op): Gradient | undefined => {
      const slope = rewriter.maker(op.inputs[0], 'ReluGrad');
      if (slope?.inputs[1]?.id !== y.id) return undefined;
      return { norm: op, dy: slope.inputs[0]!, at: slope, others: [op], sideGradient: slope.outputs[0]! };
    }),
  );
  return found && { activation: 'relu', y, at: relu, others: [norm, sum], side, gradients: found };
}

/** The gradient of x sigmoid(x) for the norm's gradient `op`: dy s + SigmoidGrad(s, dy x). */
function matchSwishGradient(
  rewriter: Rewriter,
  op: RecordedOp,
  { x, s }: { readonly x: TensorType; readonly s: TensorType },
): Gradient | undefined {
  const sum = rewriter.maker(op.inputs[0], ...ADDITIONS);
  if (!sum || rewriter.onlyReader(sum.outputs[0], op.name) !== op) return undefined;
  const parts = sum.inputs.map((input) => rewriter.maker(input, 'Mul', 'SigmoidGrad'));
  const slope = parts.find((part) => part?.name === 'SigmoidGrad');
  const direct = parts.find((part) => part?.name === 'Mul');
  const inner = rewriter.maker(slope?.inputs[1], 'Mul');
  if (!slope || !direct || !inner || slope.inputs[0]?.id !== s.id) return undefined;
  const dy = otherInput(direct, s);
  const isSwish =
    direct.inputs.some(({ id }) => id === s.id) &&
    inner.inputs.some(({ id }) => id === x.id) &&
    dy !== undefined &&
    otherInput(inner, x)?.id === dy.id;
  const isOwn =
    rewriter.isReadOnlyBy(slope.outputs[0], [sum]) &&
    rewriter.isReadOnlyBy(direct.outputs[0], [sum]) &&
    rewriter.isReadOnlyBy(inner.outputs[0], [slope]);
  return isSwish && isOwn ? { norm: op, dy, at: op, others: [sum, slope, direct, inner] } : undefined;
}

/** A batch norm with output x, and x sigmoid(x). */
function matchSwish(rewriter: Rewriter, norm: RecordedOp, gradients: readonly RecordedOp[]): Match | undefined {
  const x = norm.outputs[0]!;
  const sigmoid = rewriter.readers(x).find(({ name }) => name === 'Sigmoid');
  const s = sigmoid?.outputs[0];
  const product = rewriter
    .readers(s)
    .find((op) => op.name === 'Mul' && op.direction === 'forward' && op.inputs.some(({ id }) => id === x.id));
  const y = product?.outputs[0];
  if (!sigmoid || !s || !product || !y) return undefined;
  const found = complete(gradients.map((op) => matchSwishGradient(rewriter, op, { x, s })));
  const own = [sigmoid, product, ...(found ?? []).flatMap(({ others }) => others)];
  if (!found || !rewriter.isReadOnlyBy(x, own) || !rewriter.isReadOnlyBy(s, own)) return undefined;
  return { activation: 'swish', y, at: product, others: [norm, sigmoid], gradients: found };
}

function replace(rewriter: Rewriter, norm: RecordedOp, match: Match): void {
  const { activation, y, at, others, side, gradients } = match;
  const attributes = [
    float('epsilon', Number(readAttribute(norm, 'epsilon'))),
    float('exponential_avg_factor', Number(readAttribute(norm, 'exponential_avg_factor') ?? 1)),
    bool('is_training', readAttribute(norm, 'is_training') === true),
    int('activation', ACTIVATIONS[activation]),
    storedAs(y),
  ];
  const [, newMean, newVariance, mean, inverse] = norm.outputs;
  const [x, scale, offset] = norm.inputs;
  rewriter.replace(
    at,
    {
      name: side ? 'DoubletimeBatchNormAdd' : 'DoubletimeBatchNorm',
      attributes,
      inputs: [...norm.inputs, ...(side ? [side] : [])],
      outputs: [y, newMean!, newVariance!, mean!, inverse!],
    },
    others,
  );
  for (const gradient of gradients) {
    const sideGradient = gradient.sideGradient;
    rewriter.replace(
      gradient.at,
      {
        name: sideGradient ? 'DoubletimeBatchNormAddGrad' : 'DoubletimeBatchNormGrad',
        attributes,
        inputs: [gradient.dy, x!, scale!, offset!, mean!, inverse!, ...(sideGradient ? [y] : [])],
        outputs: [...gradient.norm.outputs.slice(0, 3), ...(sideGradient ? [sideGradient] : [])],
      },
      gradient.others,
    );
  }
}

/** Fuses every batch norm with the activation after it, and their gradients. */
export function fuseBatchNorms(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  for (const norm of recording.ops) {
    if (norm.name !== 'FusedBatchNormV3' || !isStored(norm) || !isNhwc(norm)) continue;
    const gradients = findGradients(rewriter, norm);
    if (!gradients) continue;
    const match =
      matchRelu(rewriter, norm, gradients) ??
      matchSwish(rewriter, norm, gradients) ??
      matchResidual(rewriter, norm, gradients) ??
      matchNormAlone(norm, gradients);
    replace(rewriter, norm, match);
  }
  return rewriter.result();
}
