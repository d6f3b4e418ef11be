import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderIn } from '../locks.ts';
import { runPaths } from '../../results/run-folder.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import type { PlannedRun } from '../../results/sweep-plan.ts';
import type { SweepContext } from '../context.ts';
import type { Command } from './child.ts';
import { terminate } from './own-process.ts';

const POLL_MS = 500;

/** The name of the program that a command runs: `doubletime.mjs` for `node doubletime.mjs train`. */
function programName({ file, args }: Command): string {
  const script = args.find((argument) => /\.(mjs|js|ts|sh)$/.test(argument));
  return basename(script ?? file);
}

/** Waits while a process that a dead sweep has started still executes the run. Stops the process if this sweep is stopped. */
export async function waitForOrphan(context: SweepContext, run: PlannedRun): Promise<void> {
  const folder = sweepPaths(context.dir).run(run.id);
  const programs = [programName(context.train(runPaths(folder).yaml, folder))];
  for (;;) {
    const holder = holderIn(runPaths(folder).lock);
    if (holder === undefined || context.kill.aborted) return;
    // A process on another machine cannot be stopped; it continues.
    if (context.stop.aborted && !terminate(holder, programs)) return;
    await sleep(POLL_MS);
  }
}
