import { ExitCode, UserError } from '../base/errors.ts';
import type { Problem } from './problem.ts';

/** The values that an environment variable may have. */
interface Rule {
  readonly allows: (value: string) => boolean;
  readonly expected: string;
}

const MAX_THREADS = 1024;

/** TensorFlow ends the process without a message if a number of threads is negative or very large. */
const threads: Rule = {
  allows: (value) => /^\d{1,4}$/.test(value) && Number(value) <= MAX_THREADS,
  expected: `a whole number from 0 (one per CPU core) to ${MAX_THREADS}`,
};

/** TensorFlow ignores other values than these. */
const toggle: Rule = { allows: (value) => /^(0|1|false|true)$/i.test(value), expected: '0, 1, false or true' };

const kernels: Rule = {
  allows: (value) => ['doubletime', 'tensorflow'].includes(value),
  expected: 'doubletime or tensorflow',
};

const rules: Readonly<Record<string, Rule>> = {
  TF_NUM_INTRAOP_THREADS: threads,
  TF_NUM_INTEROP_THREADS: threads,
  TF_ENABLE_ONEDNN_OPTS: toggle,
  TF_DETERMINISTIC_OPS: toggle,
  TF_CUDNN_DETERMINISTIC: toggle,
  TF_SYNC_ON_FINISH: toggle,
  DOUBLETIME_KERNELS: kernels,
};

/** The value of an environment variable; undefined if it is not set or empty. */
export const valueOf = (name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined =>
  environment[name] === '' ? undefined : environment[name];

/** Whether the value of a toggle of TensorFlow switches it on; undefined if it is not set. */
export function toggleOf(name: string, environment: NodeJS.ProcessEnv = process.env): boolean | undefined {
  const value = valueOf(name, environment);
  return value === undefined ? undefined : /^(1|true)$/i.test(value);
}

/** The first environment variable with a value that TensorFlow or doubletime would not understand. */
export function findVariableProblem(environment: NodeJS.ProcessEnv = process.env): Problem | undefined {
  for (const [name, { allows, expected }] of Object.entries(rules)) {
    const value = valueOf(name, environment);
    if (value !== undefined && !allows(value))
      return {
        what: `the environment variable ${name} is ${value}, expected ${expected}`,
        fix: `change or unset ${name}`,
      };
  }
  return undefined;
}

/** @throws UserError exit code 64 naming an environment variable with a wrong value. */
export function requireVariables(environment: NodeJS.ProcessEnv = process.env): void {
  const problem = findVariableProblem(environment);
  if (problem !== undefined) throw new UserError(`${problem.what}: ${problem.fix}`, ExitCode.usage);
}
