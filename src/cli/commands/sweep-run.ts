import { ExitCode, UserError } from '../../base/errors.ts';
import type { Command } from '../command.ts';
import { printMessage } from '../output.ts';
import { pathArgument } from '../options/path-argument.ts';

interface Options {
  dir: string;
  sweep: string;
  results: string;
  run: string;
}

/** The job of a cluster starts this command for one run. Users call `doubletime sweep`. */
export const sweepRunCommand: Command<Options> = {
  command: 'sweep-run <dir> <sweep> <results> <run>',
  describe: false,
  builder: (cli) =>
    cli
      .positional('dir', { ...pathArgument, demandOption: true })
      .positional('sweep', { type: 'string', demandOption: true })
      .positional('results', { ...pathArgument, demandOption: true })
      .positional('run', { type: 'string', demandOption: true }),
  handler: async ({ dir, sweep, results, run: id }) => {
    const { loadPlan } = await import('../../sweep/folder.ts');
    const { executeRun } = await import('../../sweep/processes/execute-run.ts');
    const { listenForSignals } = await import('../../sweep/processes/stopping.ts');
    const { trainRunCommand } = await import('../sweep/command.ts');
    const plan = loadPlan(dir, sweep);
    const run = plan?.runs.find((candidate) => candidate.id === id);
    if (!plan || !run)
      throw new UserError(
        `the sweep ${sweep} in the folder ${dir} does not contain the run ${id}: \`doubletime status\` shows the ids of its runs`,
        ExitCode.noInput,
      );
    const { stop } = listenForSignals((signal) => {
      printMessage(`${signal} received: the run writes a checkpoint, then this process ends`);
    });
    // A cluster may send its signal to every process, and more than once. Only the first signal counts; a run is never killed.
    const kill = new AbortController().signal;
    const context = { dir, plan, store: results, train: trainRunCommand, stop, kill };
    process.exit(await executeRun(context, run, printMessage));
  },
};
