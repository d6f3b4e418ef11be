import { beforeEach, describe, expect, it, vi } from 'vitest';

/** A new instance of the module, as in a new process. */
async function load() {
  vi.resetModules();
  return import('../../../src/runtime/gpu/tf32.ts');
}

let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  environment = {};
});

describe('TF32 on a GPU', () => {
  it.each(['float32', 'bfloat16'] as const)('is forbidden for %s before TensorFlow is loaded', async (precision) => {
    (await load()).decideTf32(precision, false, environment);
    expect(environment).toEqual({ NVIDIA_TF32_OVERRIDE: '0' });
  });

  it('is allowed for tf32', async () => {
    (await load()).decideTf32('tf32', false, environment);
    expect(environment).toEqual({});
  });

  it('is forbidden if TensorFlow is loaded without a recipe', async () => {
    (await load()).forbidTf32ByDefault(environment);
    expect(environment).toEqual({ NVIDIA_TF32_OVERRIDE: '0' });
    const given = { NVIDIA_TF32_OVERRIDE: '1' };
    (await load()).forbidTf32ByDefault(given);
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
    const { decideTf32 } = await load();
    expect(() => {
      decideTf32(precision, false, { NVIDIA_TF32_OVERRIDE: value });
    }).toThrow(message);
  });

  it.each([
    ['float32', '0'],
    ['float32', ''],
    ['tf32', '1'],
  ] as const)('%s is accepted with NVIDIA_TF32_OVERRIDE=%s', async (precision, value) => {
    const { decideTf32 } = await load();
    expect(() => {
      decideTf32(precision, false, { NVIDIA_TF32_OVERRIDE: value });
    }).not.toThrow();
  });

  it('cannot change in a process that has loaded TensorFlow on a GPU', async () => {
    const { decideTf32 } = await load();
    decideTf32('float32', false, environment);
    decideTf32('bfloat16', true, environment);
    expect(() => {
      decideTf32('tf32', true, environment);
    }).toThrow('recipe.precision is tf32, but TensorFlow was loaded in this process with TF32 forbidden');
    expect(() => {
      decideTf32('tf32', false, environment);
    }).not.toThrow();
  });
});
