// Follows the contract of src/engine/device-check/worker.ts. An op named Crash kills this process; all others give one number.
import { readFileSync } from 'node:fs';

const task = JSON.parse(readFileSync(0, 'utf8'));
const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
if (task.device === 'gpu') {
  process.stderr.write('Error: TensorFlow found no GPU that it can use\n');
  process.exit(69);
}
report({ started: { device: task.device, tensorflow: '2.21.0' } });
for (let i = task.fromOp; i < task.ops.length; i++) {
  report({ begin: { op: i } });
  if (task.ops[i].op === 'Crash') {
    process.stderr.write('F0000 tensor.cc:42] Check failed: ok\n');
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  report({ op: { outputs: [{ size: 1, norm: i, nonFinite: 0, sums: [i] }] } });
}
for (let i = task.fromNetwork; i < task.networks.length; i++) {
  report({ begin: { network: i } });
  report({ steps: { network: task.networks[i], input: 64, losses: [1], milliseconds: [1], changes: {} } });
}
report({ finished: true });
