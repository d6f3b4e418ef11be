import { formatCount } from '../../../base/text/format.ts';
import type { Executor, Submission, SubmitRequest } from '../executor.ts';
import { RunQueue } from '../../run-queue.ts';
import { listenForSignals } from '../../processes/stopping.ts';
import { createView } from '../../terminal/create-view.ts';
import { cancelProcesses } from './cancel.ts';
import { slotsFor } from '../../slots.ts';
import { sweepLocally } from './sweep-locally.ts';

async function submit(request: SubmitRequest): Promise<Submission> {
  const { dir, plan, store, train, workers, resources, out } = request;
  const slots = slotsFor(resources(), workers);
  const queue = new RunQueue(plan);
  const view = createView(dir, queue.states, out);
  view.say(`${plan.question} (${formatCount(plan.runs.length, 'run')} in ${dir})`);
  const signals = listenForSignals((signal, again) => {
    view.say(
      again
        ? `${signal} again: stopping at once`
        : `${signal}: every run writes a checkpoint, then the sweep ends; send it again to stop at once`,
    );
  });
  try {
    const { stop, kill } = signals;
    const states = await sweepLocally({ dir, plan, store, train, stop, kill }, slots, view, queue);
    return { kind: 'ended', states, stoppedBy: signals.received() };
  } finally {
    view.end();
    signals.release();
  }
}

/** Executes runs as processes of this machine, one per GPU or per share of the CPU cores. */
export const local: Executor = {
  isQueue: false,
  submit,
  status: () => Promise.resolve(new Map()),
  cancel: (dir, stoppedRuns) => Promise.resolve(cancelProcesses(dir, stoppedRuns)),
};
