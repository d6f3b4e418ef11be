/** Runs a sweep of fake-run.sh in a separate process that the test kills: `scale-sweep.ts DIR SWEEP WORKERS`. */
import { join, resolve } from 'node:path';
import { loadPlan } from '../../src/sweep/folder.ts';
import { sweepLocally } from '../../src/sweep/executors/local/sweep-locally.ts';
import { listenForSignals } from '../../src/sweep/processes/stopping.ts';

const [dir, sweep, workers] = process.argv.slice(2) as [string, string, string];
const plan = loadPlan(dir, sweep)!;
const fakeRun = resolve(import.meta.dirname, 'fake-run.sh');
const train = (runFile: string, folder: string) => ({
  file: '/bin/sh',
  args: [fakeRun, runFile, '--dir', folder],
});
const { stop, kill } = listenForSignals(() => undefined);
const slots = Array.from({ length: Number(workers) }, (_, i) => ({ name: `worker ${i}`, env: {} }));
const context = { dir, plan, store: join(dir, 'results'), train, stop, kill };
const states = await sweepLocally(context, slots, { changed: () => undefined });
const left = states.filter(({ phase }) => phase !== 'done');
for (const { run, phase, message } of left) console.error(run.id, phase, message);
process.exit(left.length === 0 ? 0 : 1);
