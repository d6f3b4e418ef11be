import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { createRequire } from 'node:module';
import util from 'node:util';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { setUpCommand } from '../base/files/home.ts';
import type { NativeBinding, OpAttribute, TensorMetadata } from './binding.ts';
import { type RuntimeOptions, tensorFlowEnvironment } from './environment.ts';
import { readInstallation } from './installation.ts';
import { explainFullGpu } from './gpu/memory.ts';
import { withStandardErrorCaptured } from './standard-error.ts';
import { tf32 } from './gpu/tf32.ts';
import { requireVariables } from './variables.ts';
import { findXlaTools, requireXlaTools, xlaEnvironment } from './xla.ts';

export type TensorFlow = typeof import('@tensorflow/tfjs-node-gpu');

/** The kernel backend of tfjs, including members that tfjs's types omit. `binding` may be replaced (see NativeBinding). */
export interface NativeBackend {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  /** The native tensor by the dataId of a tfjs tensor. */
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
  /** Returns the native ids of tensors. Before, creates native tensors for values that exist only in JavaScript. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
}

/** A tensor of the native addon. `dtype`: TF_DataType; `values`: set while they exist only in JavaScript. */
export interface NativeTensor {
  shape: number[];
  dtype: number;
  id: number;
  values: Float32Array | Int32Array | Uint8Array | BigInt64Array | null;
  refCount: number;
}

let loaded: TensorFlow | undefined;
let loadedWith: RuntimeOptions = {};
let messages: readonly string[] = [];

/**
 * Loads TensorFlow at the first call, because it reads its environment only then. Later calls return the same object.
 * @throws UserError exit code 69 if it is not set up, if the GPU's memory is full, if `device` is `gpu` and no GPU is found, or if it
 * was loaded with different options that only a new process can change; 64 if an environment variable has a wrong value.
 */
export function loadTensorFlow(options?: RuntimeOptions): TensorFlow {
  if (loaded) {
    if (options) requireSameOptions(options);
    return loaded;
  }
  return load(options ?? {});
}

function load(options: RuntimeOptions): TensorFlow {
  Object.assign(process.env, tensorFlowEnvironment(options));
  requireVariables();
  tf32.decideByDefault('float32');
  const xla = options.session?.compile === 'xla' ? findXlaTools(readInstallation()?.folder) : undefined;
  if (xla) Object.assign(process.env, xlaEnvironment(xla, options.deterministic === true));
  replaceOldUtilities();
  const { result: tensorFlow, lines } = withStandardErrorCaptured(requireTensorFlow);
  messages = lines;
  // Production mode only hides hints and deprecation notes of tfjs.
  tensorFlow.enableProdMode();
  loaded = tensorFlow;
  loadedWith = options;
  if (xla && nativeBackend().isUsingGpuDevice) requireXlaTools(xla);
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

/** The options that only a new process can change, by the key of a config. */
const fixedOptions = ({ session = {}, deterministic = false, queuesSteps = false }: RuntimeOptions) => ({
  'execution.threads': session.threads,
  'execution.interOpThreads': session.interOpThreads,
  'recipe.compile': session.compile,
  // These options have no effect on a CPU.
  ...(nativeBackend().isUsingGpuDevice
    ? {
        'execution.gpuMemory': session.gpuMemory,
        'recipe.deterministic': deterministic,
        'execution.readLossEvery': queuesSteps,
      }
    : {}),
});

function requireSameOptions(options: RuntimeOptions): void {
  const before = Object.entries(fixedOptions(loadedWith));
  const now = Object.entries(fixedOptions(options));
  const changed = now.find(([, value], i) => JSON.stringify(value) !== JSON.stringify(before[i]?.[1]));
  if (changed)
    throw new UserError(
      `TensorFlow was loaded in this process with a different ${changed[0]}: start this run in a new process`,
      ExitCode.unavailable,
    );
}

/** The messages that TensorFlow printed while it was loaded, for the debug log. Empty before it is loaded. */
export const tensorFlowMessages = (): readonly string[] => messages;

/** Loads TensorFlow and captures its messages, for the log of a run. */
export const tensorFlowLibrary = (options: RuntimeOptions) => ({
  load: (verbose: boolean): readonly string[] => {
    loadTensorFlow({ ...options, verbose });
    return messages;
  },
  listen: withStandardErrorCaptured,
});

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
  // tfjs finds its addon with node-pre-gyp, which reads the arguments of this process and would take `--dir` as its own option.
  const { argv } = process;
  process.argv = argv.slice(0, 2);
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as TensorFlow;
  } catch (error) {
    const fullGpuError = explainFullGpu(process.env['DOUBLETIME_CONTEXT_ERROR'] ?? '');
    if (fullGpuError) throw fullGpuError;
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
 * Replaces functions of Node's util that tfjs 4.22.0 calls (tensorflow/tfjs issue 8609): Node 22 prints deprecation warnings for
 * them, and Node 23 does not have isNullOrUndefined.
 */
function replaceOldUtilities(): void {
  const utilities = util as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  utilities['isArray'] = Array.isArray;
}
