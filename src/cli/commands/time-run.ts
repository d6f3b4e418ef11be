import type { Command } from '../command.ts';

/** `doubletime plan --measure` starts this command for each network. It reads its run from the standard input. */
export const timeRunCommand: Command<object> = {
  command: 'time-run',
  describe: false,
  handler: async () => {
    const { timeRun } = await import('../sweep/time-run.ts');
    await timeRun();
  },
};
