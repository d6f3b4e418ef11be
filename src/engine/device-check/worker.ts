// The process that executes ops and training steps on one device. It reads a task as JSON, and prints each result as one line of
// JSON. A `begin` line names the next op or network, so that the parent process knows which one crashed this process.
import { readFileSync } from 'node:fs';
import { findNetwork } from '../../../models/registry.ts';
import { loadTensorFlow, nativeBackend, runtimeDevice } from '../../runtime/tensorflow.ts';
import { distinctOps } from './distinct-ops.ts';
import { OpInputs } from './op-inputs.ts';
import { runOp } from './run-ops.ts';
import { runSteps } from './run-steps.ts';
import type { Line, Task } from './task.ts';

const print = (line: Line): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const task = JSON.parse(readFileSync(0, 'utf8')) as Task;
loadTensorFlow({ device: task.device, ...(task.threads !== undefined && { threads: task.threads }) });
const native = nativeBackend().binding;
const networks = task.networks.map(findNetwork);
print({ started: { device: runtimeDevice().device, tensorflow: native.TF_Version } });
if (task.ops === undefined) {
  const skip = (network: string, reason: string): void => {
    print({ skipped: { network, reason } });
  };
  print({ listed: distinctOps(networks, skip) });
} else {
  const inputs = new OpInputs();
  for (const [i, op] of task.ops.entries()) {
    if (i < task.fromOp) continue;
    print({ begin: { op: i } });
    print({ op: runOp(op, inputs, native, task.device === 'gpu') });
  }
  for (const [i, entry] of networks.entries()) {
    if (i < task.fromNetwork) continue;
    print({ begin: { network: i } });
    print({ steps: runSteps(entry) });
  }
  print({ finished: true });
}
