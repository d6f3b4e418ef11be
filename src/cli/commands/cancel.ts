import type { Command } from '../command.ts';

export const cancelCommand: Command<{ dir: string }> = {
  command: 'cancel <dir>',
  describe: 'end a sweep: its jobs in a queue, or its processes on this machine; runs checkpoint',
  examples: [
    ['cancel runs/quickstart', 'stop it; its runs write checkpoints first'],
    ["cancel '/scratch/my sweep'", 'a folder with a blank in its name'],
  ],
  builder: (cli) => cli.positional('dir', { type: 'string', demandOption: true, describe: 'folder of the sweep' }),
  handler: async ({ dir }) => {
    const { loadPlans } = await import('../../sweep/folder.ts');
    const { cancelSweep } = await import('../../sweep/cancel.ts');
    loadPlans(dir);
    const { jobs, terminated, unreachable } = await cancelSweep(dir);
    const lines = [
      ...(jobs.length > 0 ? [`cancelled ${jobs.length} jobs`] : []),
      ...terminated.map(({ pid }) => `told process ${pid} to end; its runs write checkpoints first`),
      ...unreachable.map(
        (holder) => `cannot end ${holder}: another machine's, another user's, or no process of doubletime`,
      ),
    ];
    process.stdout.write(`${lines.length > 0 ? lines.join('\n') : 'nothing is at work there'}\n`);
  },
};
