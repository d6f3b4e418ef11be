import { DataType } from '../../runtime/types.ts';
import { annotate } from '../annotation.ts';
import { defineOp } from '../define.ts';
import { bool, int, integer, integers, mean, multiply, op, ops, scalar, subtract, sum, T, type } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

const LOSS = { layer: 'loss', direction: 'loss' } as const;

/** Converts labels [n] (int32) to targets [n, classes] (float32): `on` at the label, `off` elsewhere. */
export function oneHot(
  labels: Tensor,
  classes: number,
  { on, off }: { readonly on: number; readonly off: number } = { on: 1, off: 0 },
): Tensor {
  const attributes = [T, type('TI', DataType.int32), int('axis', -1)];
  return op('OneHot', attributes, [labels, integer(classes), scalar(on), scalar(off)]);
}

let deterministic = false;

/** Runs `body`, in which the cross-entropy is computed by ops with deterministic kernels on a GPU. */
export function withDeterministicLoss<Result>(body: () => Result): Result {
  const outer = deterministic;
  deterministic = true;
  try {
    return body();
  } finally {
    deterministic = outer;
  }
}

/**
 * The softmax cross-entropy of logits [n, classes] with targets [n, classes]: the losses [n], and the gradient [n, classes] of
 * their sum with respect to the logits. TensorFlow's fused op has no deterministic kernel on a GPU. The other ops compute
 * -sum(targets * log softmax) and softmax - targets; their last bits differ from those of the fused op.
 */
function softmaxCrossEntropy(logits: Tensor, targets: Tensor): [losses: Tensor, gradient: Tensor] {
  if (!deterministic) return ops('SoftmaxCrossEntropyWithLogits', [T], [logits, targets], 2);
  const logarithms = op('LogSoftmax', [T], [logits]);
  const losses = multiply(sum(multiply(targets, logarithms), [1]), scalar(-1));
  return [losses, subtract(op('Exp', [T], [logarithms]), targets)];
}

const crossEntropyOp = defineOp({
  name: 'MeanCrossEntropy',
  direction: 'loss',
  inputs: ['logits', 'targets'],
  outputs: ['loss', 'gradient'],
  saves: ['gradient'],
  forward: ({ logits, targets }) => {
    const [losses, gradient] = softmaxCrossEntropy(logits, targets);
    return [mean(losses, [0]), gradient];
  },
  gradient: ({ dy, gradient }, { batch }: { readonly batch: number }) => ({
    logits: () => multiply(gradient, multiply(dy, scalar(1 / batch))),
  }),
});

/** The mean softmax cross-entropy of logits [n, classes] with the targets [n, classes] of `createTargets(classes)`; a scalar. */
export function crossEntropy(logits: Tensor, createTargets: (classes: number) => Tensor): Tensor {
  const [batch = 1, classes = 1] = logits.shape;
  const targets = annotate(LOSS, () => createTargets(classes));
  return crossEntropyOp({ logits, targets }, { batch }, 'loss');
}

/** a + weight * b for scalar losses. */
const weightedSumOp = defineOp({
  name: 'WeightedLoss',
  direction: 'loss',
  inputs: ['a', 'b'],
  forward: ({ a, b }, { weight }: { readonly weight: number }) => op('AddV2', [T], [a, multiply(b, scalar(weight))]),
  gradient: ({ dy }, { weight }) => ({
    a: () => dy.clone(),
    b: () => multiply(dy, scalar(weight)),
  }),
});

/** The loss of the main head plus `weight` times that of each auxiliary head (0.3 in Szegedy et al. 2015, section 5). */
export const withAuxiliary = (main: Tensor, auxiliary: readonly Tensor[], weight: number): Tensor =>
  auxiliary.reduce((total, loss) => weightedSumOp({ a: total, b: loss }, { weight }, 'loss'), main);

/** Sums over the examples of a batch; scalars. */
export interface Score {
  readonly lossSum: Tensor;
  readonly top1: Tensor;
  readonly top5: Tensor;
}

/**
 * The number of examples with mask 1 and a label [n] in the first k columns of `best`; a float scalar. `best` [n, k or more] has
 * the best classes in descending order; of equal logits, the lower class index ranks first.
 */
function countHits(best: Tensor, labels: Tensor, k: number, mask: Tensor): Tensor {
  const int32 = DataType.int32;
  const [n = 0] = best.shape;
  const slices = [type('T', int32), type('Index', int32)];
  const top = op('Slice', slices, [best, integers([0, 0]), integers([n, k])]);
  const column = op('Reshape', [type('T', int32), type('Tshape', int32)], [labels, integers([n, 1])]);
  const equal = op('Equal', [type('T', int32), bool('incompatible_shape_error', true)], [top, column]);
  const cast = op('Cast', [type('SrcT', DataType.bool), type('DstT', DataType.float)], [equal]);
  return sum(multiply(sum(cast, [1]), mask), [0]);
}

/**
 * The cross-entropy, the top-1 hits and the top-5 hits of logits [n, classes] with labels [n] (int32), each summed over the
 * examples with mask 1 (float32 [n]).
 */
export function score(logits: Tensor, labels: Tensor, mask: Tensor): Score {
  return annotate(LOSS, () => {
    const classes = logits.shape[1] ?? 1;
    const targets = oneHot(labels, classes);
    const [losses] = softmaxCrossEntropy(logits, targets);
    const k = Math.min(5, classes);
    const [, best] = ops('TopKV2', [T, bool('sorted', true)], [logits, integer(k)], 2);
    return {
      lossSum: sum(multiply(losses, mask), [0]),
      top1: countHits(best, labels, 1, mask),
      top5: countHits(best, labels, k, mask),
    };
  });
}
