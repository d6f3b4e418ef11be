import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The versions of CUDA's libraries in this process. The version of a library that is not loaded is missing. */
export interface CudaVersions {
  /** The newest version of CUDA that the driver supports. */
  readonly cudaDriver?: string;
  readonly cuda?: string;
  readonly cudnn?: string;
}

/** Converts CUDA's version number to text: 12090 is 12.9 (cuda_runtime_api.h). */
const formatCudaVersion = (n: number): string => `${Math.floor(n / 1000)}.${Math.floor((n % 1000) / 10)}`;

/** Converts cuDNN's version number to text: 92800 is 9.28.0 (cuDNN 9), 8907 is 8.9.7 (cuDNN 8) (cudnn_version.h). */
function formatCudnnVersion(n: number): string {
  const scale = n >= 10_000 ? 10_000 : 1000;
  return [Math.floor(n / scale), Math.floor((n % scale) / 100), n % 100].join('.');
}

/** The file of a loaded library in the text of /proc/self/maps; undefined if it is not loaded. */
const findLibrary = (maps: string, name: string): string | undefined =>
  maps
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .find((file) => file.slice(file.lastIndexOf('/') + 1).startsWith(name));

/** Gets a version number by a function of a library; undefined if that fails, because a version must never stop a run. */
function getVersion(file: string, declaration: string, read: (call: (...args: unknown[]) => number) => number) {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const version = read(koffi.load(file).func(declaration) as (...args: unknown[]) => number);
    return version > 0 ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Gets a version number by a function `int NAME(int* version)`, which returns 0 on success. */
function getVersionByPointer(file: string, name: string): number | undefined {
  return getVersion(file, `int ${name}(_Out_ int *version)`, (call) => {
    const version = [0];
    return call(version) === 0 ? version[0]! : 0;
  });
}

const readMaps = (): string => {
  try {
    return readFileSync('/proc/self/maps', 'utf8');
  } catch {
    return '';
  }
};

/** The versions of the CUDA libraries that this process has loaded. TensorFlow loads cuDNN with the first convolution. */
export function loadedCudaVersions(maps = readMaps()): CudaVersions {
  const files = ['libcuda.so', 'libcudart.so', 'libcudnn.so'].map((name) => findLibrary(maps, name));
  const [driver, runtime, cudnn] = files;
  const driverVersion = driver && getVersionByPointer(driver, 'cuDriverGetVersion');
  const runtimeVersion = runtime && getVersionByPointer(runtime, 'cudaRuntimeGetVersion');
  const cudnnVersion = cudnn && getVersion(cudnn, 'size_t cudnnGetVersion()', (call) => call());
  return {
    ...(driverVersion && { cudaDriver: formatCudaVersion(driverVersion) }),
    ...(runtimeVersion && { cuda: formatCudaVersion(runtimeVersion) }),
    ...(cudnnVersion && { cudnn: formatCudnnVersion(cudnnVersion) }),
  };
}
