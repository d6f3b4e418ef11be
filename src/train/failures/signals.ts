const signals = ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const;

/** Records the first stop signal. The training loop reads it between two steps; further signals change nothing. */
export class StopRequest {
  #signal: (typeof signals)[number] | undefined;
  #wake: (() => void) | undefined;
  readonly #record = (signal: NodeJS.Signals): void => {
    this.#signal ??= signals.find((one) => one === signal);
    this.#wake?.();
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#record);
  }

  get signal(): string | undefined {
    return this.#signal;
  }

  /** The result of `work`, or undefined as soon as a signal arrives. Only one call may be pending. */
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
    for (const signal of signals) process.off(signal, this.#record);
  }
}
