// Times training steps of one network in this process. Arguments: NETWORK PIXELS BATCH MODE PRECISION. Reads a number of steps
// per line and prints milliseconds per step, without a first step that is not counted; the line `memory` prints the peak RSS of
// this process in MB.
import { createInterface } from 'node:readline';
import { createBenchEngine } from './step-engine.ts';

const [network = '', size = '', batchSize = '', mode = '', precision = 'float32'] = process.argv.slice(2);
const step = createBenchEngine({
  network,
  input: Number(size),
  batch: Number(batchSize),
  mode: mode === 'eager' ? 'eager' : 'graph',
  precision,
});
step();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'memory') {
    console.log(process.resourceUsage().maxRSS / 1024);
    continue;
  }
  const steps = Number(line);
  step();
  const begin = performance.now();
  for (let i = 0; i < steps; i++) step();
  console.log((performance.now() - begin) / steps);
}
