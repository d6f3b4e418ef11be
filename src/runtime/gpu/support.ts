import type { Gpu } from './gpus.ts';
import type { Problem } from '../problem.ts';

/** The oldest driver that runs programs of CUDA 12 on Linux (CUDA 12 release notes, "CUDA Toolkit and Minimum Required Driver Version"). */
const MIN_DRIVER = '525.60.13';
/** The oldest GPUs for which the pinned TensorFlow contains code. `npm run bundle` reads the architectures from the library. */
const MIN_COMPUTE_CAPABILITY = '6.0';

/** Whether a version such as `525.60.13` is older than another. */
function isOlder(version: string, minimum: string): boolean {
  const [actual, required] = [version, minimum].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const index = required.findIndex((part, i) => (actual[i] ?? 0) !== part);
  return index >= 0 && (actual[index] ?? 0) < required[index]!;
}

/** The CUDA libraries that TensorFlow could not open, according to its messages. */
const missingLibraries = (messages: readonly string[]): string[] => [
  ...new Set(messages.flatMap((line) => /Could not load dynamic library '([^']+)'/.exec(line)?.[1] ?? [])),
];

/** Why TensorFlow's CUDA build does not use a card; undefined if the reason is unknown. */
export function findGpuProblem(gpu: Gpu | undefined, messages: readonly string[]): Problem | undefined {
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  if (visible === '' || visible === '-1')
    return { what: `the GPUs are hidden: CUDA_VISIBLE_DEVICES is "${visible}"`, fix: 'unset CUDA_VISIBLE_DEVICES' };
  if (gpu && /^\d+(\.\d+)*$/.test(gpu.driver) && isOlder(gpu.driver, MIN_DRIVER))
    return {
      what: `NVIDIA's driver ${gpu.driver} is too old for CUDA 12: ${MIN_DRIVER} or later is needed`,
      fix: "install a newer version of NVIDIA's driver",
    };
  if (gpu?.computeCapability != null && isOlder(gpu.computeCapability, MIN_COMPUTE_CAPABILITY))
    return {
      what: `the GPU ${gpu.name} has compute capability ${gpu.computeCapability}, but TensorFlow needs ${MIN_COMPUTE_CAPABILITY} or later`,
      fix: 'use a newer GPU, or your own build of TensorFlow: DOUBLETIME_TENSORFLOW=/path/to/tensorflow',
    };
  const missing = missingLibraries(messages);
  if (missing.length > 0 || messages.some((line) => line.includes('Cannot dlopen some GPU libraries')))
    return {
      what: `TensorFlow cannot open ${missing.length > 0 ? `the CUDA libraries ${missing.join(', ')}` : 'some CUDA libraries'}`,
      fix: 'set up again with DOUBLETIME_TENSORFLOW=cuda, or set LD_LIBRARY_PATH to their folder',
    };
  return undefined;
}
