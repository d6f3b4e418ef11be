/** A set-up step failed. The message is one line: the problem and how to fix it. */
export class SetupFailure extends Error {
  constructor(what, fix) {
    super(`${what}; ${fix}`);
    this.name = 'SetupFailure';
  }
}
