/** A part of CUDA that TensorFlow opens by name while it runs, or that such a library needs. */
export interface CudaPart {
  readonly name: string;
  /** The package of scripts/setup/pins.json that has it, and its folder there under `nvidia/`. */
  readonly wheel: string;
  readonly folder: string;
  /** The files, relative to that folder. */
  readonly files: RegExp;
  /** The names under which TensorFlow opens its libraries. */
  readonly opened: readonly string[];
  /** Names of CUDA 13's libraries that can replace them. */
  readonly instead?: readonly string[];
  /** Whether only other parts of CUDA need it; those may contain it. */
  readonly optional?: true;
}

/**
 * The parts of CUDA that a training step on one GPU uses. These parts of NVIDIA's packages are left out: NCCL (several GPUs), CUPTI
 * (profiling), cuRAND (TensorFlow has its own random numbers), and all compilers except ptxas, which XLA starts.
 */
export const cudaParts: readonly CudaPart[] = [
  {
    ...{ name: 'cudart', wheel: 'nvidia-cuda-runtime-cu12', folder: 'cuda_runtime' },
    ...{ files: /^lib\/libcudart\.so\.12$/, opened: ['libcudart.so.12'] },
  },
  {
    ...{ name: 'cublas', wheel: 'nvidia-cublas-cu12', folder: 'cublas', files: /^lib\/libcublas(Lt)?\.so\.12$/ },
    ...{ opened: ['libcublas.so.12', 'libcublasLt.so.12'], instead: ['libcublas.so.13', 'libcublasLt.so.13'] },
  },
  {
    ...{ name: 'cudnn', wheel: 'nvidia-cudnn-cu12', folder: 'cudnn', files: /^lib\/libcudnn[^/]*\.so\.9$/ },
    opened: ['libcudnn.so.9'],
  },
  {
    ...{ name: 'cufft', wheel: 'nvidia-cufft-cu12', folder: 'cufft', files: /^lib\/libcufft\.so\.11$/ },
    ...{ opened: ['libcufft.so.11'], instead: ['libcufft.so.12'] },
  },
  {
    ...{ name: 'cusolver', wheel: 'nvidia-cusolver-cu12', folder: 'cusolver', files: /^lib\/libcusolver\.so\.11$/ },
    ...{ opened: ['libcusolver.so.11'], instead: ['libcusolver.so.12'] },
  },
  {
    ...{ name: 'cusparse', wheel: 'nvidia-cusparse-cu12', folder: 'cusparse', files: /^lib\/libcusparse\.so\.12$/ },
    opened: ['libcusparse.so.12'],
  },
  {
    ...{ name: 'nvjitlink', wheel: 'nvidia-nvjitlink-cu12', folder: 'nvjitlink' },
    ...{
      files: /^lib\/libnvJitLink\.so\.12$/,
      opened: ['libnvJitLink.so.12'],
      instead: ['libnvJitLink.so.13'],
      optional: true,
    },
  },
  {
    ...{ name: 'nvrtc', wheel: 'nvidia-cuda-nvrtc-cu12', folder: 'cuda_nvrtc' },
    ...{
      files: /^lib\/libnvrtc(-builtins)?\.so\.12(\.\d+)?$/,
      opened: ['libnvrtc.so.12'],
      instead: ['libnvrtc.so.13'],
      optional: true,
    },
  },
  {
    ...{ name: 'nvcc', wheel: 'nvidia-cuda-nvcc-cu12', folder: 'cuda_nvcc' },
    ...{ files: /^(bin\/ptxas|nvvm\/libdevice\/[^/]+\.bc)$/, opened: [] },
  },
];
