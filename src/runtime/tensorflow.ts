import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { createRequire } from 'node:module';
import util from 'node:util';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { setUpCommand } from '../base/home.ts';
import type { NativeBinding, OpAttribute, TensorMetadata } from './binding.ts';
import { type RuntimeOptions, tensorFlowEnvironment } from './environment.ts';
import { readInstallation } from './installation.ts';
import { withStandardErrorCaptured } from './quiet.ts';

export type TensorFlow = typeof import('@tensorflow/tfjs-node-gpu');

/** tfjs's kernel backend with the parts that its own types hide; `binding` may be replaced (see NativeBinding). */
export interface NativeBackend {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  /** From a tensor's dataId to its native id and what is still to be written. */
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
  /** Native ids; values that were not written yet are written first. */
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
 * Loads TensorFlow once a process; later calls give the same, whatever their options, since TensorFlow reads its
 * environment only while it is loaded.
 * @throws UserError exit code 69 when it is not set up, or when `device: 'gpu'` finds none.
 */
export function loadTensorFlow(options: RuntimeOptions = {}): TensorFlow {
  if (loaded) return loaded;
  Object.assign(process.env, tensorFlowEnvironment(options));
  replaceOldUtilities();
  const { result: tensorFlow, lines } = withStandardErrorCaptured(requireTensorFlow);
  messages = lines;
  // Production mode only keeps tfjs's hints and deprecation notes off the terminal.
  tensorFlow.enableProdMode();
  loaded = tensorFlow;
  const { note } = runtimeDevice();
  if (note !== undefined && options.device === undefined) {
    process.stderr.write(`doubletime: ${note}; see \`npx doubletime doctor\`\n`);
  }
  if (options.device === 'gpu' && !nativeBackend().isUsingGpuDevice) {
    throw new UserError('no GPU that TensorFlow can use was found: see `doubletime doctor`', ExitCode.unavailable);
  }
  return tensorFlow;
}

/** What TensorFlow said while it was loaded: for the debug log. Empty before. */
export const tensorFlowMessages = (): readonly string[] => messages;

/** TensorFlow as something to be listened to, before and while it works. */
export const tensorFlowLibrary = {
  load: (verbose: boolean): readonly string[] => {
    loadTensorFlow({ verbose });
    return messages;
  },
  listen: withStandardErrorCaptured,
};

/** Where steps run, and a note where the CUDA build has to make do with the CPU. */
export function runtimeDevice(): { device: 'cpu' | 'gpu'; note?: string } {
  if (nativeBackend().isUsingGpuDevice) return { device: 'gpu' };
  if (readInstallation()?.kind !== 'cuda') return { device: 'cpu' };
  const note = 'the CUDA build of TensorFlow found no GPU that it can use: it runs on the CPU';
  return { device: 'cpu', note };
}

/** The backend of the TensorFlow that is loaded (and loads it if need be). */
export function nativeBackend(): NativeBackend {
  return loadTensorFlow().backend() as unknown as NativeBackend;
}

function requireTensorFlow(): TensorFlow {
  // tfjs finds its addon with node-pre-gyp, which reads this process's own arguments: our `--dir` would be its folder.
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
 * tfjs 4.22.0 calls util.isNullOrUndefined and util.isArray (tensorflow/tfjs issue 8609): Node 22 warns of them on the
 * terminal, Node 23 has removed the first.
 */
function replaceOldUtilities(): void {
  const utilities = util as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  utilities['isArray'] = Array.isArray;
}
