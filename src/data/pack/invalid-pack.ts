import { ExitCode, UserError } from '../../base/errors.ts';

/** A pack that cannot be used: exit code 65. The owner of a pack may know a better advice than to pack the images again. */
export class InvalidPack extends UserError {
  /** What is wrong with the pack, without advice. */
  readonly damage: string;

  constructor(damage: string, advice = '; pack the images again', options?: ErrorOptions) {
    super(`${damage}${advice}`, ExitCode.data, options);
    this.damage = damage;
  }
}
