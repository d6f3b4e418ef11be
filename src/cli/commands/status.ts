import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../command.ts';
import { printMessage } from '../output.ts';
import { pathArgument } from '../options/path-argument.ts';

interface Options {
  dir: string;
  json: boolean;
  watch: boolean;
}

const WATCH_MS = 2000;
/** The states of runs that no process will continue. */
const ENDED: ReadonlySet<string> = new Set(['done', 'removed', 'blocked']);

export const statusCommand: Command<Options> = {
  command: 'status <dir>',
  describe: 'show the state of every run of a sweep; works from any machine that sees the folder',
  examples: [
    ['status runs/quickstart', 'the state of every run'],
    ['status runs/quickstart --watch', 'the same, repeated every two seconds'],
  ],
  builder: (cli) =>
    cli
      .positional('dir', { ...pathArgument, demandOption: true, describe: "the sweep's folder" })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('watch', {
        type: 'boolean',
        default: false,
        describe: 'repeat every two seconds until all runs are done or blocked; with --json, print one line each time',
      }),
  handler: async ({ dir, json, watch }) => {
    const { addJobs, readStatus, statusJson } = await import('../../sweep/status.ts');
    const { rememberProblems } = await import('../../sweep/measurement-checks.ts');
    const { estimateFolderEta } = await import('../../sweep/eta/folder-eta.ts');
    const { statusText } = await import('../../sweep/terminal/status-text.ts');
    const { Painter } = await import('../../base/text/painter.ts');
    const painter = process.stdout.isTTY ? new Painter(process.stdout) : undefined;
    const width = painter && painter.columns - 1;
    const findProblem = rememberProblems();
    const reported = new Set<string>();
    const onUnavailable = (executor: string, why: string): void => {
      const line = `doubletime: the state of the jobs in ${executor} is unknown: ${why}`;
      if (!reported.has(line)) printMessage(line);
      reported.add(line);
    };
    for (;;) {
      const runs = await addJobs(dir, readStatus(dir, findProblem), onUnavailable);
      const eta = estimateFolderEta(dir, runs);
      const isLast = !watch || runs.every(({ phase }) => ENDED.has(phase));
      if (painter && !json && !isLast) {
        // Text that is redrawn must fit the terminal; the last text stays and is complete.
        const maxRows = Math.max(1, painter.rows - 3);
        painter.draw(statusText(runs, { maxRows, width, eta }).trimEnd().split('\n'));
      } else {
        painter?.clear();
        const indent = watch ? 0 : 2;
        const text = json
          ? JSON.stringify({ runs: runs.map((run) => statusJson(run)), eta: eta ?? null }, null, indent)
          : statusText(runs, { width, eta });
        process.stdout.write(`${text.trimEnd()}\n`);
      }
      if (isLast) return;
      await sleep(WATCH_MS);
    }
  },
};
