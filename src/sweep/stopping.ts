/** How a user or a scheduler ends a sweep: the first signal lets runs checkpoint, the second ends them at once. */
export interface Stopping {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** Which signal came first, undefined while none did. */
  readonly received: () => NodeJS.Signals | undefined;
  /** Gives the signals back to Node. */
  release(): void;
}

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'];

/** Listens for the signals that end a sweep. @param onSignal called at each of them, to say what happens now. */
export function listenForSignals(onSignal: (signal: NodeJS.Signals, again: boolean) => void): Stopping {
  const stop = new AbortController();
  const kill = new AbortController();
  let received: NodeJS.Signals | undefined;
  const handle = (signal: NodeJS.Signals): void => {
    const again = received !== undefined;
    received ??= signal;
    onSignal(signal, again);
    if (again) kill.abort();
    stop.abort();
  };
  for (const signal of signals) process.on(signal, handle);
  return {
    stop: stop.signal,
    kill: kill.signal,
    received: () => received,
    release: () => {
      for (const signal of signals) process.off(signal, handle);
    },
  };
}
