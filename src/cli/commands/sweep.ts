import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ExitCode } from '../../base/errors.ts';
import { formatCount } from '../../base/text/format.ts';
import { shellQuote } from '../../base/text/shell.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import type { Submission } from '../../sweep/executors/executor.ts';
import { checkRunWorkers } from '../options/check-numbers.ts';
import type { Command } from '../command.ts';
import { pathArgument } from '../options/path-argument.ts';
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
  describe: 'train all runs of a sweep; run the same command again to resume it',
  examples: [
    ['sweep quickstart', 'a shipped sweep, in runs/quickstart'],
    ['sweep my-sweep.yaml --dir runs/mine --workers 4', 'your own sweep, four runs at a time'],
  ],
  needsSetUp: sweepNeedsCifar10,
  builder: async (cli) => {
    const { defaultExecutor, executors } = await import('../../sweep/executors/index.ts');
    return cli
      .positional('file', {
        ...pathArgument,
        demandOption: true,
        describe: "the sweep's YAML file, or the name of a shipped config",
      })
      .option('dir', { ...pathArgument, describe: "the sweep's folder; default: runs/NAME" })
      .option('results', {
        ...pathArgument,
        describe: "folder for the measurements; default: results in the sweep's folder",
      })
      .option('workers', {
        type: 'number',
        describe: 'number of runs at the same time; default: one per GPU, or one without GPUs',
      })
      .option('executor', {
        choices: Object.keys(executors),
        default: defaultExecutor,
        describe: 'what carries out the runs: this machine or a cluster',
      });
  },
  handler: async ({ file: pathOrName, workers, executor: name, ...options }) => {
    checkRunWorkers(workers);
    const { findConfig } = await import('../../config/shipped.ts');
    const file = findConfig(pathOrName, 'sweeps');
    const { expandSweep } = await import('../../sweep/planning/expand.ts');
    const { openYaml } = await import('../../config/yaml/yaml.ts');
    const { executors } = await import('../../sweep/executors/index.ts');
    const { catalogue } = await import('../sweep/catalogue.ts');
    const { plan, drafts } = expandSweep(openYaml(file), { catalogue });
    if (drafts.some(({ tune }) => tune !== undefined))
      process.stderr.write(
        'note: "tune" is for doubletime search; this sweep trains each network with the values of its recipe\n',
      );
    const dir = options.dir ?? join('runs', plan.name);
    const store = options.results ?? sweepPaths(dir).results;
    const { doubletimeCommand, trainRunCommand } = await import('../sweep/command.ts');
    const { machineResources } = await import('../sweep/resources.ts');
    // Ctrl-C also ends the process that compiles TypeScript. So the modules that are needed after it are loaded now.
    const { summaryText } = await import('../sweep/summary.ts');
    const executor = executors[name]!;
    const request = {
      ...{ dir, plan, store, workers },
      train: trainRunCommand,
      runOne: doubletimeCommand('sweep-run', resolve(dir), plan.name, resolve(store)),
      resources: machineResources,
      out: process.stdout,
    };
    executor.check?.(request);
    const { isSaved, requireWritable, savePlan } = await import('../../sweep/folder.ts');
    if (!isSaved(dir, plan)) {
      const { checkLevels } = await import('../options/levels.ts');
      checkLevels(plan.runs.map(({ config }) => config));
      const { checkLengths } = await import('../options/lengths.ts');
      checkLengths(plan.runs);
      await checkImageSizes(file);
    }
    savePlan(dir, plan);
    // Fails now instead of after the first run has trained for days.
    requireWritable(store);
    const submission = await executor.submit(request);
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    if (submission.kind === 'queued') reportSubmission(submission, dir);
    else {
      process.stdout.write(summaryText(submission.states, store, width));
      reportUnfinished(submission);
    }
  },
};

/**
 * Exits with code 78 if the images are too small for a network. A separate process does the check because it loads
 * TensorFlow. If TensorFlow cannot be loaded (a cluster's login node), the check is left to the runs.
 */
async function checkImageSizes(file: string): Promise<void> {
  const { doubletimeCommand } = await import('../sweep/command.ts');
  const check = doubletimeCommand('sweep-check', file);
  const { status, stderr } = spawnSync(check.file, check.args, { encoding: 'utf8' });
  if (status !== ExitCode.config) return;
  process.stderr.write(stderr);
  process.exit(status);
}

function reportSubmission(
  { submitted, queued, done, failed, file }: Submission & { kind: 'queued' },
  dir: string,
): void {
  const folder = shellQuote(dir);
  for (const [run, job] of submitted) process.stdout.write(`${job}  ${run}\n`);
  for (const [run, why] of failed) process.stdout.write(`${run} failed: ${why}\n`);
  process.stdout.write(
    `${formatCount(submitted.size, 'run')} submitted with ${file}, ${queued} already queued, ${done} done` +
      `${failed.size > 0 ? `, ${failed.size} failed` : ''}\n` +
      `show their state: doubletime status ${folder}\n` +
      `stop them: doubletime cancel ${folder}\n`,
  );
  if (failed.size > 0) process.exitCode = ExitCode.failed;
}

function reportUnfinished({ states, stoppedBy }: Submission & { kind: 'ended' }): void {
  const unfinished = states.filter(({ phase }) => phase !== 'done').length;
  if (unfinished === 0) return;
  if (stoppedBy !== undefined) {
    process.stdout.write(
      `stopped by ${stoppedBy}: run the same command again to resume ${formatCount(unfinished, 'unfinished run')}\n`,
    );
    process.exitCode = ExitCode.tryAgain;
  } else {
    process.stdout.write(
      `${unfinished} of ${formatCount(states.length, 'run')} without a result: run the same command again to retry\n`,
    );
    process.exitCode = ExitCode.failed;
  }
}
