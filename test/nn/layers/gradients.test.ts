import { describe, expect, it } from 'vitest';
import {
  addPosition,
  attention,
  batchedProduct,
  classToken,
  gelu,
  geluTanh,
  hardSigmoid,
  hardSwish,
  layerNorm,
  layerScale,
  linear,
  patchEmbedding,
  prependToken,
  type Scope,
  softmax,
  type Tensor,
} from '../../../src/nn/index.ts';
import { Scope as ScopeClass } from '../../../src/nn/scope.ts';
import { loadTensorFlow } from '../../../src/runtime/tensorflow.ts';

type Values = readonly number[];
type Shapes = Readonly<Record<string, readonly number[]>>;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers between -scale and scale, a fixed function of name and index. */
const numbers = (name: string, length: number, scale = 2): number[] =>
  Array.from({ length }, (_, i) => scale * Math.sin(12.9898 * (i + 1) + 78.233 * name.length + name.charCodeAt(0)));

/** A scope with the given tensors as parameters. */
const scopeWith = (tensors: Readonly<Record<string, Tensor>>): Scope =>
  new ScopeClass('', {
    training: true,
    parameter: ({ name }) => tensors[name]!,
    update: () => undefined,
    seed: () => {
      throw new TypeError('nothing random here');
    },
  });

interface Case {
  readonly inputs: Shapes;
  readonly run: (tensors: Readonly<Record<string, Tensor>>) => Tensor;
  /** The same in float64, from the layer's definition. */
  readonly reference: (values: Readonly<Record<string, Values>>) => number[];
}

/** Central differences of sum(dy * reference) for every number of an input. */
function differences({ inputs, reference }: Case, values: Record<string, Values>, name: string, dy: Values): number[] {
  const step = 1e-5;
  const total = (changed: Values) =>
    reference({ ...values, [name]: changed }).reduce((sum, y, i) => sum + y * (dy[i] ?? 0), 0);
  return Array.from({ length: sizeOf(inputs[name]!) }, (_, i) => {
    const moved = (by: number) => values[name]!.map((value, k) => (k === i ? value + by : value));
    return (total(moved(step)) - total(moved(-step))) / (2 * step);
  });
}

function check(layer: Case): void {
  const tf = loadTensorFlow();
  const names = Object.keys(layer.inputs);
  const values = Object.fromEntries(names.map((name) => [name, numbers(name, sizeOf(layer.inputs[name]!))]));
  const tensors = names.map((name) => tf.tensor([...values[name]!], [...layer.inputs[name]!]));
  const run = (...given: Tensor[]) => layer.run(Object.fromEntries(names.map((name, i) => [name, given[i]!])));
  const expected = layer.reference(values);
  const dy = numbers('dy', expected.length, 1);
  const y = run(...tensors);
  expectClose(y.dataSync(), expected);
  const gradients = tf.grads(run)(tensors, tf.tensor([...dy], y.shape));
  for (const [i, name] of names.entries()) {
    expect(gradients[i]!.shape).toEqual(layer.inputs[name]);
    expectClose(gradients[i]!.dataSync(), differences(layer, values, name, dy));
  }
}

/** Float32 rounds each of some tens of summands by up to 6e-8 of the largest number. */
function expectClose(actual: ArrayLike<number>, expected: Values): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN))));
  expect(worst / scale).toBeLessThan(2e-6);
}

const elementwise = (run: (x: Tensor) => Tensor, of: (x: number) => number): Case => ({
  inputs: { x: [3, 5] },
  run: ({ x }) => run(x!),
  reference: ({ x }) => x!.map((value) => of(2 * value)),
});
/** Applies a function to twice the numbers, which then pass -3 and 3, the kinks of the hard functions. */
const doubled = (run: (x: Tensor) => Tensor) => (x: Tensor) => run(loadTensorFlow().mul(x, 2));

/** The Taylor series of erf, exact to the rounding of float64 for |x| < 4. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const rowsOf = (values: Values, length: number): number[][] =>
  Array.from({ length: values.length / length }, (_, r) => values.slice(r * length, (r + 1) * length));
const mean = (values: Values): number => values.reduce((a, b) => a + b, 0) / values.length;

function softmaxOf(row: Values): number[] {
  const powers = row.map(Math.exp);
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** a [r, k] times b [k, c], row by row. */
const productOf = (a: Values, b: Values, k: number): number[] => {
  const columns = b.length / k;
  return rowsOf(a, k).flatMap((row) =>
    Array.from({ length: columns }, (_, c) => row.reduce((sum, value, i) => sum + value * b[i * columns + c]!, 0)),
  );
};
const transposed = (a: Values, columns: number): number[] =>
  Array.from({ length: columns }, (_, c) => rowsOf(a, columns).map((row) => row[c]!)).flat();

/** Two images, three tokens, two heads of two channels: for each head softmax(q k^T / sqrt 2) v, heads side by side. */
function attentionOf(qkv: Values): number[] {
  return rowsOf(qkv, 3 * 12).flatMap((image) => {
    const tokens = rowsOf(image, 12);
    const part = (which: number, head: number) =>
      tokens.map((token) => token.slice(which * 4 + head * 2, which * 4 + head * 2 + 2));
    const heads = [0, 1].map((head) => {
      const [q, k, v] = [0, 1, 2].map((which) => part(which, head));
      return q!.map((query) => {
        const weights = softmaxOf(k!.map((key) => (query[0]! * key[0]! + query[1]! * key[1]!) / Math.SQRT2));
        return [0, 1].map((c) => weights.reduce((sum, weight, t) => sum + weight * v![t]![c]!, 0));
      });
    });
    return tokens.flatMap((_, t) => [...heads[0]![t]!, ...heads[1]![t]!]);
  });
}

const cases: Readonly<Record<string, Case>> = {
  'hard sigmoid': elementwise(doubled(hardSigmoid), (x) => Math.min(Math.max(x + 3, 0), 6) / 6),
  'hard swish': elementwise(doubled(hardSwish), (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6),
  'GELU, exact': elementwise(doubled(gelu), (x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  'GELU, approximated': elementwise(
    doubled(geluTanh),
    (x) => (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2,
  ),
  'layer norm': {
    inputs: { x: [2, 3, 5], weight: [5], bias: [5] },
    run: ({ x, ...parameters }) => layerNorm(scopeWith(parameters), x!, { epsilon: 1e-3 }),
    reference: ({ x, weight, bias }) =>
      rowsOf(x!, 5).flatMap((row) => {
        const variance = mean(row.map((value) => (value - mean(row)) ** 2));
        return row.map((value, i) => ((value - mean(row)) / Math.sqrt(variance + 1e-3)) * weight![i]! + bias![i]!);
      }),
  },
  softmax: {
    inputs: { x: [2, 3, 4] },
    run: ({ x }) => softmax(x!),
    reference: ({ x }) => rowsOf(x!, 4).flatMap(softmaxOf),
  },
  'batched product': {
    inputs: { a: [2, 3, 4], b: [2, 4, 5] },
    run: ({ a, b }) => batchedProduct(a!, b!),
    reference: ({ a, b }) => {
      const [first, second] = [rowsOf(a!, 12), rowsOf(b!, 20)];
      return first.flatMap((matrix, i) => productOf(matrix, second[i]!, 4));
    },
  },
  'batched product with the second matrix transposed': {
    inputs: { a: [2, 3, 4], b: [2, 5, 4] },
    run: ({ a, b }) => batchedProduct(a!, b!, { transposeB: true }),
    reference: ({ a, b }) => {
      const [first, second] = [rowsOf(a!, 12), rowsOf(b!, 20)];
      return first.flatMap((matrix, i) => productOf(matrix, transposed(second[i]!, 4), 4));
    },
  },
  attention: {
    inputs: { x: [2, 3, 12] },
    run: ({ x }) => attention(scopeWith({}), x!, 2),
    reference: ({ x }) => attentionOf(x!),
  },
  'layer scale of [c, 1, 1]': {
    inputs: { x: [2, 2, 1, 3], scale: [3, 1, 1] },
    run: ({ x, scale }) => layerScale(scopeWith({ scale: scale! }), 'scale', 3, { initial: 1, trailing: 2 })(x!),
    reference: ({ x, scale }) => x!.map((value, i) => value * scale![i % 3]!),
  },
  'linear layer over tokens': {
    inputs: { x: [2, 3, 4], weight: [5, 4], bias: [5] },
    run: ({ x, ...parameters }) => linear(scopeWith(parameters), x!, { units: 5 }),
    reference: ({ x, weight, bias }) => productOf(x!, transposed(weight!, 4), 4).map((y, i) => y + bias![i % 5]!),
  },
  'class token and positions': {
    inputs: { x: [2, 2, 3], token: [1, 1, 3], position: [1, 3, 3] },
    run: ({ x, token, position }) => addPosition(prependToken(x!, token!), position!),
    reference: ({ x, token, position }) =>
      rowsOf(x!, 6).flatMap((image) => [...token!, ...image].map((value, i) => value + position![i]!)),
  },
  'output at the class token': {
    inputs: { x: [2, 3, 4] },
    run: ({ x }) => classToken(x!),
    reference: ({ x }) => rowsOf(x!, 12).flatMap((image) => image.slice(0, 4)),
  },
  // One input channel and filters [h, w, 1, out] of 2 x 2.
  'patches of 2 x 2, row by row': {
    inputs: { x: [1, 4, 4, 1], weight: [2, 2, 1, 3], bias: [3] },
    run: ({ x, ...parameters }) => patchEmbedding(scopeWith(parameters), x!, { patch: 2, channels: 3 }),
    reference: ({ x, weight, bias }) =>
      [0, 2, 8, 10].flatMap((corner) => {
        const patch = [0, 1, 4, 5].map((offset) => x![corner + offset]!);
        return productOf(patch, weight!, 4).map((y, i) => y + bias![i]!);
      }),
  },
};

describe('values and gradients are those of the definition in float64', () => {
  it.each(Object.entries(cases))('%s', (_, layer) => {
    check(layer);
  });
});

describe('sizes that do not fit are refused', () => {
  it('heads that do not divide the channels', () => {
    const x = loadTensorFlow().zeros([1, 2, 12]);
    expect(() => attention(scopeWith({}).at('attn'), x, 3)).toThrow('layer attn: 3 heads do not divide 4 channels');
  });

  it('an image that patches do not cover', () => {
    const x = loadTensorFlow().zeros([1, 40, 40, 3]);
    expect(() => patchEmbedding(scopeWith({}), x, { patch: 16, channels: 3 })).toThrow(
      /patches of 16 x 16 pixels do not cover an input of 40 x 40: .* such as 32 or 48/,
    );
  });
});
