import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { homeFolder } from '../../src/base/files/home.ts';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { type RegisteredOp, registeredOpSchema } from './find-kernel.ts';

const pins = z.object({ tensorflow: z.string() });
const version = pins.parse(JSON.parse(readFileSync(new URL('../setup/pins.json', import.meta.url), 'utf8'))).tensorflow;

/**
 * The Python of a virtual environment with the CUDA wheel of the pinned TensorFlow, created at the first call. The CUDA
 * libraries are not installed, because kernels are registered without them.
 * @throws UserError exit code 69 if it cannot be created.
 */
export function tensorFlowPython(print: (line: string) => void): string {
  const folder = join(homeFolder(), `audit-gpu-${version}`);
  const python = join(folder, 'bin', 'python');
  const marker = join(folder, 'whole');
  if (existsSync(marker)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(homeFolder(), { recursive: true });
  print(`installing tensorflow ${version} (the CUDA wheel) into ${folder}`);
  const interpreter = process.env['DOUBLETIME_PYTHON'] ?? 'python3';
  run(interpreter, ['-m', 'venv', folder], 'install the module venv: `apt-get install -y python3-venv`');
  const options = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  const fix = 'it needs a network and a Python that this TensorFlow is published for (3.10 to 3.13)';
  run(python, ['-m', 'pip', 'install', ...options, `tensorflow==${version}`], fix);
  writeFileSync(marker, '');
  return python;
}

/** The kernels that TensorFlow registers for each op, by the op's name. @throws UserError exit code 69 if Python fails. */
export function registeredKernels(python: string, ops: readonly string[]): Record<string, RegisteredOp> {
  const script = new URL('./kernels.py', import.meta.url).pathname;
  const output = run(python, [script], 'see the message above', JSON.stringify(ops));
  return z.record(z.string(), registeredOpSchema).parse(JSON.parse(output));
}

/** Runs a command. Its error ends with `fix`, how to fix it. */
function run(command: string, args: readonly string[], fix: string, input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    input,
    maxBuffer: 2 ** 28,
    env: { ...process.env, CUDA_VISIBLE_DEVICES: '-1', TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (status === 0) return stdout;
  const reason = error ? error.message : stderr.trim().split('\n').at(-1);
  throw new UserError(`${command} ${args.slice(0, 3).join(' ')} failed: ${reason}; ${fix}`, ExitCode.unavailable);
}
