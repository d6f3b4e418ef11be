import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { ExitCode, UserError } from '../../base/errors.ts';
import type { RunState } from '../../sweep/board.ts';
import type { SweepPlan } from '../../sweep/plan.ts';

interface Options {
  file: string;
  dir: string | undefined;
  results: string | undefined;
  workers: number | undefined;
  executor: 'local' | 'slurm';
}

export const sweepCommand: CommandModule<object, Options> = {
  command: 'sweep <file>',
  describe: 'carry out every run of a sweep; the same command goes on where it was stopped',
  builder: (cli) =>
    cli
      .positional('file', { type: 'string', demandOption: true, describe: 'see configs/sweeps' })
      .option('dir', { type: 'string', describe: 'its folder; default: runs/NAME' })
      .option('results', {
        type: 'string',
        describe: 'store of the measurements; default: results in the folder',
      })
      .option('workers', {
        type: 'number',
        describe: 'runs at once; default: one a GPU, without GPUs one',
      })
      .option('executor', { choices: ['local', 'slurm'] as const, default: 'local' as const }),
  handler: async ({ file, workers, executor, ...options }) => {
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 1024))
      throw new UserError(
        `--workers ${workers}: expected a whole number from 1 to 1024`,
        ExitCode.usage,
      );
    const { readSweep } = await import('../../sweep/expand.ts');
    const { catalogue } = await import('../sweep-catalogue.ts');
    const plan = readSweep(file, catalogue);
    const dir = options.dir ?? join('runs', plan.name);
    const store = options.results ?? join(dir, 'results');
    const { isSaved, requireWritable, savePlan } = await import('../../sweep/folder.ts');
    if (!isSaved(dir, plan)) {
      const { checkLevels } = await import('../levels.ts');
      checkLevels(plan.runs.map(({ config }) => config));
      await requireFit(file);
    }
    savePlan(dir, plan);
    // Told now, and not when the first run has trained for days.
    requireWritable(store);
    if (executor === 'local') await runHere(plan, { dir, store, workers });
    else await submit(plan, dir, store);
  },
};

/**
 * Ends with 78 and the line of a network that its pictures are too small for. Found out in a process of its own, because it
 * takes TensorFlow; where that cannot be loaded (a cluster's login node) the runs will tell.
 */
async function requireFit(file: string): Promise<void> {
  const { doubletime } = await import('../sweep-command.ts');
  const check = doubletime('sweep-check', file);
  const { status, stderr } = spawnSync(check.file, check.args, { encoding: 'utf8' });
  if (status !== ExitCode.config) return;
  process.stderr.write(stderr);
  process.exit(status);
}

interface Place {
  readonly dir: string;
  readonly store: string;
  readonly workers: number | undefined;
}

async function runHere(plan: SweepPlan, { dir, store, workers }: Place): Promise<void> {
  const { Board } = await import('../../sweep/board.ts');
  const { sweepLocally } = await import('../../sweep/local.ts');
  const { listenForSignals } = await import('../../sweep/stopping.ts');
  const { slotsFor } = await import('../../sweep/slots.ts');
  const { createView } = await import('../../sweep/create-view.ts');
  const { describeMachine } = await import('../../runtime/machine.ts');
  const { trainCommand } = await import('../sweep-command.ts');
  // Ctrl-C also ends the process that reads TypeScript: whatever is needed after it is loaded before.
  const { summaryText } = await import('../sweep-summary.ts');
  const { gpus, threads } = describeMachine();
  const board = new Board(plan);
  const view = createView(dir, board.states, process.stdout);
  view.say(`${plan.question} (${plan.runs.length} runs in ${dir})`);
  const stopping = listenForSignals((signal, again) => {
    view.say(again ? `${signal} again: ending at once` : `${signal}: every run writes a checkpoint, then this ends; again to end at once`); // prettier-ignore
  });
  try {
    const { stop, kill } = stopping;
    const context = { dir, plan, store, train: trainCommand, stop, kill };
    await sweepLocally(context, slotsFor({ gpus: gpus.length, threads }, workers), view, board);
  } finally {
    view.end();
    stopping.release();
  }
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  process.stdout.write(summaryText(board.states, store, width));
  finish(board.states, stopping.by());
}

/** Hands the runs to Slurm and returns: `doubletime status` follows them. */
async function submit(plan: SweepPlan, dir: string, store: string): Promise<void> {
  const { submitSweep } = await import('../../sweep/slurm/submit.ts');
  const { doubletime, trainCommand } = await import('../sweep-command.ts');
  const never = new AbortController().signal;
  const [folder, results] = [resolve(dir), resolve(store)];
  const context = {
    dir: folder,
    plan,
    store: results,
    train: trainCommand,
    stop: never,
    kill: never,
  };
  const command = doubletime('sweep-run', folder, plan.name, results);
  const { done, queued, submitted, batchFile } = await submitSweep(context, command);
  for (const [run, job] of submitted) process.stdout.write(`${job}  ${run}\n`);
  process.stdout.write(
    `${submitted.size} runs submitted with ${batchFile}, ${queued} queued before, ${done} done\n` +
      `doubletime status ${dir} follows them, doubletime cancel ${dir} ends them\n`,
  );
}

function finish(states: readonly RunState[], stoppedBy: NodeJS.Signals | undefined): void {
  const left = states.filter(({ phase }) => phase !== 'done');
  if (left.length === 0) return;
  if (stoppedBy !== undefined) {
    process.stdout.write(
      `stopped by ${stoppedBy}; the same command goes on with the ${left.length} runs left\n`,
    );
    process.exitCode = ExitCode.tryAgain;
  } else {
    process.stdout.write(
      `${left.length} of ${states.length} runs have no result; the same command tries them again\n`,
    );
    process.exitCode = ExitCode.failed;
  }
}
