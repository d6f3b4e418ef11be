const signals = ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const;

/** Records the first signal that asks the run to stop. The training loop reads it between two steps. Later signals are ignored. */
export class StopRequest {
  #signal: (typeof signals)[number] | undefined;
  #wake: (() => void) | undefined;
  readonly #record = (signal: NodeJS.Signals): void => {
    this.#signal ??= signals.find((candidate) => candidate === signal);
    this.#wake?.();
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#record);
  }

  get signal(): string | undefined {
    return this.#signal;
  }

  /** Resolves to the result of `work`, or to undefined as soon as a signal arrives. Only one call may be pending. */
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
