/** Runs a sweep of fake runs in a separate process: `fake-sweep.ts DIR SWEEP WORKERS`. DIR must contain the plan. */
import { resolve, join } from 'node:path';
import { loadPlan } from '../../src/sweep/folder.ts';
import { sweepLocally } from '../../src/sweep/executors/local/sweep-locally.ts';
import { listenForSignals } from '../../src/sweep/processes/stopping.ts';

const [dir, sweep, workers] = process.argv.slice(2) as [string, string, string];
const plan = loadPlan(dir, sweep)!;
const fakeRun = resolve(import.meta.dirname, 'fake-run.ts');
const train = (runFile: string, folder: string) => ({
  file: process.execPath,
  args: ['--import', 'tsx', fakeRun, runFile, '--dir', folder],
});
const { stop, kill } = listenForSignals(() => undefined);
const slots = Array.from({ length: Number(workers) }, (_, i) => ({ name: `worker ${i}`, env: {} }));
const context = { dir, plan, store: join(dir, 'results'), train, stop, kill };
const states = await sweepLocally(context, slots, { changed: () => undefined });
process.exit(states.every(({ phase }) => phase === 'done') ? 0 : 1);
