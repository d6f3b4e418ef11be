import { formatCount } from '../../base/text/format.ts';
import type { Command } from '../command.ts';
import { printMessage } from '../output.ts';
import { pathArgument } from '../options/path-argument.ts';

export const cancelCommand: Command<{ dir: string }> = {
  command: 'cancel <dir>',
  describe: 'stop a sweep: its queued jobs and its processes on this machine; runs write checkpoints first',
  examples: [
    ['cancel runs/quickstart', 'stop it; its runs write checkpoints first'],
    ["cancel '/scratch/my sweep'", 'a folder with a space in its name'],
  ],
  builder: (cli) => cli.positional('dir', { ...pathArgument, demandOption: true, describe: "the sweep's folder" }),
  handler: async ({ dir }) => {
    const { findDamagedPlans } = await import('../../sweep/folder.ts');
    const { cancelSweep } = await import('../../sweep/cancel.ts');
    for (const problem of findDamagedPlans(dir))
      printMessage(
        `doubletime: a plan is damaged; all jobs and processes of ${dir} are cancelled all the same: ${problem}`,
      );
    const { jobs, terminated, unreachable } = await cancelSweep(dir);
    const lines = [
      ...(jobs.length > 0 ? [`cancelled ${formatCount(jobs.length, 'job')}`] : []),
      ...terminated.map(({ pid }) => `asked process ${pid} to stop; its runs write checkpoints first`),
      ...unreachable.map(
        (holder) =>
          `cannot stop ${holder}: it runs on another machine, belongs to another user, or is not a doubletime process`,
      ),
    ];
    process.stdout.write(`${lines.length > 0 ? lines.join('\n') : `nothing is running in ${dir}`}\n`);
  },
};
