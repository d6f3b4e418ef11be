import { ExitCode, UserError } from '../../base/errors.ts';

/** A pack that cannot be used: exit code 65. The message is the damage and an ending, which says how to fix it. */
export class InvalidPack extends UserError {
  /** What is wrong with the pack, without the ending: the owner of a pack may know a better one. */
  readonly damage: string;

  constructor(damage: string, ending = '; pack the images again', options?: ErrorOptions) {
    super(`${damage}${ending}`, ExitCode.data, options);
    this.damage = damage;
  }
}
