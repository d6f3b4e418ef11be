import { flatten, linear } from '../../src/nn/index.ts';
import type { Forward } from '../../src/nn/scope.ts';
import type { Values } from './follow.ts';

export const CLASSES = 4;

/** One linear layer. */
export const linearNetwork: Forward = (net, x) => linear(net.at('fc'), flatten(x), { units: CLASSES });

/** An augmentation that only divides pixels by 255. */
export const plainAugmentation = { flip: false, mean: [0, 0, 0], standardDeviation: [1, 1, 1] };

/** Pixels of each image, at [row][column][channel] in 0..1. */
export type Images = readonly (readonly (readonly (readonly number[])[])[])[];

export const imagesOf = (bytes: Uint8Array, size: number): Images => {
  const at = (n: number, row: number, column: number, channel: number): number =>
    bytes[((n * size + row) * size + column) * 3 + channel]! / 255;
  const range = (count: number) => [...Array(count).keys()];
  return range(bytes.length / (size * size * 3)).map((n) =>
    range(size).map((row) => range(size).map((column) => range(3).map((channel) => at(n, row, column, channel)))),
  );
};

/** An image in the order of `flatten`: channels first. */
const flat = (image: Images[number]): number[] =>
  [0, 1, 2].flatMap((channel) => image.flatMap((row) => row.map((pixel) => pixel[channel]!)));

export const oneHotOf = (labels: ArrayLike<number>): number[][] =>
  Array.from(labels, (label) => Array.from({ length: CLASSES }, (_, c) => (c === label ? 1 : 0)));

/** The loss of an example, and its derivative with respect to each logit. */
export type ExampleLoss = (logits: readonly number[], targets: readonly number[]) => { loss: number; slopes: number[] };

export const softmaxLoss: ExampleLoss = (logits, targets) => {
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  const p = logits.map((x) => Math.exp(x) / total);
  return {
    loss: -targets.reduce((sum, t, c) => sum + t * Math.log(p[c]!), 0),
    slopes: p.map((value, c) => value - targets[c]!),
  };
};

/** Mean loss over the batch, and the gradients of `fc.weight` and `fc.bias`. */
export function linearGradients(
  state: Values,
  images: Images,
  targets: readonly (readonly number[])[],
  lossOf: ExampleLoss = softmaxLoss,
) {
  const inputs = images.map(flat);
  const size = inputs[0]!.length;
  const [weight, bias] = [state.get('fc.weight')!, state.get('fc.bias')!];
  const gradients = { 'fc.weight': weight.map(() => 0), 'fc.bias': bias.map(() => 0) };
  let total = 0;
  for (const [n, x] of inputs.entries()) {
    const logits = bias.map((b, c) => x.reduce((sum, value, i) => sum + value * weight[c * size + i]!, b));
    const { loss, slopes } = lossOf(logits, targets[n]!);
    total += loss / images.length;
    for (const [c, slope] of slopes.entries()) {
      gradients['fc.bias'][c]! += slope / images.length;
      for (let i = 0; i < size; i++) gradients['fc.weight'][c * size + i]! += (slope * x[i]!) / images.length;
    }
  }
  return { loss: total, gradients };
}
