import { totalmem } from 'node:os';
import { ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import type { ProcessIdentity } from '../../base/process-identity.ts';
import { peakMemoryBytes } from '../accounting/memory.ts';

/**
 * How the several allocators say it: TensorFlow's kernels (`OOM when allocating tensor`), the C++ library, oneDNN (status 1
 * is dnnl_out_of_memory), CUDA's libraries, JavaScript's buffers and threads, the system.
 */
const OUT_OF_MEMORY =
  /\bOOM\b|out of memory|ResourceExhausted|RESOURCE_EXHAUSTED|bad_alloc|allocat\w* .*fail|fail\w* .*allocat|Status: 1, message: could not|CUDNN_STATUS_ALLOC_FAILED|Array buffer allocation|ENOMEM|Cannot allocate memory/i;

interface BatchSize {
  readonly batch: number;
  readonly gradientAccumulation: number;
}

/** The next smaller divisor at which a batch may fit, as the number of parts it is computed in. */
function morePartsThan(parts: number, batch: number): number | undefined {
  for (let more = parts + 1; more <= batch; more++) if (batch % more === 0 && more >= 2 * parts) return more;
  return undefined;
}

/** What a step keeps in memory grows with the examples it computes at once: half of them is the first thing to try. */
function smallerBatch({ batch, gradientAccumulation: parts }: BatchSize): string {
  const more = morePartsThan(parts, batch);
  if (more === undefined) return 'choose a smaller network or smaller images';
  return (
    `try --set recipe.gradientAccumulation=${more} (${batch / more} examples at once, the same batch of ${batch}` +
    ` per update), or --set recipe.batch=${Math.max(1, Math.floor(batch / 2))}; either makes another run, with a --dir of its own`
  );
}

/** The memory this process may take: the machine's, or its container's where that is less. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** What the run was at when the memory ran out. */
interface Moment extends BatchSize {
  /** As in progress.json. */
  readonly state: string;
  /** Steps that were finished. */
  readonly step: number;
}

/** Where the memory ran out, says when, and which batch to try; any other error stays as it is. */
export function explainOutOfMemory(error: unknown, moment: Moment): unknown {
  const message = messageOf(error);
  if (error instanceof UserError || !OUT_OF_MEMORY.test(message)) return error;
  const { state, step, batch, gradientAccumulation: parts } = moment;
  const held = message.includes('device:GPU')
    ? "the GPU's memory"
    : `this process held ${formatBytes(peakMemoryBytes())} at most, of the machine's ${formatBytes(memoryLimit())}`;
  return new UserError(
    `out of memory while ${state} with ${batch / parts} examples at once, after step ${step} (${held}): ` +
      `${smallerBatch(moment)}. This folder stays as it is, and goes on where there is more memory [${message.slice(0, 200)}]`,
    ExitCode.unavailable,
    { cause: error },
  );
}

/** A note on a process that left the run locked: nothing in it could still say why it died. */
export const describeCrash = ({ pid, host, since }: ProcessIdentity, step: number, size: BatchSize): string =>
  `process ${pid} on ${host}, at work here since ${since}, ended without a word after step ${step}: it was killed (by the` +
  ' kernel too, when memory runs out: see dmesg), or the native library died, as it may when memory runs out. Should it' +
  ` happen again: ${smallerBatch(size)}`;
