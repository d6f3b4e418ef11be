import { ExitCode, messageOf, UserError } from '../base/errors.ts';

/** A loss that is NaN or infinite. The run ends with status `diverged` and exit code 70. */
export class Diverged extends Error {
  /** Step of the loss, from 0; undefined where an evaluation gave it. */
  readonly step: number | undefined;
  readonly loss: number;

  constructor(loss: number, step?: number) {
    super(`the ${step === undefined ? 'validation' : 'training'} loss is ${loss}`);
    this.name = 'Diverged';
    this.step = step;
    this.loss = loss;
  }
}

/** The run was asked to stop, and everything it has done is in a checkpoint. */
export class Stopped extends UserError {
  constructor(signal: string, step: number, folder: string) {
    super(
      `stopped by ${signal} after step ${step}, checkpoint written: the same command goes on from there (${folder})`,
      ExitCode.tryAgain,
    );
    this.name = 'Stopped';
  }
}

const OUT_OF_MEMORY =
  /\bOOM\b|out of memory|ResourceExhausted|RESOURCE_EXHAUSTED|bad_alloc|allocat\w* .*fail|fail\w* .*allocat|CUDNN_STATUS_ALLOC_FAILED|Array buffer allocation/i;

/** The next smaller divisor at which a batch may fit, as the number of parts it is computed in. */
function morePartsThan(parts: number, batch: number): number | undefined {
  for (let more = parts + 1; more <= batch; more++)
    if (batch % more === 0 && more >= 2 * parts) return more;
  return undefined;
}

/** Where the native library ran out of memory, says which batch to try; any other error stays as it is. */
export function explainMemory(
  error: unknown,
  { batch, gradientAccumulation: parts }: { batch: number; gradientAccumulation: number },
): unknown {
  if (error instanceof UserError || !OUT_OF_MEMORY.test(messageOf(error))) return error;
  const more = morePartsThan(parts, batch);
  const mend =
    more === undefined
      ? 'choose a smaller network or smaller pictures'
      : `try --set recipe.gradientAccumulation=${more} (${batch / more} examples at once, the same batch of ${batch}` +
        ` per update), or --set recipe.batch=${Math.max(1, Math.floor(batch / 2))}`;
  return new UserError(
    `out of memory with ${batch / parts} examples at once: ${mend} [${messageOf(error).slice(0, 200)}]`,
    ExitCode.unavailable,
    { cause: error },
  );
}
