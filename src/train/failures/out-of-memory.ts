import { totalmem } from 'node:os';
import { ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { formatBytes, formatCount } from '../../base/text/format.ts';
import type { ProcessIdentity } from '../../base/system/process-identity.ts';
import { peakMemoryBytes } from '../accounting/memory.ts';

/**
 * Messages of the allocators: TensorFlow's kernels (`OOM when allocating tensor`), the C++ library, oneDNN (status 1 is
 * dnnl_out_of_memory), CUDA's libraries, JavaScript's buffers and threads, and the operating system.
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

/** Suggests a way to halve the number of images at once, because the memory of a step grows with it. */
function suggestSmallerBatch({ batch, gradientAccumulation: parts }: BatchSize): string {
  const more = nextPartCount(parts, batch);
  if (more === undefined) return 'choose a smaller network or smaller images';
  return (
    `try --set recipe.gradientAccumulation=${more} (${formatCount(batch / more, 'image')} at once, the same batch of ${batch}` +
    ` per update), or --set recipe.batch=${Math.max(1, Math.floor(batch / 2))}; both are new runs, which need another --dir`
  );
}

/** The memory limit of this process in bytes: the machine's memory, or the container's limit if it is lower. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** The state of the run when it ran out of memory. */
interface FailureContext extends BatchSize {
  /** The state in progress.json. */
  readonly state: string;
  /** Number of finished steps. */
  readonly step: number;
}

/** Converts an out-of-memory error to one that suggests a smaller batch. Returns any other error unchanged. */
export function explainOutOfMemory(error: unknown, context: FailureContext): unknown {
  const message = messageOf(error);
  if (error instanceof UserError || !OUT_OF_MEMORY.test(message)) return error;
  const { state, step, batch, gradientAccumulation: parts } = context;
  const usage = message.includes('device:GPU')
    ? "the GPU's memory"
    : `this process used up to ${formatBytes(peakMemoryBytes())} of ${formatBytes(memoryLimit())}`;
  return new UserError(
    `out of memory while ${state} with ${formatCount(batch / parts, 'image')} at once, after step ${step} (${usage}): ` +
      `${suggestSmallerBatch(context)}. The checkpoints are unchanged: with more memory, the same command resumes this run ` +
      `[${message.slice(0, 200)}]`,
    ExitCode.unavailable,
    { cause: error },
  );
}

/** A message about an earlier process that left the run's lock behind: it crashed and could not report why. */
export const describeCrash = ({ pid, host, since }: ProcessIdentity, step: number, size: BatchSize): string =>
  `process ${pid} on ${host}, which ran here since ${since}, ended without an error message after step ${step}: it was killed` +
  ' (perhaps by the kernel because memory ran out: see dmesg), or the native library crashed (perhaps for the same reason).' +
  ` If it happens again: ${suggestSmallerBatch(size)}`;
