import { expect, it } from 'vitest';
import { allowPersistentBatchNorm } from '../../../src/runtime/gpu/batch-norm.ts';

const VARIABLE = 'TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT';

it.each([
  ['bfloat16', undefined, '1'],
  ['bfloat16', '', '1'],
  ['bfloat16', '0', '0'],
  ['tf32', undefined, undefined],
  ['float32', undefined, undefined],
  ['float32', '1', '1'],
] as const)('for %s, a variable that is %s becomes %s', (precision, before, after) => {
  const environment: NodeJS.ProcessEnv = { [VARIABLE]: before };
  allowPersistentBatchNorm(precision, environment);
  expect(environment[VARIABLE]).toBe(after);
});
