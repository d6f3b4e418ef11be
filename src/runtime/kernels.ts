import { existsSync } from 'node:fs';
import { loadNativeModule, nativeModuleFile } from './native-module.ts';
import { loadTensorFlow, nativeBackend } from './tensorflow.ts';

/** The kernels that train on a CPU: doubletime's own for some groups of ops, or TensorFlow's for every op. */
export type Kernels = 'doubletime' | 'tensorflow';

let registered: boolean | undefined;

/** Registers doubletime's ops with TensorFlow. Returns false if set-up has not built them, or if TensorFlow refuses one. */
function register(): boolean {
  if (!existsSync(nativeModuleFile('kernels'))) return false;
  loadTensorFlow();
  return (loadNativeModule('kernels') as { complete: boolean }).complete;
}

/**
 * The kernels that this process uses. They are TensorFlow's on a GPU, and if the environment variable DOUBLETIME_KERNELS is
 * `tensorflow`. Loads TensorFlow.
 */
export function kernelsInUse(): Kernels {
  if (process.env['DOUBLETIME_KERNELS'] === 'tensorflow' || nativeBackend().isUsingGpuDevice) return 'tensorflow';
  registered ??= register();
  return registered ? 'doubletime' : 'tensorflow';
}
