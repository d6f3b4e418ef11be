type Close = () => void | Promise<void>;

/** The open resources of a run, closed in reverse order. */
export class CleanupStack {
  readonly #cleanup: Close[] = [];

  add(close: Close): void {
    this.#cleanup.push(close);
  }

  /** Closes every resource once, even if closing another fails. @throws one of the errors. */
  async closeAll(): Promise<void> {
    const close = this.#cleanup.pop();
    if (close === undefined) return;
    try {
      await close();
    } finally {
      await this.closeAll();
    }
  }
}

/** Runs clean-up after a failure and ignores its errors, so that the first error is reported. */
export async function ignoreErrors(work: Close): Promise<void> {
  try {
    await work();
  } catch {
    return;
  }
}
