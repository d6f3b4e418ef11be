import type { CommandModule } from 'yargs';

export const cancelCommand: CommandModule<object, { dir: string }> = {
  command: 'cancel <dir>',
  describe: 'stop a sweep: its queued jobs, or its processes on this machine; runs write checkpoints first',
  builder: (cli) => cli.positional('dir', { type: 'string', demandOption: true, describe: "the sweep's folder" }),
  handler: async ({ dir }) => {
    const { loadPlans } = await import('../../sweep/folder.ts');
    const { cancelSweep } = await import('../../sweep/cancel.ts');
    loadPlans(dir);
    const { jobs, terminated, unreachable } = await cancelSweep(dir);
    const lines = [
      ...(jobs.length > 0 ? [`cancelled ${jobs.length} jobs`] : []),
      ...terminated.map(({ pid }) => `asked process ${pid} to stop; its runs write checkpoints first`),
      ...unreachable.map(
        (holder) =>
          `cannot stop ${holder}: it runs on another machine, belongs to another user, or is not a doubletime process`,
      ),
    ];
    process.stdout.write(`${lines.length > 0 ? lines.join('\n') : `nothing is running in ${dir}`}\n`);
  },
};
