import type { Engine } from './engine.ts';

/** The library that an engine computes with, and what it says on the standard error. */
export interface NativeLibrary {
  /** Loads it, to say everything or only what goes wrong; what it said meanwhile. */
  readonly load: (verbose: boolean) => readonly string[];
  /** Does something and gives what the library said meanwhile, which then is not on the terminal. */
  readonly listen: <Result>(work: () => Result) => { result: Result; lines: readonly string[] };
}

/**
 * Makes an engine and has `tell` write down what the library says while it is loaded, while the engine is made, and in its
 * first step and evaluation, when kernels are chosen; after that it has nothing to say.
 */
export function withNativeLogging(
  { load, listen }: NativeLibrary,
  createEngine: () => Engine,
  tell: (line: string) => void,
): Engine {
  const hear = <Result>(work: () => Result): Result => {
    const { result, lines } = listen(work);
    lines.forEach(tell);
    return result;
  };
  load(true).forEach(tell);
  const engine = hear(createEngine);
  const known = new Set<string>();
  const hearFirst = <Result>(name: string, work: () => Result): Result => {
    if (known.has(name)) return work();
    known.add(name);
    return hear(work);
  };
  return {
    ...engine,
    step: (feeds) => hearFirst('step', () => engine.step(feeds)),
    evaluate: (feeds, weights) => hearFirst('evaluate', () => engine.evaluate(feeds, weights)),
  };
}
