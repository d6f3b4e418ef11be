import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../base/errors.ts';
import { setUpCommand } from '../base/files/home.ts';

/** The files of CUDA's toolkit that XLA needs on a GPU: the assembler, and the library of device functions. */
const FILES = ['bin/ptxas', 'nvvm/libdevice/libdevice.10.bc'] as const;
const FLAG = '--xla_gpu_cuda_data_dir=';

const missingFrom = (folder: string): readonly string[] => FILES.filter((file) => !existsSync(join(folder, file)));

/** The result of the search for the files that XLA needs. */
export interface XlaTools {
  /** The folder for XLA's flag; undefined if the user has set the flag, or if no folder contains all files. */
  readonly folder: string | undefined;
  /** The missing files and the folders that were searched; undefined if no file is missing. */
  readonly problem: string | undefined;
}

/**
 * Finds the files of CUDA that XLA needs: in the folder of XLA_FLAGS if it is set, otherwise in pip's folder `nvidia/cuda_nvcc` next
 * to TensorFlow, in CUDA_HOME, and in /usr/local/cuda.
 * @param tensorFlow the folder of TensorFlow.
 */
export function findXlaTools(
  tensorFlow: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  systemFolder = '/usr/local/cuda',
): XlaTools {
  const userFolder = /--xla_gpu_cuda_data_dir=(\S+)/.exec(environment['XLA_FLAGS'] ?? '')?.[1];
  const pipFolder = tensorFlow === undefined ? [] : [join(dirname(tensorFlow), 'nvidia', 'cuda_nvcc')];
  const home = environment['CUDA_HOME'] ?? '';
  const folders =
    userFolder === undefined ? [...pipFolder, ...(home === '' ? [] : [home]), systemFolder] : [userFolder];
  const complete = folders.find((folder) => missingFrom(folder).length === 0);
  if (complete !== undefined) return { folder: userFolder === undefined ? complete : undefined, problem: undefined };
  const missing = FILES.filter((file) => folders.every((folder) => missingFrom(folder).includes(file)));
  return {
    folder: undefined,
    problem: `${(missing.length > 0 ? missing : FILES).join(' and ')} of CUDA 12 ${missing.length === 1 ? 'is' : 'are'} in none of ${folders.join(', ')}`,
  };
}

/** The environment variables for XLA: the folder of CUDA's files and, if `deterministic`, only kernels with a fixed order of sums. */
export function xlaEnvironment(
  { folder }: XlaTools,
  deterministic: boolean,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const userFlags = environment['XLA_FLAGS'] ?? '';
  const flags = [
    ...(userFlags === '' ? [] : [userFlags]),
    ...(folder === undefined ? [] : [`${FLAG}${folder}`]),
    ...(deterministic ? ['--xla_gpu_deterministic_ops=true'] : []),
  ];
  return flags.length === 0 ? {} : { XLA_FLAGS: flags.join(' ') };
}

/** Checks that XLA has all files that it needs. @throws UserError exit code 69 naming the missing files. */
export function requireXlaTools({ problem }: XlaTools): void {
  if (problem === undefined) return;
  throw new UserError(
    `recipe.compile is xla, but ${problem}: run \`DOUBLETIME_TENSORFLOW=cuda ${setUpCommand}\` (it installs nvidia-cuda-nvcc-cu12),` +
      ` set XLA_FLAGS=${FLAG}DIR to the folder of CUDA 12, or remove recipe.compile`,
    ExitCode.unavailable,
  );
}
