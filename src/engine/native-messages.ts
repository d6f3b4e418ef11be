import type { Engine } from './engine.ts';

/** The native library and the messages that it writes to standard error. */
export interface NativeLibrary {
  /** Loads the library and returns its messages; only errors unless `verbose`. */
  readonly load: (verbose: boolean) => readonly string[];
  /** Runs `work` and returns the library's messages during it, which do not reach the terminal. */
  readonly listen: <Result>(work: () => Result) => { result: Result; lines: readonly string[] };
}

/**
 * Creates an engine that passes the library's messages to `log`: those of loading, of creating the engine, and of the first
 * step and evaluation, in which kernels are chosen. Later calls write none.
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
  const captured = new Set<string>();
  const captureFirst = <Result>(name: string, work: () => Result): Result => {
    if (captured.has(name)) return work();
    captured.add(name);
    return capture(work);
  };
  return {
    ...engine,
    step: (feeds) => captureFirst('step', () => engine.step(feeds)),
    evaluate: (feeds, weights) => captureFirst('evaluate', () => engine.evaluate(feeds, weights)),
  };
}
