import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configError, ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { packageFile } from '../base/home.ts';
import { describeHolder, holderOf } from '../base/lock.ts';
import { type Cell, formatTable } from '../base/table.ts';
import { formatFlops, formatMetric, formatNumber, formatPercent } from '../base/format.ts';
import { loadRun } from '../config/load.ts';
import { findConfig } from '../config/shipped.ts';
import type { RunConfig } from '../config/run.ts';
import type { Measurement } from '../results/measurement.ts';
import { readMeasurement } from '../results/read.ts';
import { runPaths } from '../results/run-folder.ts';
import { explainExit } from '../sweep/exit-text.ts';
import { withNetworkOfRun } from '../engine/network-file.ts';
import { checkLevels } from './levels.ts';
import { searchEpochs, type SearchPlan, type SearchResult, type Trial } from '../train/search.ts';

export interface SearchArguments {
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

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs the tries, one after another, each as `doubletime train` in a process of its own. */
class Trials {
  readonly #args: SearchArguments;
  #stopped = false;

  constructor(args: SearchArguments) {
    this.#args = args;
  }

  readonly folderOf = (epochs: number): string => join(this.#args.dir, `epochs-${epochs}`);

  /** @throws UserError exit code 75 after a signal, else the try's own code, or 1 where it was killed. */
  async run(epochs: number): Promise<Measurement> {
    const folder = this.folderOf(epochs);
    const note = (): void => {
      this.#stopped = true;
    };
    for (const signal of signals) process.on(signal, note);
    try {
      await this.#untilFree(folder);
      const { code, signal } = await this.#train(folder, epochs);
      // One that diverged has a measurement too: it did not reach the level.
      if (code === ExitCode.ok || code === ExitCode.software) return readMeasurement(runPaths(folder).measurement);
      const how = explainExit({ code, signal }, folder);
      throw new UserError(
        `the try with ${epochs} epochs ${how}${code === ExitCode.tryAgain || code === null ? ': the same command goes on with it' : ', see above'}`,
        (code ?? ExitCode.failed) as ExitCode,
      );
    } finally {
      for (const signal of signals) process.off(signal, note);
    }
  }

  /** A search that was killed leaves its try at work: its result is as good as that of another. */
  async #untilFree(folder: string): Promise<void> {
    let told = false;
    for (;;) {
      if (this.#stopped) throw new UserError('stopped: the same command goes on', ExitCode.tryAgain);
      const holder = holderOf(runPaths(folder).lock);
      if (!holder) return;
      if (!told) process.stdout.write(`${folder}: waiting for ${describeHolder(holder)}\n`);
      told = true;
      await sleep(POLL_MS);
    }
  }

  /** Signals to this process reach the try too, so that it stops with a checkpoint. */
  async #train(folder: string, epochs: number): Promise<Ended> {
    const set = [...this.#args.set, `recipe.epochs=${epochs}`, 'stopAt=level'];
    const given = ['train', this.#args.run, '--dir', folder];
    const child = spawn(process.execPath, [program, ...given, ...set.flatMap((text) => ['--set', text])], {
      stdio: 'inherit',
    });
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of signals) process.on(signal, pass);
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => {
          resolve({ code, signal });
        });
      });
    } finally {
      for (const signal of signals) process.off(signal, pass);
    }
  }
}

const cells = ({ epochs, measurement }: Trial): Cell[] => {
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

function describe({ tries, best }: SearchResult): string {
  const table = formatTable(
    [
      { name: 'epochs of the schedule', align: 'right' },
      { name: 'the try' },
      { name: 'after epochs', align: 'right' },
      { name: 'accuracy', align: 'right' },
      { name: 'compute', align: 'right' },
      { name: 'teraflop/s-days (paper)', align: 'right' },
    ],
    tries.map(cells),
  );
  const crossing = best?.measurement.crossing;
  const answer = crossing
    ? `least compute: ${formatFlops(crossing.flops)} with a schedule of ${best.epochs} epochs`
    : 'not even the longest schedule reached the level';
  return `${table}${answer}\n`;
}

/** What `search.json` keeps: the question, every try, and which one needed the least. */
const summaryOf = (config: RunConfig, plan: SearchPlan, { tries, best }: SearchResult) => ({
  version: 1,
  network: config.network.name,
  level: config.level,
  ...plan,
  tries: tries.map(({ epochs, measurement: { status, crossing } }) => ({
    epochs,
    folder: `epochs-${epochs}`,
    status,
    crossing,
  })),
  best: best?.epochs ?? null,
});

/** Searches, or goes on with a search: tries that are finished give their results at once. */
export async function runSearch(args: SearchArguments): Promise<void> {
  const config = withNetworkOfRun(loadRun(findConfig(args.run, 'runs'), args.set));
  const { level } = config;
  if (level?.value === undefined) throw configError(`${args.run}: a search needs level.value: the accuracy to reach`);
  checkLevels([config]);
  const { precision } = args;
  const { epochs: longest, warmupEpochs } = config.recipe;
  if (!(args.shortest > 0 && args.shortest < longest))
    throw configError(`--shortest ${args.shortest}: expected more than 0 and fewer than ${longest} epochs`);
  if (!(precision > 0)) throw configError(`--precision ${precision}: expected more than 0`);
  const tries = new Trials(args);
  // No schedule is shorter than its warm-up: the recipe would be refused.
  const plan = { longest, shortest: Math.max(args.shortest, warmupEpochs), precision };
  const result = await searchEpochs(plan, (epochs) => tries.run(epochs));
  const summary = `${JSON.stringify(summaryOf(config, plan, result), null, 2)}\n`;
  writeFileAtomic(join(args.dir, 'search.json'), summary);
  const question = `${config.network.name} to ${formatMetric(level.metric)} ${formatPercent(level.value)}`;
  process.stdout.write(`\n${question}\n${describe(result)}`);
}
