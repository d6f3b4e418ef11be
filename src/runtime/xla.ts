import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../base/errors.ts';
import { setUpCommand } from '../base/home.ts';

/** What XLA reads of CUDA's toolkit on a GPU: the assembler, and the library of device functions. */
const FILES = ['bin/ptxas', 'nvvm/libdevice/libdevice.10.bc'] as const;
const FLAG = '--xla_gpu_cuda_data_dir=';

const missingFrom = (folder: string): readonly string[] => FILES.filter((file) => !existsSync(join(folder, file)));

export interface XlaTools {
  /** The folder for XLA's flag; undefined if the user has set the flag, or if no folder is complete. */
  readonly folder: string | undefined;
  /** What is missing, and where it was looked for; undefined if nothing is. */
  readonly problem: string | undefined;
}

/**
 * Finds the parts of CUDA that XLA needs: in the folder of XLA_FLAGS, beside TensorFlow where pip puts them
 * (`nvidia/cuda_nvcc`), in CUDA_HOME and in /usr/local/cuda.
 * @param tensorFlow the folder of TensorFlow.
 */
export function findXlaTools(
  tensorFlow: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  systemFolder = '/usr/local/cuda',
): XlaTools {
  const given = /--xla_gpu_cuda_data_dir=(\S+)/.exec(environment['XLA_FLAGS'] ?? '')?.[1];
  const beside = tensorFlow === undefined ? [] : [join(dirname(tensorFlow), 'nvidia', 'cuda_nvcc')];
  const home = environment['CUDA_HOME'] ?? '';
  const folders = given === undefined ? [...beside, ...(home === '' ? [] : [home]), systemFolder] : [given];
  const complete = folders.find((folder) => missingFrom(folder).length === 0);
  if (complete !== undefined) return { folder: given === undefined ? complete : undefined, problem: undefined };
  const missing = FILES.filter((file) => folders.every((folder) => missingFrom(folder).includes(file)));
  return {
    folder: undefined,
    problem: `${(missing.length > 0 ? missing : FILES).join(' and ')} of CUDA 12 ${missing.length === 1 ? 'is' : 'are'} in none of ${folders.join(', ')}`,
  };
}

/** The variables with which XLA finds CUDA's files and, if `deterministic`, leaves out kernels with a random order of sums. */
export function xlaEnvironment(
  { folder }: XlaTools,
  deterministic: boolean,
  given: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const before = given['XLA_FLAGS'] ?? '';
  const flags = [
    ...(before === '' ? [] : [before]),
    ...(folder === undefined ? [] : [`${FLAG}${folder}`]),
    ...(deterministic ? ['--xla_gpu_deterministic_ops=true'] : []),
  ];
  return flags.length === 0 ? {} : { XLA_FLAGS: flags.join(' ') };
}

/** @throws UserError exit code 69 if a part is missing. */
export function requireXlaTools({ problem }: XlaTools): void {
  if (problem === undefined) return;
  throw new UserError(
    `recipe.compile is xla, but ${problem}: run \`DOUBLETIME_TENSORFLOW=cuda ${setUpCommand}\` (it installs nvidia-cuda-nvcc-cu12),` +
      ` set XLA_FLAGS=${FLAG}DIR to the folder of CUDA 12, or remove recipe.compile`,
    ExitCode.unavailable,
  );
}
