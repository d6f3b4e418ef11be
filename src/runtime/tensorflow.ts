import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { createRequire } from 'node:module';
import util from 'node:util';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { setUpCommand } from '../base/home.ts';
import type { NativeBinding, OpAttribute, TensorMetadata } from './binding.ts';
import { type RuntimeOptions, tensorFlowEnvironment } from './environment.ts';
import { readInstallation } from './installation.ts';
import { withStandardErrorCaptured } from './quiet.ts';
import { forbidTf32ByDefault } from './tf32.ts';

export type TensorFlow = typeof import('@tensorflow/tfjs-node-gpu');

/** tfjs's kernel backend, including the parts that its types hide. `binding` may be replaced (see NativeBinding). */
export interface NativeBackend {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  /** Maps the dataId of a tensor to its native id and to values that are not written yet. */
  readonly tensorMap: {
    get(dataId: object): NativeTensor;
    set(dataId: object, tensor: NativeTensor): void;
    has(dataId: object): boolean;
    delete(dataId: object): boolean;
  };
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
  /** Returns native ids. Writes values that are not written yet first. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
}

export interface NativeTensor {
  shape: number[];
  dtype: number;
  id: number;
  values: Float32Array | Int32Array | Uint8Array | BigInt64Array | null;
  refCount: number;
}

let loaded: TensorFlow | undefined;
let messages: readonly string[] = [];

/**
 * Loads TensorFlow once per process. Later calls return the same object and ignore their options, because TensorFlow reads
 * its environment only while it is loaded.
 * @throws UserError exit code 69 if it is not set up, or if `device` is `gpu` and no GPU is found.
 */
export function loadTensorFlow(options: RuntimeOptions = {}): TensorFlow {
  if (loaded) return loaded;
  Object.assign(process.env, tensorFlowEnvironment(options));
  forbidTf32ByDefault();
  replaceOldUtilities();
  const { result: tensorFlow, lines } = withStandardErrorCaptured(requireTensorFlow);
  messages = lines;
  // Production mode hides tfjs's hints and deprecation notes, and changes nothing else.
  tensorFlow.enableProdMode();
  loaded = tensorFlow;
  const { note } = runtimeDevice();
  if (note !== undefined && options.device === undefined) {
    process.stderr.write(`doubletime: ${note}; see \`npx doubletime doctor\`\n`);
  }
  if (options.device === 'gpu' && !nativeBackend().isUsingGpuDevice) {
    throw new UserError(
      'TensorFlow found no GPU that it can use: run `npx doubletime doctor --gpu` for the reason',
      ExitCode.unavailable,
    );
  }
  return tensorFlow;
}

/** Whether this process has loaded TensorFlow. */
export const isTensorFlowLoaded = (): boolean => loaded !== undefined;

/** The messages that TensorFlow printed while it was loaded, for the debug log. Empty before it is loaded. */
export const tensorFlowMessages = (): readonly string[] => messages;

/** Loads TensorFlow and captures its messages, for the log of a run. */
export const tensorFlowLibrary = {
  load: (verbose: boolean): readonly string[] => {
    loadTensorFlow({ verbose });
    return messages;
  },
  listen: withStandardErrorCaptured,
};

/** The device that steps run on, and a note if the CUDA build runs on the CPU. */
export function runtimeDevice(): { device: 'cpu' | 'gpu'; note?: string } {
  if (nativeBackend().isUsingGpuDevice) return { device: 'gpu' };
  if (readInstallation()?.kind !== 'cuda') return { device: 'cpu' };
  const note = 'the CUDA build of TensorFlow found no GPU that it can use and runs on the CPU';
  return { device: 'cpu', note };
}

/** The backend of TensorFlow. Loads TensorFlow if necessary. */
export function nativeBackend(): NativeBackend {
  return loadTensorFlow().backend() as unknown as NativeBackend;
}

function requireTensorFlow(): TensorFlow {
  // tfjs finds its addon with node-pre-gyp, which reads the arguments of this process and would use our `--dir` as its folder.
  const { argv } = process;
  process.argv = argv.slice(0, 2);
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as TensorFlow;
  } catch (error) {
    throw new UserError(
      `TensorFlow cannot be loaded: ${messageOf(error).slice(0, 300)}; run \`${setUpCommand}\`, then \`npx doubletime doctor\``,
      ExitCode.unavailable,
      { cause: error },
    );
  } finally {
    process.argv = argv;
  }
}

/**
 * tfjs 4.22.0 calls util.isNullOrUndefined and util.isArray (tensorflow/tfjs issue 8609). Node 22 prints deprecation warnings
 * for them, and Node 23 has removed the first.
 */
function replaceOldUtilities(): void {
  const utilities = util as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  utilities['isArray'] = Array.isArray;
}
