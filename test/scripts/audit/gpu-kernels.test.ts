import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findNetwork } from '../../../models/registry.ts';
import { deviceOnGpu, type RegisteredOp, registeredOpSchema } from '../../../scripts/audit/find-kernel.ts';
import { usedOps } from '../../../scripts/audit/used-ops.ts';

/** The kernels that the CUDA wheel of TensorFlow 2.21.0 registers; written by `npm run audit:gpu -- --write FILE`. */
const registered = z
  .record(z.string(), registeredOpSchema)
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/gpu-kernels.json', import.meta.url), 'utf8')));

const op = (
  device: string,
  constraints: Record<string, string[]>,
  defaults: Record<string, string> = {},
): RegisteredOp => ({ kernels: [{ device, label: '', constraints }], defaults });

describe('deviceOnGpu', () => {
  it('finds a kernel if its constraints allow the types of the op', () => {
    const both = op('GPU', { T: ['float32'], Tidx: ['int32', 'int64'] });
    expect(deviceOnGpu(both, { T: 'float32', Tidx: 'int64' })).toBe('GPU');
    expect(deviceOnGpu(both, { T: 'float32', Tidx: 'uint8' })).toBeUndefined();
    expect(deviceOnGpu(both, { T: 'float64', Tidx: 'int64' })).toBeUndefined();
  });

  it('uses the default of a type that the op does not set', () => {
    const byDefault = op('GPU', { index_type: ['int32'] }, { index_type: 'int32' });
    expect(deviceOnGpu(byDefault, {})).toBe('GPU');
    expect(deviceOnGpu(byDefault, { index_type: 'int64' })).toBeUndefined();
  });

  it('accepts DEFAULT kernels and no CPU kernels', () => {
    expect(deviceOnGpu(op('DEFAULT', {}), {})).toBe('DEFAULT');
    expect(deviceOnGpu(op('CPU', {}), {})).toBeUndefined();
    expect(deviceOnGpu({ kernels: [], defaults: {} }, {})).toBeUndefined();
  });
});

describe('every op of the recorded steps has a kernel for GPUs', () => {
  it.each([
    'alexnet_two_tower',
    'vgg11_bn',
    'googlenet',
    'resnet18',
    'resnext50_32x4d',
    'squeezenet1_1',
    'densenet121',
    'mobilenet_v1',
    'mobilenet_v2',
    'shufflenet_v1_x1_0_g3',
    'shufflenet_v2_x1_0',
    'efficientnet_b0',
    'mobilenet_v3_small',
    'regnet_y_400mf',
    'vit_tiny_patch16_224',
    'convnext_atto',
  ])('%s', (name) => {
    const used = usedOps([findNetwork(name)]);
    expect(used.map(({ op: operation }) => operation)).toContain('Conv2DBackpropFilter');
    const missing = used.filter(({ op: operation, types }) => {
      const known = registered[operation];
      return known === undefined || deviceOnGpu(known, types) === undefined;
    });
    expect(missing.map(({ op: operation, types }) => ({ op: operation, types }))).toEqual([]);
  });
});
