import { describe, expect, it } from 'vitest';
import {
  countFlops,
  defineNetwork,
  defineOp,
  globalAveragePool,
  linear,
  raw,
  registerOpFormula,
} from '../../src/api/index.ts';
import { elementCount } from '../../src/trace/recording.ts';

type Formula = Parameters<typeof registerOpFormula>[1];
const { op, T } = raw;

/** A network of 16 x 16 pixels with one op without parameters between its images and its classifier. */
const withOp = (name: string) => {
  const layer = defineOp({ name, inputs: ['x'], forward: ({ x }) => op(name, [T], [x]) });
  return defineNetwork({
    name: `with_${name}`,
    published: '2026-02-03',
    input: 16,
    options: { classes: 5 },
    forward:
      ({ classes }) =>
      (net, images) =>
        linear(net.at('fc'), globalAveragePool(layer({ x: images }, undefined)), { units: classes }),
  });
};

const perOutput = (flops: number): Formula => ({
  kind: 'activation',
  cost: ({ outputs }) => ({ macs: 0, otherFlops: flops * elementCount(outputs[0]!.shape) }),
});

describe('a formula', () => {
  it('may be registered twice, but not with another value of its variables', () => {
    registerOpFormula('Cosh', perOutput(4));
    registerOpFormula('Cosh', perOutput(4));
    expect(countFlops({ network: withOp('Cosh') }).flops.byKind['activation']).toBe(4 * 16 * 16 * 3);
    registerOpFormula('Cosh', perOutput(1));
    expect(() => countFlops({ network: withOp('Cosh') })).toThrow(
      'the op Cosh has two FLOP formulas: they returned {"macs":0,"otherFlops":3072} and {"macs":0,"otherFlops":768}; remove the second registration',
    );
  });

  it('cannot be registered again with another kind, such as one that the step does not include', () => {
    registerOpFormula('Acosh', perOutput(1));
    expect(() => {
      registerOpFormula('Acosh', { ...perOutput(1), kind: 'mask' });
    }).toThrow('the op Acosh already has a kind, activation: remove the second registration');
  });

  it('needs a kind that exists', () => {
    expect(() => {
      registerOpFormula('Asinh', { ...perOutput(1), kind: 'activations' as Formula['kind'] });
    }).toThrow(/^the op Asinh has the kind "activations", expected one of: convolution, /);
  });

  it.each([
    ['Tan', { macs: 1.5, otherFlops: 0 }],
    ['Atan', { macs: 0, otherFlops: Number.NaN }],
    ['Asin', { macs: 0 }],
    ['Acos', null],
    ['Atanh', 5],
  ])('of %s that returns %j is refused', (name, cost) => {
    registerOpFormula(name, { kind: 'activation', cost: () => cost as ReturnType<Formula['cost']> });
    expect(() => countFlops({ network: withOp(name) })).toThrow(
      `the FLOP formula of the op ${name} returned ${JSON.stringify(cost)}: expected macs and otherFlops, whole numbers of at least 0`,
    );
  });
});

it('a network has a date that a trend accepts', () => {
  const network = withOp('Relu');
  for (const published of ['1942-12-31', '2200-01-01', '0001-01-01'])
    expect(() => countFlops({ network: { ...network, published } })).toThrow(
      'not a network definition: published: expected a day from 1943 to 2199, as trends need it',
    );
  expect(countFlops({ network: { ...network, published: '1943-01-01' } }).model).toBe('with_Relu');
});
