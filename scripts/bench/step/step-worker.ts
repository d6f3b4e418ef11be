// Times training steps of one network in this process. Arguments: NETWORK PIXELS BATCH MODE PRECISION. For each line with a number
// of steps it runs one step that is not timed, and prints the milliseconds per step of the others. For the line `memory` it prints
// the peak memory of this process in MB.
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
