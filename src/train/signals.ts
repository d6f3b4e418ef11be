const signals = ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const;

/** Whether the process was asked to stop; handlers only take note, the loop stops between two steps. */
export class StopRequest {
  #signal: (typeof signals)[number] | undefined;
  readonly #note = (signal: NodeJS.Signals): void => {
    this.#signal ??= signals.find((one) => one === signal);
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#note);
  }

  get signal(): string | undefined {
    return this.#signal;
  }

  release(): void {
    for (const signal of signals) process.off(signal, this.#note);
  }
}
