import { describe, expect, it } from 'vitest';
import { conv2d, flatten, linear, relu } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { countsWith, follow, norm, type Rule } from '../../support/follow.ts';

type Matrix = readonly (readonly number[])[];

const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const combined = (a: Matrix, x: number, b: Matrix, y: number): Matrix =>
  a.map((row, i) => row.map((value, j) => x * value + y * b[i]![j]!));

/** zeropower_via_newtonschulz5 of the author's code, in float64. */
function newtonSchulz(matrix: Matrix, iterations: number): Matrix {
  const isTall = matrix.length > matrix[0]!.length;
  const length = norm(matrix.flat()) + 1e-7;
  let x: Matrix = (isTall ? transpose(matrix) : matrix).map((row) => row.map((value) => value / length));
  for (let i = 0; i < iterations; i++) {
    const a = times(x, transpose(x));
    const b = combined(a, -4.775, times(a, a), 2.0315);
    x = combined(x, 3.4445, times(b, x), 1);
  }
  return isTall ? transpose(x) : x;
}

const rowsOf = (values: readonly number[], rows: number): Matrix =>
  Array.from({ length: rows }, (_, i) => values.slice((i * values.length) / rows, ((i + 1) * values.length) / rows));

const DECAY = 0.05;

/** Shapes in PyTorch's order: a tall and a wide filter, a depthwise one, a wide and a tall matrix. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'tall.weight': [40, 3, 1, 1],
  'wide.weight': [4, 40, 3, 3],
  'depthwise.weight': [4, 1, 3, 3],
  'fc1.weight': [50, 36],
  'fc2.weight': [4, 50],
};
const network: Forward = (net, x) => {
  let y = relu(conv2d(net.at('tall'), x, { filters: 40, kernel: 1, bias: false }));
  y = relu(conv2d(net.at('wide'), y, { filters: 4, kernel: 3, padding: 1, bias: false }));
  y = relu(conv2d(net.at('depthwise'), y, { filters: 4, kernel: 3, padding: 1, groups: 4, bias: false }));
  y = relu(linear(net.at('fc1'), flatten(y), { units: 50 }));
  return linear(net.at('fc2'), y, { units: 4 });
};

const adamRule: Rule = ({ name, gradient, before, step, rate }) => {
  const m = before.get(`gradientAverage/${name}`)!.map((value, i) => 0.9 * value + 0.1 * gradient[i]!);
  const v = before.get(`squareAverage/${name}`)!.map((value, i) => 0.95 * value + 0.05 * gradient[i]! ** 2);
  const own = 0.015 * rate;
  return {
    [name]: before.get(name)!.map((w, i) => {
      const first = m[i]! / (1 - 0.9 ** (step + 1));
      const second = v[i]! / (1 - 0.95 ** (step + 1));
      return w - own * DECAY * w - (own * first) / (Math.sqrt(second) + 1e-3);
    }),
    [`gradientAverage/${name}`]: m,
    [`squareAverage/${name}`]: v,
  };
};

const muonRule =
  (nesterov: boolean, iterations: number): Rule =>
  (given) => {
    const { name, gradient, before, rate } = given;
    const shape = shapes[name];
    if (!shape) return adamRule(given);
    const momentum = before.get(`momentum/${name}`)!.map((value, i) => 0.95 * value + 0.05 * gradient[i]!);
    const raw = nesterov ? gradient.map((g, i) => 0.05 * g + 0.95 * momentum[i]!) : momentum;
    const update = newtonSchulz(rowsOf(raw, shape[0]!), iterations).flat();
    const scale = shape.length === 2 ? Math.sqrt(Math.max(1, shape[0]! / shape[1]!)) : 1;
    return {
      [name]: before.get(name)!.map((w, i) => w - rate * DECAY * w - rate * scale * update[i]!),
      [`momentum/${name}`]: momentum,
    };
  };

const recipeWith = (more: object) => ({
  optimizer: { name: 'muon', adam: { epsilon: 1e-3 }, ...more },
  weightDecay: { value: DECAY, kind: 'decoupled' },
});

/**
 * Each of the five iterations multiplies the rounding of a small singular value by up to 3.4445, all of them by 500. With float32's
 * 6e-8 and the rate 0.1, this is 3e-6 per singular value. An element of the update sums over up to 36 of them.
 */
const TOLERANCE = 2e-5;

describe('Muon', () => {
  it('orthogonalizes the momentum of matrices and filters, and updates all other parameters by AdamW', () => {
    const rule = muonRule(true, 5);
    expect(follow({ recipe: recipeWith({}), rule, forward: network })).toBeLessThan(TOLERANCE);
  });

  it('does so without Nesterov momentum and with 3 iterations', () => {
    const recipe = recipeWith({ nesterov: false, iterations: 3 });
    expect(follow({ recipe, rule: muonRule(false, 3), forward: network })).toBeLessThan(TOLERANCE);
  });

  it('counts the matrix products of its iterations as MACs of the update', () => {
    const other = countsWith({ optimizer: { name: 'sgd' } }, network);
    const own = countsWith({ optimizer: { name: 'muon' } }, network);
    let macs = 0;
    let flops = 0;
    for (const [rows = 1, ...rest] of Object.values(shapes)) {
      const columns = rest.reduce((a, b) => a * b, 1);
      const [m, n] = [Math.min(rows, columns), Math.max(rows, columns)];
      // X X', P P, (b P + c P P) X
      macs += 5 * (m * m * n + m * m * m + m * m * n);
      const isLengthened = rest.length === 1 && rows > columns;
      // Two mixtures of 3, L2 loss 2, quotient, rate, difference: 11 per element and 3 scalars. Each iteration: 3 m^2 + 2 m n.
      flops += (11 + (isLengthened ? 1 : 0)) * m * n + 3 + 5 * (3 * m * m + 2 * m * n);
    }
    const biases = 50 + 4;
    // AdamW: direction 12, rate and difference 2 per bias; the rate of each of the two tensors 1.
    flops += 14 * biases + 2;
    expect(own.macs.update).toBe(macs);
    expect(own.macs.forward).toBe(other.macs.forward);
    expect(own.macs.step).toBe(other.macs.step + macs);
    expect(own.flops.byKind['update']).toBe(2 * macs + flops);
    expect(other.macs.update).toBeUndefined();
  });
});
