import { ExitCode, UserError } from '../../base/errors.ts';

/** A loss or a weight is NaN or infinite. The run ends with status `diverged` and exit code 70. */
export class Diverged extends Error {
  /** Which value is not finite: a training loss, a validation loss, or weights (checked at evaluations and checkpoints). */
  readonly source: 'training' | 'validation' | 'weights';
  /** For a training loss, the number of its step, from 0; otherwise the number of finished steps. */
  readonly step: number;

  constructor(loss: number, source: 'training' | 'validation' | 'weights', step: number) {
    super(
      source === 'weights'
        ? `weights are NaN or infinite${Number.isFinite(loss) ? `, although the validation loss is ${loss}` : ''}`
        : `the ${source} loss is ${loss}`,
    );
    this.name = 'Diverged';
    this.source = source;
    this.step = step;
  }
}

/** A signal stopped the run, and all its work is in a checkpoint. Exit code 75. */
export class Stopped extends UserError {
  /** `step`: the number of finished steps; undefined if the run was stopped before its checkpoint was read. */
  constructor(signal: string, step: number | undefined, folder: string) {
    const where =
      step === undefined ? 'before the first step of this process' : `after step ${step}, checkpoint written`;
    super(`stopped by ${signal} ${where}: run the same command again to resume (${folder})`, ExitCode.tryAgain);
    this.name = 'Stopped';
  }
}
