import { annotate } from '../annotation.ts';
import { defineOp } from '../define.ts';
import { multiply, op, scalar, subtract, sum, T } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

const binaryCrossEntropyOp = defineOp({
  name: 'BinaryCrossEntropy',
  direction: 'loss',
  inputs: ['logits', 'targets'],
  saves: ['logits', 'targets'],
  // softplus(x) - x t, which is -t log(s(x)) - (1 - t) log(1 - s(x)) with s the sigmoid.
  forward: ({ logits, targets }, { count }: { readonly count: number }) => {
    const losses = subtract(op('Softplus', [T], [logits]), multiply(logits, targets));
    return multiply(sum(losses, [0, 1]), scalar(1 / count));
  },
  gradient: ({ dy, logits, targets }, { count }) => ({
    logits: () => multiply(subtract(op('Sigmoid', [T], [logits]), targets), multiply(dy, scalar(1 / count))),
  }),
});

/**
 * Binary cross-entropy of logits [n, classes] and the targets [n, classes] that `createTargets(classes)` returns. The result is a
 * scalar: the mean over the examples of the mean (with `sumClasses` the sum) over the classes, as in PyTorch's
 * binary_cross_entropy_with_logits.
 */
export function binaryCrossEntropyLoss(
  logits: Tensor,
  createTargets: (classes: number) => Tensor,
  sumClasses: boolean,
): Tensor {
  const [batch = 1, classes = 1] = logits.shape;
  const targets = annotate({ layer: 'loss', direction: 'loss' }, () => createTargets(classes));
  return binaryCrossEntropyOp({ logits, targets }, { count: sumClasses ? batch : batch * classes }, 'loss');
}
