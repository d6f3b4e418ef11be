import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  conv2d,
  countFlops,
  defineNetwork,
  defineOp,
  fitTrend,
  globalAveragePool,
  linear,
  networkNames,
  planSweep,
  raw,
  readMeasurement,
  registerNetwork,
  registerOpFormula,
} from '../../src/api/index.ts';
import { packageFile } from '../../src/base/files/home.ts';
import { elementCount } from '../../src/trace/recording.ts';
import { doubletime } from '../support/cli.ts';

const quickstart = packageFile('results/quickstart');
const measurements = () => readdirSync(quickstart).map((name) => readMeasurement(`${quickstart}/${name}`));

/** One 3 x 3 convolution and a classifier. */
const small = defineNetwork({
  name: 'api_small',
  published: '2026-02-03',
  input: 16,
  options: { classes: 5 },
  forward:
    ({ classes }) =>
    (net, images) => {
      const x = conv2d(net.at('conv'), images, { filters: 4, kernel: 3, padding: 1, bias: false });
      return linear(net.at('fc'), globalAveragePool(x), { units: classes });
    },
});

describe('countFlops', () => {
  it('counts as the command line does', () => {
    const { stdout } = doubletime(['flops', 'squeezenet1_1', '--batch', '2', '--json']);
    expect(countFlops({ network: 'squeezenet1_1', batch: 2 })).toEqual(JSON.parse(stdout));
  });

  it('refuses a weight of the auxiliary heads for a network without them', () => {
    const request = { network: 'googlenet', input: 64, auxiliaryWeight: 0.3 };
    expect(countFlops(request).macs.step).toBeGreaterThan(0);
    for (const change of [{ network: 'resnet18' }, { auxiliary: false }])
      expect(() => countFlops({ ...request, ...change })).toThrow(
        /^the weight of the auxiliary heads is 0.3, but the network (resnet18|googlenet) has no auxiliary heads: /,
      );
    expect(countFlops({ network: small, auxiliaryWeight: 0 }).model).toBe('api_small');
  });

  it('counts a definition: 16 x 16 x 9 x 3 x 4 MACs of the convolution and 4 x 5 of the classifier', () => {
    const { macs, parameters, model, input } = countFlops({ network: small });
    expect({ model, input }).toEqual({ model: 'api_small', input: 16 });
    expect(macs.forward).toBe(16 * 16 * 9 * 3 * 4 + 4 * 5);
    expect(parameters).toBe(9 * 3 * 4 + 4 * 5 + 5);
  });
});

describe('registerNetwork', () => {
  it('registers a network by its name, only once', () => {
    registerNetwork({ ...small, name: 'api_registered', aliases: ['api-other'] });
    expect(countFlops({ network: 'API-Other' }).model).toBe('api_registered');
    expect(() => registerNetwork({ ...small, name: 'api_registered' })).toThrow(
      'a network "api_registered" already exists',
    );
    expect(() => registerNetwork({ ...small, name: 'ResNet-18' })).toThrow('already exists');
    expect(networkNames()).not.toContain('api_registered');
  });
});

describe('registerOpFormula', () => {
  const { op, T } = raw;
  const tanh = defineOp({
    name: 'Tanh',
    inputs: ['x'],
    outputs: ['y'],
    saves: ['y'],
    forward: ({ x }) => op('Tanh', [T], [x]),
    gradient: ({ y, dy }) => ({ x: () => op('TanhGrad', [T], [y, dy]) }),
  });
  const withTanh = defineNetwork({
    ...small,
    name: 'api_tanh',
    forward:
      ({ classes }) =>
      (net, images) =>
        linear(
          net.at('fc'),
          globalAveragePool(
            tanh(
              {
                x: conv2d(net.at('conv'), images, {
                  filters: 4,
                  kernel: 3,
                  padding: 1,
                  bias: false,
                }),
              },
              undefined,
            ),
          ),
          { units: classes },
        ),
  });
  const perOutput = (flops: number) => ({
    kind: 'activation' as const,
    cost: ({ outputs }: Parameters<Parameters<typeof registerOpFormula>[1]['cost']>[0]) => ({
      macs: 0,
      otherFlops: flops * elementCount(outputs[0]!.shape),
    }),
  });

  it('lets the counter count an op that had no formula, forward and backward', () => {
    expect(() => countFlops({ network: withTanh })).toThrow('Tanh');
    registerOpFormula('Tanh', {
      kind: 'activation',
      cost: ({ outputs }) => ({ macs: 0, otherFlops: 6 * elementCount(outputs[0]!.shape) }),
    });
    registerOpFormula('TanhGrad', {
      kind: 'activation',
      cost: ({ outputs }) => ({ macs: 0, otherFlops: 3 * elementCount(outputs[0]!.shape) }),
    });
    expect(countFlops({ network: withTanh }).flops.byKind['activation']).toBe((6 + 3) * 16 * 16 * 4);
  });

  it('never changes the formula of a known op', () => {
    expect(() => {
      registerOpFormula('Relu', perOutput(0));
    }).toThrow('the op Relu already has a FLOP formula');
    expect(() => {
      registerOpFormula('Tanh', perOutput(1));
    }).toThrow('the op Tanh already has a FLOP formula');
  });

  it('refuses a negative cost', () => {
    registerOpFormula('Sinh', { kind: 'activation', cost: () => ({ macs: -1, otherFlops: 0 }) });
    const sinh = defineOp({
      name: 'Sinh',
      inputs: ['x'],
      forward: ({ x }) => op('Sinh', [T], [x]),
    });
    const network = defineNetwork({
      ...small,
      name: 'api_sinh',
      forward:
        ({ classes }) =>
        (net, images) =>
          linear(net.at('fc'), globalAveragePool(sinh({ x: images }, undefined)), {
            units: classes,
          }),
    });
    expect(() => countFlops({ network })).toThrow(
      'the FLOP formula of the op Sinh returned {"macs":-1,"otherFlops":0}',
    );
  });
});

describe('planSweep', () => {
  it('lists the runs of a shipped sweep, with the anchor run first', () => {
    const { name, runs } = planSweep('quickstart');
    expect(name).toBe('quickstart');
    expect(runs.map(({ network }) => network)[0]).toBe('alexnet');
    expect(runs).toHaveLength(5);
  });
});

describe('fitTrend', () => {
  it('gives the result of the quickstart: 3.36 times, 42 months', () => {
    const [level] = fitTrend(measurements()).levels;
    expect(level!.factor).toBeCloseTo(3.36, 2);
    expect(level!.doublingMonths.endToEnd).toBeCloseTo(42.3, 1);
  });
});
