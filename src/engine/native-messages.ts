import type { Engine } from './engine.ts';

/** The library that an engine computes with, and the messages that it writes to standard error. */
export interface NativeLibrary {
  /** Loads it, verbosely or with errors only; the messages of loading. */
  readonly load: (verbose: boolean) => readonly string[];
  /** Does some work and returns the library's messages during it, which are kept off the terminal. */
  readonly listen: <Result>(work: () => Result) => { result: Result; lines: readonly string[] };
}

/**
 * Creates an engine and passes the library's messages to `log`: those of loading, of creating the engine, and of its first
 * step and evaluation, when kernels are chosen. Later calls have none.
 */
export function withNativeLogging(
  { load, listen }: NativeLibrary,
  createEngine: () => Engine,
  log: (line: string) => void,
): Engine {
  const capture = <Result>(work: () => Result): Result => {
    const { result, lines } = listen(work);
    lines.forEach(log);
    return result;
  };
  load(true).forEach(log);
  const engine = capture(createEngine);
  const known = new Set<string>();
  const captureFirst = <Result>(name: string, work: () => Result): Result => {
    if (known.has(name)) return work();
    known.add(name);
    return capture(work);
  };
  return {
    ...engine,
    step: (feeds) => captureFirst('step', () => engine.step(feeds)),
    evaluate: (feeds, weights) => captureFirst('evaluate', () => engine.evaluate(feeds, weights)),
  };
}
