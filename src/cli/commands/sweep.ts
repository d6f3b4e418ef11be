import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../base/errors.ts';
import { shellQuote } from '../../base/shell.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import type { Submission } from '../../sweep/executors/executor.ts';
import type { Command } from '../command.ts';
import { sweepNeedsCifar10 } from '../with-set-up.ts';

interface Options {
  file: string;
  dir: string | undefined;
  results: string | undefined;
  workers: number | undefined;
  executor: string;
}

export const sweepCommand: Command<Options> = {
  command: 'sweep <file>',
  describe: 'carry out every run of a sweep; run the same command again to resume it',
  examples: [
    ['sweep quickstart', 'a shipped sweep, in runs/quickstart'],
    ['sweep my-sweep.yaml --dir runs/mine --workers 4', 'a sweep of your own, four runs at a time'],
  ],
  needsSetUp: sweepNeedsCifar10,
  builder: async (cli) => {
    const { defaultExecutor, executors } = await import('../../sweep/executors/index.ts');
    return cli
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: "the sweep's YAML file, or the name of a shipped one",
      })
      .option('dir', { type: 'string', describe: 'its folder; default: runs/NAME' })
      .option('results', {
        type: 'string',
        describe: 'store of the measurements; default: results in the folder',
      })
      .option('workers', {
        type: 'number',
        describe: 'runs at once; default: one per GPU, without GPUs one',
      })
      .option('executor', {
        choices: Object.keys(executors),
        default: defaultExecutor,
        describe: 'what carries out the runs: this machine or a cluster',
      });
  },
  handler: async ({ file: given, workers, executor: name, ...options }) => {
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 1024))
      throw new UserError(`--workers ${workers}: expected a whole number from 1 to 1024`, ExitCode.usage);
    const { findConfig } = await import('../../config/shipped.ts');
    const file = findConfig(given, 'sweeps');
    const { readSweep } = await import('../../sweep/planning/expand.ts');
    const { executors } = await import('../../sweep/executors/index.ts');
    const { catalogue } = await import('../sweep-catalogue.ts');
    const plan = readSweep(file, catalogue);
    const dir = options.dir ?? join('runs', plan.name);
    const store = options.results ?? sweepPaths(dir).results;
    const { doubletime, trainCommand } = await import('../sweep-command.ts');
    const { machineResources } = await import('../sweep-resources.ts');
    // Ctrl-C also ends the process that reads TypeScript: whatever is needed after it is loaded before.
    const { summaryText } = await import('../sweep-summary.ts');
    const executor = executors[name]!;
    const request = {
      ...{ dir, plan, store, workers },
      train: trainCommand,
      runOne: doubletime('sweep-run', resolve(dir), plan.name, resolve(store)),
      resources: machineResources,
      out: process.stdout,
    };
    executor.check?.(request);
    const { isSaved, requireWritable, savePlan } = await import('../../sweep/folder.ts');
    if (!isSaved(dir, plan)) {
      const { checkLevels } = await import('../levels.ts');
      checkLevels(plan.runs.map(({ config }) => config));
      await requireFit(file);
    }
    savePlan(dir, plan);
    // Told now, and not when the first run has trained for days.
    requireWritable(store);
    const submission = await executor.submit(request);
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    if (submission.kind === 'queued') tellSubmitted(submission, dir);
    else {
      process.stdout.write(summaryText(submission.states, store, width));
      finish(submission);
    }
  },
};

/**
 * Ends with 78 and the line of a network that its images are too small for. Found out in a process of its own, because it
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

function tellSubmitted({ submitted, queued, done, file }: Submission & { kind: 'queued' }, dir: string): void {
  const folder = shellQuote(dir);
  for (const [run, job] of submitted) process.stdout.write(`${job}  ${run}\n`);
  process.stdout.write(
    `${submitted.size} runs submitted with ${file}, ${queued} queued before, ${done} done\n` +
      `doubletime status ${folder} follows them, doubletime cancel ${folder} ends them\n`,
  );
}

function finish({ states, stoppedBy }: Submission & { kind: 'ended' }): void {
  const left = states.filter(({ phase }) => phase !== 'done');
  if (left.length === 0) return;
  if (stoppedBy !== undefined) {
    process.stdout.write(`stopped by ${stoppedBy}; the same command resumes the ${left.length} runs left\n`);
    process.exitCode = ExitCode.tryAgain;
  } else {
    process.stdout.write(`${left.length} of ${states.length} runs have no result; the same command retries them\n`);
    process.exitCode = ExitCode.failed;
  }
}
