import { beforeEach, describe, expect, it, vi } from 'vitest';

/** A new instance of the module, as in a new process. */
async function load() {
  vi.resetModules();
  return (await import('../../../src/runtime/gpu/tf32.ts')).tf32;
}

let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  environment = {};
});

describe('TF32 on a GPU', () => {
  it.each(['float32', 'bfloat16'] as const)('is forbidden for %s before TensorFlow is loaded', async (precision) => {
    (await load()).decide(precision, false, environment);
    expect(environment).toEqual({ NVIDIA_TF32_OVERRIDE: '0' });
  });

  it('is allowed for tf32', async () => {
    (await load()).decide('tf32', false, environment);
    expect(environment).toEqual({});
  });

  it('is forbidden if TensorFlow is loaded without a recipe', async () => {
    (await load()).decideByDefault('float32', environment);
    expect(environment).toEqual({ NVIDIA_TF32_OVERRIDE: '0' });
    const given = { NVIDIA_TF32_OVERRIDE: '1' };
    (await load()).decideByDefault('float32', given);
    expect(given).toEqual({ NVIDIA_TF32_OVERRIDE: '1' });
  });

  it.each([
    [
      'float32',
      '1',
      'NVIDIA_TF32_OVERRIDE is 1, which allows TF32, but recipe.precision is float32: unset the variable',
    ],
    ['bfloat16', '1', 'NVIDIA_TF32_OVERRIDE is 1, which allows TF32, but recipe.precision is bfloat16'],
    ['tf32', '0', 'NVIDIA_TF32_OVERRIDE is 0, which forbids TF32, but recipe.precision is tf32: unset the variable'],
  ] as const)('%s is refused with NVIDIA_TF32_OVERRIDE=%s in the environment', async (precision, value, message) => {
    const { decide } = await load();
    expect(() => {
      decide(precision, false, { NVIDIA_TF32_OVERRIDE: value });
    }).toThrow(message);
  });

  it.each([
    ['float32', '0'],
    ['float32', ''],
    ['tf32', '1'],
  ] as const)('%s is accepted with NVIDIA_TF32_OVERRIDE=%s', async (precision, value) => {
    const { decide } = await load();
    expect(() => {
      decide(precision, false, { NVIDIA_TF32_OVERRIDE: value });
    }).not.toThrow();
  });

  it('cannot change in a process that has loaded TensorFlow on a GPU', async () => {
    const { decide } = await load();
    decide('float32', false, environment);
    decide('bfloat16', true, environment);
    expect(() => {
      decide('tf32', true, environment);
    }).toThrow('recipe.precision is tf32, but TensorFlow was loaded in this process with TF32 forbidden');
    expect(() => {
      decide('tf32', false, environment);
    }).not.toThrow();
  });

  it('stays as the user has set it, also for a second recipe', async () => {
    const { decide } = await load();
    const given = { NVIDIA_TF32_OVERRIDE: '1' };
    decide('tf32', false, given);
    expect(given).toEqual({ NVIDIA_TF32_OVERRIDE: '1' });
    expect(() => {
      decide('float32', false, given);
    }).toThrow('NVIDIA_TF32_OVERRIDE is 1, which allows TF32, but recipe.precision is float32');
  });
});
