/** Works like `doubletime sweep-run DIR SWEEP RESULTS RUN`, with the fake run instead of `train`. */
import { resolve } from 'node:path';
import { loadPlan } from '../../src/sweep/folder.ts';
import { executeRun } from '../../src/sweep/processes/execute-run.ts';
import { listenForSignals } from '../../src/sweep/processes/stopping.ts';

const [dir, sweep, store, id] = process.argv.slice(2) as [string, string, string, string];
const plan = loadPlan(dir, sweep)!;
const run = plan.runs.find((candidate) => candidate.id === id)!;
const { stop } = listenForSignals(() => undefined);
const kill = new AbortController().signal;
const fakeRun = resolve(import.meta.dirname, 'fake-run.ts');
const train = (runFile: string, folder: string) => ({
  file: process.execPath,
  args: ['--import', 'tsx', fakeRun, runFile, '--dir', folder],
});
process.exit(await executeRun({ dir, plan, store, train, stop, kill }, run, console.error));
