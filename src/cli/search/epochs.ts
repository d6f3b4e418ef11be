import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configError, ExitCode, UserError } from '../../base/errors.ts';
import { hashOfJson } from '../../base/json.ts';
import { packageFile } from '../../base/files/home.ts';
import { describeHolder, readLockHolder } from '../../base/files/lock.ts';
import { type Cell, formatTable } from '../../base/text/table.ts';
import { formatCount, formatFlops, formatMetric, formatNumber, formatPercent } from '../../base/text/format.ts';
import { loadRun } from '../../config/load.ts';
import { checkOwnLevel } from '../../config/level.ts';
import { shortestReach } from '../../config/reach.ts';
import { findConfig } from '../../config/shipped.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../../results/measurement.ts';
import { readMeasurement } from '../../results/read.ts';
import { runPaths } from '../../results/run-folder.ts';
import { explainExit } from '../../sweep/processes/exit-text.ts';
import { withNetworkOfRun } from '../../engine/network/network-file.ts';
import { checkLevels } from '../options/levels.ts';
import { checkLengths, findTrainExamples } from '../options/lengths.ts';
import { searchEpochs, type SearchPlan, type SearchResult, type Trial } from '../../train/search.ts';
import { requireSameSearch, type SearchIdentity, writeSearch } from './own-files.ts';
import { searchFile } from './searched-file.ts';

export interface EpochSearch {
  run: string;
  over: 'epochs';
  dir: string;
  set: string[];
  shortest: number;
  precision: number;
}

const program = packageFile('src/cli/doubletime.mjs');
const signals = ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const;
const POLL_MS = 200;

interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs trials one after another, each as `doubletime train` in a separate process. */
class TrialRunner {
  readonly #args: EpochSearch;
  #stopped = false;

  constructor(args: EpochSearch) {
    this.#args = args;
  }

  /**
   * Starts or resumes the trial with this number of epochs, and resolves to its measurement.
   * @throws UserError exit code 75 after a signal, otherwise the exit code of the trial, or 1 if it was killed.
   */
  async run(epochs: number): Promise<Measurement> {
    const folder = join(this.#args.dir, `epochs-${epochs}`);
    const onSignal = (): void => {
      this.#stopped = true;
    };
    for (const signal of signals) process.on(signal, onSignal);
    try {
      await this.#waitUntilFree(folder);
      const { code, signal } = await this.#train(folder, epochs);
      const { measurement } = runPaths(folder);
      // A diverged trial has a measurement too: it did not reach the level. So has a trial whose output could not be written.
      if (code === ExitCode.ok || code === ExitCode.software || (code === ExitCode.io && existsSync(measurement)))
        return readMeasurement(measurement);
      const outcome = explainExit({ code, signal }, folder);
      const canResume = code === ExitCode.tryAgain || code === null;
      throw new UserError(
        `the trial with ${formatCount(epochs, 'epoch')} ${outcome}${canResume ? ': run the same command again to resume it' : ', see above'}`,
        (code ?? ExitCode.failed) as ExitCode,
      );
    } finally {
      for (const signal of signals) process.off(signal, onSignal);
    }
  }

  /** Waits while a process of an earlier search that was killed still runs the trial. */
  async #waitUntilFree(folder: string): Promise<void> {
    let reported = false;
    for (;;) {
      if (this.#stopped) throw new UserError('stopped: run the same command again to resume', ExitCode.tryAgain);
      const holder = readLockHolder(runPaths(folder).lock);
      if (!holder) return;
      if (!reported) process.stdout.write(`${folder}: waiting for ${describeHolder(holder)}\n`);
      reported = true;
      await sleep(POLL_MS);
    }
  }

  /** Runs `doubletime train` and forwards the signals of this process to it. It then stops with a checkpoint. */
  async #train(folder: string, epochs: number): Promise<ChildExit> {
    const set = [...this.#args.set, `recipe.epochs=${epochs}`, 'stopAt=level'];
    const command = ['train', this.#args.run, '--dir', folder, ...set.flatMap((text) => ['--set', text])];
    const child = spawn(process.execPath, [program, ...command], {
      stdio: 'inherit',
    });
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => {
          resolve({ code, signal });
        });
      });
    } finally {
      for (const signal of signals) process.off(signal, forward);
    }
  }
}

const toCells = ({ epochs, measurement }: Trial): Cell[] => {
  const { crossing, status, curve } = measurement;
  const last = curve.at(-1);
  return [
    String(epochs),
    crossing ? 'reached the level' : status === 'diverged' ? 'diverged' : 'did not reach it',
    (crossing ?? last)?.epochs.toFixed(2) ?? null,
    crossing ? formatPercent(crossing.accuracy) : null,
    crossing ? formatFlops(crossing.flops) : null,
    crossing ? formatNumber(crossing.paperTeraflopSecondDays) : null,
  ];
};

function formatResult({ tries, best }: SearchResult): string {
  const table = formatTable(
    [
      { name: 'epochs of the schedule', align: 'right' },
      { name: 'result' },
      { name: 'after epochs', align: 'right' },
      { name: 'accuracy', align: 'right' },
      { name: 'compute', align: 'right' },
      { name: 'teraflop/s-days (paper)', align: 'right' },
    ],
    tries.map(toCells),
  );
  const crossing = best?.measurement.crossing;
  const answer = crossing
    ? `least compute: ${formatFlops(crossing.flops)} with a schedule of ${formatCount(best.epochs, 'epoch')}`
    : 'not even the longest schedule reached the level';
  return `${table}${answer}\n`;
}

/** What identifies the search of a run: its config without the number of epochs, and without `execution`. */
function identify(config: RunConfig, level: object): SearchIdentity {
  const same = { ...config, execution: null, recipe: { ...config.recipe, epochs: null } };
  const hash = hashOfJson(same).slice(0, 12);
  return { version: 1, network: config.network.name, level, config: hash };
}

/** The content of `search.json`: network, level and search range, every trial, and the trial with the least compute. */
const createSummary = (identity: SearchIdentity, plan: SearchPlan, { tries, best }: SearchResult) => ({
  ...identity,
  ...plan,
  tries: tries.map(({ epochs, measurement: { status, crossing } }) => ({
    epochs,
    folder: `epochs-${epochs}`,
    status,
    crossing,
  })),
  best: best?.epochs ?? null,
});

/**
 * Starts or resumes a search for the schedule with the least compute. Finished trials are not repeated. Writes `search.json`.
 * @throws UserError exit code 78 for a wrong config or a folder of another search, 64 for a wrong option, otherwise as the trials.
 */
export async function searchSchedule(args: EpochSearch): Promise<void> {
  const config = withNetworkOfRun(loadRun(findConfig(args.run, 'runs'), args.set));
  const { level } = config;
  if (level?.value === undefined)
    throw configError(`${args.run}: level.value is missing: a search needs the accuracy to reach, such as 0.9`);
  checkOwnLevel(level);
  checkLevels([config]);
  checkLengths([{ name: config.network.name, config }]);
  const { precision } = args;
  const { epochs: longest, warmupEpochs } = config.recipe;
  if (!(args.shortest > 0 && args.shortest < longest))
    throw new UserError(
      `--shortest is ${args.shortest}, expected a number of epochs above 0 and below ${longest}`,
      ExitCode.usage,
    );
  if (!(precision > 0)) throw new UserError(`--precision is ${precision}, expected a number above 0`, ExitCode.usage);
  const identity = identify(config, level);
  requireSameSearch(searchFile(args.dir), identity);
  const trials = new TrialRunner(args);
  // A run must be longer than its warm-up and reach all stages and other fixed epochs; the recipe check refuses a shorter one.
  const shortest = Math.max(args.shortest, warmupEpochs, shortestReach(config.recipe, findTrainExamples(config.data)));
  const plan = { longest, shortest, precision };
  const result = await searchEpochs(plan, (epochs) => trials.run(epochs));
  writeSearch(searchFile(args.dir), createSummary(identity, plan, result));
  const question = `${config.network.name} to ${formatMetric(level.metric)} ${formatPercent(level.value)}`;
  process.stdout.write(`\n${question}\n${formatResult(result)}`);
}
