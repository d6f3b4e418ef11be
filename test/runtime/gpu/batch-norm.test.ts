import { describe, expect, it, vi } from 'vitest';

const VARIABLE = 'TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT';

/** The function of a new instance of the module, as in a new process. */
async function load() {
  vi.resetModules();
  return (await import('../../../src/runtime/gpu/batch-norm.ts')).persistentBatchNorm.decide;
}

describe("cuDNN's persistent batch norm", () => {
  it.each([
    ['bfloat16', undefined, '1'],
    ['bfloat16', '', '1'],
    ['bfloat16', '0', '0'],
    ['tf32', undefined, undefined],
    ['float32', undefined, undefined],
    ['float32', '1', '1'],
  ] as const)('for %s, a variable that is %s becomes %s', async (precision, before, after) => {
    const environment: NodeJS.ProcessEnv = { [VARIABLE]: before };
    const decide = await load();
    for (let recipe = 0; recipe < 2; recipe++) decide(precision, false, environment);
    expect(environment[VARIABLE]).toBe(after);
  });

  it('follows the recipe until TensorFlow runs on a GPU', async () => {
    const environment: NodeJS.ProcessEnv = {};
    const decide = await load();
    decide('bfloat16', false, environment);
    decide('float32', false, environment);
    decide('tf32', true, environment);
    expect(environment).toEqual({});
    expect(() => {
      decide('bfloat16', true, environment);
    }).toThrow(
      'recipe.precision is bfloat16, but this process has chosen the kernels of batch norms for tf32: train in a new process',
    );
  });
});
