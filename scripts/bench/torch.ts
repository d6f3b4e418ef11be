import { spawnSync } from 'node:child_process';
import { ExitCode, systemCodeOf, UserError } from '../../src/base/errors.ts';
import { readInstallation } from '../../src/runtime/installation.ts';

/** Modes of PyTorch, all in channels last: float32, TF32, autocast to bfloat16, and autocast with torch.compile. */
export const TORCH_MODES = ['fp32', 'tf32', 'bf16', 'bf16-compile'] as const;
export type TorchMode = (typeof TORCH_MODES)[number];

/** The environment of PyTorch: it must not load the CUDA libraries in TensorFlow's folder. */
export function createTorchEnvironment(): NodeJS.ProcessEnv {
  const { folder } = readInstallation() ?? {};
  const path = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((part) => part !== '' && part !== folder);
  return { ...process.env, LD_LIBRARY_PATH: path.join(':') };
}

/**
 * Checks that a Python has torch and torchvision, and on a GPU that torch finds it.
 * @throws UserError exit code 66 if it does not exist, 69 if it cannot be used.
 */
export function checkTorch(python: string, device: 'cpu' | 'gpu'): void {
  const script = 'import torch, torchvision; print(torch.cuda.is_available())';
  const found = spawnSync(python, ['-c', script], { encoding: 'utf8', env: createTorchEnvironment() });
  const expected = 'expected a Python that has torch and torchvision';
  if (found.error) {
    const code = systemCodeOf(found.error) ?? found.error.message;
    const where = python.includes('/') ? 'does not exist' : 'is not a command on the PATH';
    if (code === 'ENOENT') throw new UserError(`--torch ${python} ${where}: ${expected}`, ExitCode.noInput);
    throw new UserError(`--torch ${python} cannot be started (${code}): ${expected}`, ExitCode.unavailable);
  }
  if (found.status !== 0) {
    const reason = found.stderr.trim().split('\n').at(-1) || `exit code ${found.status}`;
    throw new UserError(
      `--torch ${python} cannot import torch and torchvision (${reason.slice(0, 200)}): install them there, or name another Python`,
      ExitCode.unavailable,
    );
  }
  const answer = found.stdout.trim();
  if (answer !== 'True' && answer !== 'False')
    throw new UserError(`--torch ${python} is not a Python: ${expected}`, ExitCode.unavailable);
  if (device === 'gpu' && answer === 'False')
    throw new UserError(
      `--torch ${python}: its torch finds no GPU: install a torch for this driver, name another Python, or leave out --torch`,
      ExitCode.unavailable,
    );
}
