import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../src/base/files/home.ts';
import { tensorFlowEnvironment, usesDeterministicOps, usesOneDnn } from '../../src/runtime/environment.ts';
import { findVariableProblem, requireVariables } from '../../src/runtime/variables.ts';

describe('environment variables that change how TensorFlow works', () => {
  it.each(['-1', '2.5', '0x2', 'all', '99999999999', '1025'])('%s is not a number of threads', (value) => {
    for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'])
      expect(findVariableProblem({ [name]: value })).toEqual({
        what: `the environment variable ${name} is ${value}, expected a whole number from 0 (one per CPU core) to 1024`,
        fix: `change or unset ${name}`,
      });
  });

  it.each(['TF_ENABLE_ONEDNN_OPTS', 'TF_DETERMINISTIC_OPS', 'DOUBLETIME_KERNELS'])('%s must not be a typo', (name) => {
    expect(() => {
      requireVariables({ [name]: 'onn' });
    }).toThrow(`the environment variable ${name} is onn, expected `);
  });

  it('accepts the values that TensorFlow understands, and empty variables', () => {
    const names = ['TF_NUM_INTRAOP_THREADS', 'TF_ENABLE_ONEDNN_OPTS', 'TF_DETERMINISTIC_OPS', 'DOUBLETIME_KERNELS'];
    expect(findVariableProblem(Object.fromEntries(names.map((name) => [name, ''])))).toBeUndefined();
    expect(findVariableProblem({ TF_NUM_INTRAOP_THREADS: '0', TF_ENABLE_ONEDNN_OPTS: 'False' })).toBeUndefined();
    expect(findVariableProblem({ DOUBLETIME_KERNELS: 'tensorflow', TF_DETERMINISTIC_OPS: 'TRUE' })).toBeUndefined();
  });

  it('an empty variable gets the default, as one that is not set', () => {
    const empty = tensorFlowEnvironment({}, { TF_DETERMINISTIC_OPS: '', TF_NUM_INTRAOP_THREADS: '' }, false);
    expect(empty).toEqual(tensorFlowEnvironment({}, {}, false));
  });

  it('reads the toggles as TensorFlow does, in upper or lower case', () => {
    expect(usesOneDnn({ TF_ENABLE_ONEDNN_OPTS: 'False' }, 'x64')).toBe(false);
    expect(usesOneDnn({ TF_ENABLE_ONEDNN_OPTS: '' }, 'x64')).toBe(true);
    expect(usesDeterministicOps({ TF_DETERMINISTIC_OPS: 'True' })).toBe(true);
  });

  it('a command that needs TensorFlow refuses a wrong value with one line', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [packageFile('src/cli/doubletime.mjs'), 'flops', 'squeezenet1_1', '--batch', '2'],
      { encoding: 'utf8', env: { ...process.env, TF_NUM_INTRAOP_THREADS: '-1' } },
    );
    expect(stderr).toMatch(/^doubletime: the environment variable TF_NUM_INTRAOP_THREADS is -1, expected [^\n]*\n$/);
    expect(status).toBe(64);
  });
});
