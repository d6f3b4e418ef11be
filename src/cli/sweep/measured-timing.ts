import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync } from 'node:fs';
import { ExitCode, UserError } from '../../base/errors.ts';
import { closingMessage } from '../../base/text/closing-message.ts';
import { median } from '../../base/numbers/median.ts';
import type { RunConfig } from '../../config/run.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';
import { slotsFor, type Slot } from '../../sweep/slots.ts';
import { countKey, type DataSize, type RunTiming } from '../../sweep/planning/estimate.ts';
import { doubletimeCommand } from './command.ts';
import { machineResources } from './resources.ts';
import type { TimingRequest } from './time-run.ts';

/** A process that times one run. `ready` resolves after its warm-up, `finish` resolves to its times. */
class TimingProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  /** How the process ended; resolves when it has ended and its whole output was read. */
  readonly #ended: Promise<string>;
  #errors = '';

  constructor(request: TimingRequest, { env }: Slot) {
    const { file, args } = doubletimeCommand('time-run');
    this.#child = spawn(file, [...args], { env: { ...process.env, ...env } });
    this.#child.stderr.on('data', (text) => (this.#errors += String(text)));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        resolve(signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`);
      });
    });
    // Writing to a process that has ended fails. The error of that process is reported instead.
    this.#child.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** @throws UserError exit code 69 with the process's last message if it has ended. */
  async #nextLine(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done !== true) return next.value;
    const how = await this.#ended;
    const message = closingMessage(this.#errors).replace(/^doubletime: /, '');
    throw new UserError(message === '' ? `the timing process ${how} and no message` : message, ExitCode.unavailable);
  }

  async ready(): Promise<void> {
    while ((await this.#nextLine()) !== 'ready');
  }

  async finish(): Promise<RunTiming> {
    this.#child.stdin.write('go\n');
    return JSON.parse(await this.#nextLine()) as RunTiming;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const medianTime = (timings: readonly RunTiming[], key: keyof RunTiming): number =>
  median(timings.map((timing) => timing[key]))!;

/** Times a run in one process per slot, all at the same time, because the runs of a sweep share the machine too. */
async function timeInSlots(request: TimingRequest, slots: readonly Slot[]): Promise<RunTiming> {
  const processes = slots.map((slot) => new TimingProcess(request, slot));
  try {
    await Promise.all(processes.map((child) => child.ready()));
    const timings = await Promise.all(processes.map((child) => child.finish()));
    return {
      startSeconds: medianTime(timings, 'startSeconds'),
      stepSeconds: medianTime(timings, 'stepSeconds'),
      evaluationSecondsPerExample: medianTime(timings, 'evaluationSecondsPerExample'),
    };
  } finally {
    for (const child of processes) child.kill();
  }
}

const hasImages = ({ source, path = '' }: RunConfig['data']): boolean =>
  source === 'synthetic' || source === 'cifar10' || source === 'cifar100' || existsSync(path);

/**
 * Times a few training steps and evaluations of each network of a plan on this machine. Runs that differ only in their seed,
 * epochs or schedule are timed once.
 * @param workers number of runs at the same time; default: one per GPU, or one without GPUs.
 * @param printStatus called with one line before each network.
 * @throws UserError exit code 69 with the run's name and its message if a run cannot be started.
 */
export async function measureTimings(
  plan: SweepPlan,
  size: (data: RunConfig['data']) => DataSize,
  workers: number | undefined,
  printStatus: (line: string) => void,
): Promise<{ timing: (config: RunConfig) => RunTiming | undefined; workers: number }> {
  const slots = slotsFor(machineResources(), workers);
  const timingKey = (config: RunConfig): string =>
    JSON.stringify([countKey(config, size(config.data)), config.data, config.recipe.augmentation]);
  const groups = new Map(plan.runs.map((run) => [timingKey(run.config), run] as const));
  const timings = new Map<string, RunTiming>();
  for (const [key, { name, config }] of groups) {
    const note = hasImages(config.data) ? '' : ', with random images because its dataset is not on this machine';
    printStatus(`timing ${name} (${timings.size + 1} of ${groups.size})${note}`);
    const request = { config: { ...config, level: null }, size: size(config.data), hasImages: hasImages(config.data) };
    try {
      timings.set(key, await timeInSlots(request, slots));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${name} cannot be timed: ${error.message}`, error.exitCode, { cause: error });
    }
  }
  return { timing: (config) => timings.get(timingKey(config)), workers: slots.length };
}
