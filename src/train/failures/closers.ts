type Close = () => void | Promise<void>;

/** What a run has open, to be closed in the opposite order. */
export class Closers {
  readonly #closers: Close[] = [];

  add(close: Close): void {
    this.#closers.push(close);
  }

  /** Closes everything, each once, also where some of it fails. @throws one of the errors. */
  async closeAll(): Promise<void> {
    const close = this.#closers.pop();
    if (close === undefined) return;
    try {
      await close();
    } finally {
      await this.closeAll();
    }
  }
}

/** What is done after a failure: the error that came first is the one that matters. */
export async function evenIfItFails(work: Close): Promise<void> {
  try {
    await work();
  } catch {
    return;
  }
}
