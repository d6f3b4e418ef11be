import type { Engine } from './engine.ts';

/** The native library and the messages that it writes to standard error. */
export interface NativeLibrary {
  /** Loads the library and returns its messages: all with `verbose`, otherwise only errors. */
  readonly load: (verbose: boolean) => readonly string[];
  /** Runs `work`, and returns the library's messages during it instead of printing them. */
  readonly listen: <Result>(work: () => Result) => { result: Result; lines: readonly string[] };
}

/**
 * Creates an engine that passes the library's messages to `log`. The library writes messages while it is loaded, while the engine is
 * created, and during the first step and the first evaluation, when it chooses kernels. The first step and evaluation run in
 * JavaScript's thread, so that their messages can be captured.
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
  const { stageStep, startEvaluation } = engine;
  const step: Engine['step'] = (feeds) => captureFirst('step', () => engine.step(feeds));
  const evaluate: Engine['evaluate'] = (feeds, weights) =>
    captureFirst('evaluate', () => engine.evaluate(feeds, weights));
  return {
    ...engine,
    step,
    evaluate,
    ...(stageStep && {
      stageStep: (feeds, readLoss) => {
        if (captured.has('step')) return stageStep(feeds, readLoss);
        const { images, labels, tops, lefts, flips, ...others } = feeds;
        const arrays = { images, labels, tops, lefts, flips };
        const copy = Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));
        return () => Promise.resolve(step({ ...(copy as typeof arrays), ...others }));
      },
    }),
    ...(startEvaluation && {
      startEvaluation: (feeds, weights) =>
        captured.has('evaluate') ? startEvaluation(feeds, weights) : Promise.resolve(evaluate(feeds, weights)),
    }),
  };
}
