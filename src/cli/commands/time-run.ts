import type { Command } from '../command.ts';

/** What `doubletime plan --measure` starts for each network; it reads its run from the standard input. */
export const timeRunCommand: Command<object> = {
  command: 'time-run',
  describe: false,
  handler: async () => {
    const { timeRun } = await import('../time-run.ts');
    await timeRun();
  },
};
