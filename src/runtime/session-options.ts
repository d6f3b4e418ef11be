import type { GpuMemory } from '../base/gpu-memory.ts';

/** The passes of grappler that can be switched on or off, with their field numbers in RewriterConfig (rewriter_config.proto). */
export const graphPasses = {
  layout: 1,
  constantFolding: 3,
  arithmetic: 7,
  dependency: 8,
  loop: 9,
  function: 10,
  shape: 13,
  remapping: 14,
  commonSubgraph: 24,
} as const;
export type GraphPass = keyof typeof graphPasses;

/** Options of TensorFlow's sessions. Without any of them, TensorFlow's defaults apply. */
export interface SessionOptions {
  /** Threads within an op. */
  readonly threads?: number | undefined;
  /** Ops that may run at the same time. */
  readonly interOpThreads?: number | undefined;
  /** The maximum GPU memory of the process. TensorFlow allocates it when needed. */
  readonly gpuMemory?: GpuMemory | undefined;
  /** Passes of grappler to switch on or off; a missing pass keeps TensorFlow's default. */
  readonly graphPasses?: { readonly [Name in GraphPass]?: boolean | undefined } | undefined;
  /** Whether XLA compiles clusters of ops. */
  readonly compile?: 'xla' | undefined;
}

/** Wire types of Protocol Buffers (protobuf.dev, "Encoding"). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const tag = (field: number, type: number): Buffer => varint(field * 8 + type);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const integer = (field: number, value: number): Buffer => Buffer.concat([tag(field, VARINT), varint(value)]);

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, FIXED32), bytes]);
}

/** Encodes a message in a field; no bytes for an empty message. */
function message(field: number, parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(parts);
  return bytes.length === 0 ? bytes : Buffer.concat([tag(field, BYTES), varint(bytes.length), bytes]);
}

/** Encodes GPUOptions. A limit in bytes becomes a virtual device, whose memory TensorFlow expects in MiB. */
function gpuOptions(memory: GpuMemory | undefined): Buffer[] {
  if (memory === undefined) return [];
  const allowGrowth = integer(4, 1);
  if (memory === 'grow') return [allowGrowth];
  if ('share' in memory) return [double(1, memory.share), allowGrowth];
  const virtualDevice = message(1, [float(1, memory.bytes / 2 ** 20)]);
  return [allowGrowth, message(9, [virtualDevice])];
}

/** Values of RewriterConfig.Toggle. */
const [ON, OFF] = [1, 2];

const rewriterOptions = (passes: SessionOptions['graphPasses'] = {}): Buffer[] =>
  Object.entries(passes).flatMap(([name, on]) =>
    on === undefined ? [] : [integer(graphPasses[name as GraphPass], on ? ON : OFF)],
  );

/** Encodes OptimizerOptions: for XLA, global_jit_level is ON_2, and clusters are also compiled on a CPU. */
const optimizerOptions = (compile: SessionOptions['compile']): Buffer[] =>
  compile === undefined ? [] : [integer(5, 2), integer(7, 1)];

/**
 * Encodes options as a ConfigProto (tensorflow/core/protobuf/config.proto). Without options it has no bytes, and TensorFlow's
 * defaults apply.
 */
export function encodeSessionConfig(options: SessionOptions): Uint8Array {
  const { threads, interOpThreads, gpuMemory, compile } = options;
  const graphOptions = [message(3, optimizerOptions(compile)), message(10, rewriterOptions(options.graphPasses))];
  return Buffer.concat([
    ...(threads === undefined ? [] : [integer(2, threads)]),
    ...(interOpThreads === undefined ? [] : [integer(5, interOpThreads)]),
    message(6, gpuOptions(gpuMemory)),
    message(10, graphOptions),
  ]);
}
