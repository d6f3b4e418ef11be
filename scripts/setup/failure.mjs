/** A set-up step that cannot go on: one line that says what is missing, and how to mend it. */
export class SetupFailure extends Error {
  constructor(what, mend) {
    super(`${what}; ${mend}`);
    this.name = 'SetupFailure';
  }
}
