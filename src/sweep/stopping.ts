/** How a person or a machine ends a sweep: the first signal lets runs checkpoint, the second ends them at once. */
export interface Stopping {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** Which signal came first, undefined while none did. */
  readonly by: () => NodeJS.Signals | undefined;
  /** Gives the signals back to Node. */
  release(): void;
}

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'];

/** Listens for the signals that end a sweep. @param told called at each of them, to tell the person what happens now. */
export function listenForSignals(told: (signal: NodeJS.Signals, again: boolean) => void): Stopping {
  const stop = new AbortController();
  const kill = new AbortController();
  let by: NodeJS.Signals | undefined;
  const heard = (signal: NodeJS.Signals): void => {
    const again = by !== undefined;
    by ??= signal;
    told(signal, again);
    if (again) kill.abort();
    stop.abort();
  };
  for (const signal of signals) process.on(signal, heard);
  return {
    stop: stop.signal,
    kill: kill.signal,
    by: () => by,
    release: () => {
      for (const signal of signals) process.off(signal, heard);
    },
  };
}
