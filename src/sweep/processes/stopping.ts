/** Stops a sweep on signals of a user or a scheduler. At the first signal runs write checkpoints; the second stops them at once. */
export interface Stopping {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** The first signal that arrived; undefined if none has. */
  readonly received: () => NodeJS.Signals | undefined;
  /** Removes the signal handlers. */
  release(): void;
}

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'];

/** Listens for the signals that stop a sweep. @param onSignal called for each signal, to report what happens now. */
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
