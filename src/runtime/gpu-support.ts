import type { ListedGpu } from './gpu-in-use.ts';
import type { Problem } from './problem.ts';

/** The oldest driver that runs programs of CUDA 12 on Linux (CUDA 12 release notes, "CUDA Toolkit and Minimum Required Driver Version"). */
const MIN_DRIVER = '525.60.13';
/** The oldest GPUs that the pinned TensorFlow has code for: `npm run bundle` reads the architectures off the library. */
const MIN_COMPUTE_CAPABILITY = '6.0';

/** Whether a version of numbers and dots is older than another. */
function isOlder(version: string, minimum: string): boolean {
  const [given, wanted] = [version, minimum].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = wanted.findIndex((part, i) => (given[i] ?? 0) !== part);
  return at >= 0 && (given[at] ?? 0) < wanted[at]!;
}

/** TensorFlow names each CUDA library that it cannot open. */
const missingLibraries = (messages: readonly string[]): string[] => [
  ...new Set(messages.flatMap((line) => /Could not load dynamic library '([^']+)'/.exec(line)?.[1] ?? [])),
];

/** Why TensorFlow's CUDA build does not use this card, as far as it can be told; undefined if the reason is another. */
export function findGpuProblem(gpu: ListedGpu | undefined, messages: readonly string[]): Problem | undefined {
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
      what: `the GPU ${gpu.name} has compute capability ${gpu.computeCapability}, and TensorFlow has code for ${MIN_COMPUTE_CAPABILITY} and later`,
      fix: 'use a newer GPU, or a TensorFlow of your own: DOUBLETIME_TENSORFLOW=/path/to/tensorflow',
    };
  const missing = missingLibraries(messages);
  if (missing.length > 0)
    return {
      what: `TensorFlow cannot open the CUDA libraries ${missing.join(', ')}`,
      fix: 'set up again with DOUBLETIME_TENSORFLOW=cuda, or set LD_LIBRARY_PATH to their folder',
    };
  return undefined;
}
