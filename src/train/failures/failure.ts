import { ExitCode, UserError } from '../../base/errors.ts';

/** A loss, or a weight behind a loss, that is NaN or infinite. The run ends with status `diverged` and exit code 70. */
export class Diverged extends Error {
  readonly of: 'training' | 'validation' | 'weights';
  /** The step that gave a training loss, from 0; else how many were done. */
  readonly step: number;

  constructor(loss: number, of: 'training' | 'validation' | 'weights', step: number) {
    super(
      of === 'weights'
        ? `weights are NaN or infinite, which the validation loss of ${loss} hides`
        : `the ${of} loss is ${loss}`,
    );
    this.name = 'Diverged';
    this.of = of;
    this.step = step;
  }
}

/** The run was asked to stop, and everything it has done is in a checkpoint. */
export class Stopped extends UserError {
  /** `step`: how many are done; undefined where the run had not come so far as to know. */
  constructor(signal: string, step: number | undefined, folder: string) {
    const where =
      step === undefined ? 'before the first step of this process' : `after step ${step}, checkpoint written`;
    super(`stopped by ${signal} ${where}: the same command goes on from there (${folder})`, ExitCode.tryAgain);
    this.name = 'Stopped';
  }
}
