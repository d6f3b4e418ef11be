import { totalmem } from 'node:os';
import { ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import type { ProcessIdentity } from '../../base/process-identity.ts';
import { peakMemoryBytes } from '../accounting/memory.ts';

/**
 * The messages of each allocator: TensorFlow's kernels (`OOM when allocating tensor`), the C++ library, oneDNN (status 1 is
 * dnnl_out_of_memory), CUDA's libraries, JavaScript's buffers and threads, the operating system.
 */
const OUT_OF_MEMORY =
  /\bOOM\b|out of memory|ResourceExhausted|RESOURCE_EXHAUSTED|bad_alloc|allocat\w* .*fail|fail\w* .*allocat|Status: 1, message: could not|CUDNN_STATUS_ALLOC_FAILED|Array buffer allocation|ENOMEM|Cannot allocate memory/i;

interface BatchSize {
  readonly batch: number;
  readonly gradientAccumulation: number;
}

/** The smallest number of equal parts of `batch` that at least doubles `parts`; undefined if there is none. */
function nextPartCount(parts: number, batch: number): number | undefined {
  for (let more = parts + 1; more <= batch; more++) if (batch % more === 0 && more >= 2 * parts) return more;
  return undefined;
}

/** Suggests half the examples at once: the memory of a step grows with them. */
function suggestSmallerBatch({ batch, gradientAccumulation: parts }: BatchSize): string {
  const more = nextPartCount(parts, batch);
  if (more === undefined) return 'choose a smaller network or smaller images';
  return (
    `try --set recipe.gradientAccumulation=${more} (${batch / more} examples at once, the same batch of ${batch}` +
    ` per update), or --set recipe.batch=${Math.max(1, Math.floor(batch / 2))}; either is a new run and needs its own --dir`
  );
}

/** The memory limit of this process: the machine's memory, or its container's limit if that is less. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** What the run was doing when memory ran out. */
interface FailureContext extends BatchSize {
  /** The state in progress.json. */
  readonly state: string;
  /** Number of finished steps. */
  readonly step: number;
}

/** Turns an out-of-memory error into one that suggests a smaller batch; returns any other error unchanged. */
export function explainOutOfMemory(error: unknown, context: FailureContext): unknown {
  const message = messageOf(error);
  if (error instanceof UserError || !OUT_OF_MEMORY.test(message)) return error;
  const { state, step, batch, gradientAccumulation: parts } = context;
  const usage = message.includes('device:GPU')
    ? "the GPU's memory"
    : `this process used up to ${formatBytes(peakMemoryBytes())} of ${formatBytes(memoryLimit())}`;
  return new UserError(
    `out of memory while ${state} with ${batch / parts} examples at once, after step ${step} (${usage}): ` +
      `${suggestSmallerBatch(context)}. This folder is unchanged; with more memory, the same command resumes the run ` +
      `[${message.slice(0, 200)}]`,
    ExitCode.unavailable,
    { cause: error },
  );
}

/** A message about a process that left the run locked: it crashed and could not report why. */
export const describeCrash = ({ pid, host, since }: ProcessIdentity, step: number, size: BatchSize): string =>
  `process ${pid} on ${host}, running here since ${since}, ended without an error message after step ${step}: it was killed` +
  ' (perhaps by the kernel because memory ran out: see dmesg), or the native library crashed (perhaps for the same reason).' +
  ` If it happens again: ${suggestSmallerBatch(size)}`;
