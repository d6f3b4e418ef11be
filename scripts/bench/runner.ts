import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ExitCode, UserError } from '../../src/base/errors.ts';

/** A process that measures on request. It prints "ready NOTE", and then one number for each line that it receives. */
export interface Runner {
  readonly name: string;
  readonly note: string;
  /** Seconds from the start of the process until it was ready. */
  readonly secondsToReady: number;
  readonly results: number[];
  readonly ask: (line: string) => Promise<number>;
  readonly end: () => void;
}

/** The error in the output of a program: in Python its last line, in Node the line before the stack. */
const findReason = (errors: string): string =>
  /^\w*(?:Error|Exception)\b.*$/m.exec(errors)?.[0] ?? errors.trim().split('\n').at(-1) ?? 'no error output';

/** Starts a runner and waits until it is ready. @throws UserError exit code 69 with its error if it ends too early. */
export async function startRunner(name: string, command: string, args: readonly string[]): Promise<Runner> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new UserError(`${name} ended: ${findReason(errors)}`, ExitCode.unavailable);
    return line.value;
  };
  const note = (await next()).replace(/^ready ?/, '');
  const secondsToReady = (performance.now() - started) / 1000;
  return {
    name,
    note,
    secondsToReady,
    results: [],
    ask: async (line) => {
      child.stdin.write(`${line}\n`);
      return Number(await next());
    },
    end: () => child.stdin.end(),
  };
}

/** The median; of an even number of values the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
};

/** Values as `median (smallest to largest)`. */
export const spreadText = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;

/** The unit of the numbers, and whether more or less is better. */
export interface Unit {
  readonly name: string;
  readonly better: 'more' | 'less';
  readonly digits: number;
}

export const IMAGES_PER_SECOND: Unit = { name: 'images/s', better: 'more', digits: 0 };

/** The answers of a runner. */
export interface Result {
  readonly name: string;
  /** Versions or sizes, as the runner prints them. */
  readonly note: string;
  readonly unit: string;
  readonly median: number;
  /** How much better the first runner is; 2 means twice as fast. */
  readonly firstIs: number;
  /** Every round's answer. */
  readonly rounds: readonly number[];
}

/**
 * Measures with all runners in turn, round after round. Prints and returns the median and spread of each, and how much better
 * the first runner is. A runner may get more work than the others, so that its rounds take the same time.
 */
export async function alternate(
  runners: readonly Runner[],
  line: string | ((runner: Runner) => string),
  rounds: number,
  { name: unit, better, digits }: Unit = IMAGES_PER_SECOND,
): Promise<Result[]> {
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      runner.results.push(await runner.ask(typeof line === 'string' ? line : line(runner)));
    }
  }
  const first = median(runners[0]!.results);
  const answers = runners.map(({ name, note, results: rounds }) => {
    const middle = median(rounds);
    return { name, note, unit, median: middle, firstIs: better === 'more' ? first / middle : middle / first, rounds };
  });
  const format = (value: number): string => value.toFixed(digits);
  for (const { name, note, median: middle, firstIs, rounds } of answers) {
    const [low, high] = [Math.min(...rounds), Math.max(...rounds)];
    console.log(
      `  ${name.padEnd(22)} ${format(middle).padStart(7)} ${unit} (${format(low)} to ${format(high)})  first is ${firstIs.toFixed(2)}x  ${note}`,
    );
  }
  for (const runner of runners) runner.end();
  return answers;
}
