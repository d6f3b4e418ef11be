import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync } from 'node:fs';
import { ExitCode, UserError } from '../base/errors.ts';
import type { RunConfig } from '../config/run.ts';
import type { SweepPlan } from '../results/sweep-plan.ts';
import { slotsFor, type Slot } from '../sweep/slots.ts';
import { countKey, type DataSize, type RunTiming } from '../sweep/planning/estimate.ts';
import { doubletimeCommand } from './sweep-command.ts';
import { machineResources } from './sweep-resources.ts';
import { median, type TimingRequest } from './time-run.ts';

/** A process that times one run; `ready` resolves after its warm-up, `finish` to its times. */
class TimingProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(request: TimingRequest, { env }: Slot) {
    const { file, args } = doubletimeCommand('time-run');
    this.#child = spawn(file, [...args], { env: { ...process.env, ...env } });
    this.#child.stderr.on('data', (text) => (this.#errors += String(text)));
    // A process that has ended cannot read: its own error is reported.
    this.#child.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done !== true) return next.value;
    const why =
      this.#errors
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^doubletime: /, '') ?? '';
    throw new UserError(
      why === '' ? `the timing process ended with ${this.#child.exitCode}` : why,
      ExitCode.unavailable,
    );
  }

  async ready(): Promise<void> {
    while ((await this.#line()) !== 'ready');
  }

  async finish(): Promise<RunTiming> {
    this.#child.stdin.write('go\n');
    return JSON.parse(await this.#line()) as RunTiming;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const medianOf = (timings: readonly RunTiming[], key: keyof RunTiming): number =>
  median(timings.map((one) => one[key]));

/** Times a run in as many processes at once as the sweep has runs at a time: they share the machine. */
async function timeTogether(request: TimingRequest, slots: readonly Slot[]): Promise<RunTiming> {
  const processes = slots.map((slot) => new TimingProcess(request, slot));
  try {
    await Promise.all(processes.map((one) => one.ready()));
    const timings = await Promise.all(processes.map((one) => one.finish()));
    return {
      startSeconds: medianOf(timings, 'startSeconds'),
      stepSeconds: medianOf(timings, 'stepSeconds'),
      evaluationSecondsPerExample: medianOf(timings, 'evaluationSecondsPerExample'),
    };
  } finally {
    for (const one of processes) one.kill();
  }
}

const hasImages = ({ source, path = '' }: RunConfig['data']): boolean =>
  source === 'synthetic' || source === 'cifar10' || source === 'cifar100' || existsSync(path);

/**
 * Times a few training steps and evaluations of each network of a plan on this machine. Runs that differ in their seed, epochs or
 * schedule alone are timed once.
 * @param workers runs at a time; by default one per GPU, or one.
 * @param say called before each network.
 * @throws UserError with the exit code and the words of a run that cannot be started.
 */
export async function measureTimings(
  plan: SweepPlan,
  size: (data: RunConfig['data']) => DataSize,
  workers: number | undefined,
  say: (line: string) => void,
): Promise<{ timing: (config: RunConfig) => RunTiming | undefined; workers: number }> {
  const slots = slotsFor(machineResources(), workers);
  const keyOf = (config: RunConfig): string =>
    JSON.stringify([countKey(config, size(config.data)), config.data, config.recipe.augmentation]);
  const groups = new Map(plan.runs.map((run) => [keyOf(run.config), run] as const));
  const timings = new Map<string, RunTiming>();
  for (const [key, { name, config }] of groups) {
    const images = hasImages(config.data) ? '' : ', with noise: its images are not on this machine';
    say(`timing ${name} (${timings.size + 1} of ${groups.size})${images}`);
    const request = { config: { ...config, level: null }, size: size(config.data), hasImages: hasImages(config.data) };
    try {
      timings.set(key, await timeTogether(request, slots));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${name} cannot be timed: ${error.message}`, error.exitCode, { cause: error });
    }
  }
  return { timing: (config) => timings.get(keyOf(config)), workers: slots.length };
}
