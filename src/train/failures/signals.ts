const signals = ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const;

/** Whether the process was asked to stop; handlers only take note, the loop stops between two steps. A second signal changes nothing. */
export class StopRequest {
  #signal: (typeof signals)[number] | undefined;
  #wake: (() => void) | undefined;
  readonly #note = (signal: NodeJS.Signals): void => {
    this.#signal ??= signals.find((one) => one === signal);
    this.#wake?.();
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#note);
  }

  get signal(): string | undefined {
    return this.#signal;
  }

  /** What `work` gives, or undefined as soon as a signal has come: its result is of no use then. One at a time. */
  async unlessStopped<Result>(work: Promise<Result>): Promise<Result | undefined> {
    try {
      return await new Promise<Result | undefined>((resolve, reject) => {
        work.then(resolve, reject);
        this.#wake = () => {
          resolve(undefined);
        };
        if (this.#signal !== undefined) this.#wake();
      });
    } finally {
      this.#wake = undefined;
    }
  }

  release(): void {
    for (const signal of signals) process.off(signal, this.#note);
  }
}
