// Follows the contract of src/engine/device-check/worker.ts. An op named Crash writes half a line and kills this process. Endless writes the process's id to the
// file that its layer names, and does not end. With CannotLoad, the process fails at its start, once that file exists. All others give
// one number.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const task = JSON.parse(readFileSync(0, 'utf8'));
const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
if (task.device === 'gpu') {
  process.stderr.write('Error: TensorFlow found no GPU that it can use\n');
  process.exit(69);
}
const failing = task.ops.find(({ op }) => op === 'CannotLoad');
if (failing) {
  while (!existsSync(failing.layer)) await sleep(10);
  process.stderr.write('Error: TensorFlow cannot be loaded\n');
  process.exit(69);
}
report({ started: { device: task.device, tensorflow: '2.21.0' } });
for (let i = task.fromOp; i < task.ops.length; i++) {
  report({ begin: { op: i } });
  if (task.ops[i].op === 'Crash') {
    process.stdout.write('{"op":{"outputs":[{"si');
    process.stderr.write('F0000 tensor.cc:42] Check failed: ok\n');
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  if (task.ops[i].op === 'Endless') {
    writeFileSync(`${task.ops[i].layer}.new`, String(process.pid));
    renameSync(`${task.ops[i].layer}.new`, task.ops[i].layer);
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  report({ op: { outputs: [{ size: 1, norm: i, nonFinite: 0, sums: [i] }] } });
}
for (let i = task.fromNetwork; i < task.networks.length; i++) {
  report({ begin: { network: i } });
  report({ steps: { network: task.networks[i], input: 64, losses: [1], milliseconds: [1], changes: {} } });
}
report({ finished: true });
