// The process that executes ops and training steps on one device. Reads a task as one line of JSON, and prints one line of JSON
// for each result. `begin` lines say what comes next, so that the parent process knows which op crashed this one.
import { readFileSync } from 'node:fs';
import { findNetwork } from '../../../models/registry.ts';
import { loadTensorFlow, nativeBackend, runtimeDevice } from '../../runtime/tensorflow.ts';
import { distinctOps } from './distinct-ops.ts';
import { OpInputs } from './op-inputs.ts';
import { runOp } from './run-ops.ts';
import { runSteps } from './run-steps.ts';
import type { Line, Task } from './task.ts';

const say = (line: Line): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const task = JSON.parse(readFileSync(0, 'utf8')) as Task;
loadTensorFlow({ device: task.device, ...(task.threads !== undefined && { threads: task.threads }) });
const native = nativeBackend().binding;
const networks = task.networks.map(findNetwork);
say({ started: { device: runtimeDevice().device, tensorflow: native.TF_Version } });
if (task.ops === undefined) {
  const skip = (network: string, reason: string): void => {
    say({ skipped: { network, reason } });
  };
  say({ listed: distinctOps(networks, skip) });
} else {
  const inputs = new OpInputs();
  for (const [i, op] of task.ops.entries()) {
    if (i < task.fromOp) continue;
    say({ begin: { op: i } });
    say({ op: runOp(op, inputs, native, task.device === 'gpu') });
  }
  for (const [i, entry] of networks.entries()) {
    if (i < task.fromNetwork) continue;
    say({ begin: { network: i } });
    say({ steps: runSteps(entry) });
  }
  say({ finished: true });
}
