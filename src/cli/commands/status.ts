import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandModule } from 'yargs';

interface Options {
  dir: string;
  json: boolean;
  watch: boolean;
}

const watchMs = 2000;

export const statusCommand: CommandModule<object, Options> = {
  command: 'status <dir>',
  describe: 'show where every run of a sweep stands, also from another machine',
  builder: (cli) =>
    cli
      .positional('dir', { type: 'string', demandOption: true, describe: 'folder of the sweep' })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('watch', {
        type: 'boolean',
        default: false,
        describe: 'again every two seconds until all runs are done (with --json a line each)',
      }),
  handler: async ({ dir, json, watch }) => {
    const { statusOfFolder } = await import('../../sweep/status.ts');
    const { mergeSlurm } = await import('../../sweep/slurm/jobs.ts');
    const { statusText } = await import('../../sweep/status-text.ts');
    for (;;) {
      const runs = await mergeSlurm(dir, statusOfFolder(dir));
      const clear = watch && process.stdout.isTTY ? '\u001b[2J\u001b[H' : '';
      const text = json ? `${JSON.stringify({ runs }, null, watch ? 0 : 2)}\n` : statusText(runs);
      process.stdout.write(clear + text);
      if (!watch || runs.every(({ phase }) => phase === 'done' || phase === 'removed')) return;
      await sleep(watchMs);
    }
  },
};
