import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The versions of CUDA's libraries that this process has loaded; a library that is not loaded is missing. */
export interface CudaVersions {
  /** The newest CUDA that the driver supports. */
  readonly cudaDriver?: string;
  readonly cuda?: string;
  readonly cudnn?: string;
}

/** CUDA writes 12.9 as 12090 (cuda_runtime_api.h). */
const cudaVersion = (n: number): string => `${Math.floor(n / 1000)}.${Math.floor((n % 1000) / 10)}`;

/** cuDNN 9 writes 9.28.0 as 92800, cuDNN 8 wrote 8.9.7 as 8907 (cudnn_version.h). */
function cudnnVersion(n: number): string {
  const scale = n >= 10_000 ? 10_000 : 1000;
  return [Math.floor(n / scale), Math.floor((n % scale) / 100), n % 100].join('.');
}

/** The file of a loaded library, as /proc/self/maps names it. */
const loadedFile = (maps: string, name: string): string | undefined =>
  maps
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .find((file) => file.slice(file.lastIndexOf('/') + 1).startsWith(name));

/** Calls a function of a library; undefined if that fails: a version is never a reason to stop a run. */
function ask(file: string, declaration: string, given: (call: (...args: unknown[]) => number) => number) {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const version = given(koffi.load(file).func(declaration) as (...args: unknown[]) => number);
    return version > 0 ? version : undefined;
  } catch {
    return undefined;
  }
}

/** `int NAME(int* version)`, which returns 0 on success. */
function askByPointer(file: string, name: string): number | undefined {
  return ask(file, `int ${name}(_Out_ int *version)`, (call) => {
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

/** Asks the libraries of CUDA that this process has loaded for their versions. TensorFlow loads cuDNN with the first convolution. */
export function loadedCudaVersions(maps = readMaps()): CudaVersions {
  const files = ['libcuda.so', 'libcudart.so', 'libcudnn.so'].map((name) => loadedFile(maps, name));
  const [driver, runtime, cudnn] = files;
  const driverVersion = driver && askByPointer(driver, 'cuDriverGetVersion');
  const runtimeVersion = runtime && askByPointer(runtime, 'cudaRuntimeGetVersion');
  const ofCudnn = cudnn && ask(cudnn, 'size_t cudnnGetVersion()', (call) => call());
  return {
    ...(driverVersion && { cudaDriver: cudaVersion(driverVersion) }),
    ...(runtimeVersion && { cuda: cudaVersion(runtimeVersion) }),
    ...(ofCudnn && { cudnn: cudnnVersion(ofCudnn) }),
  };
}
