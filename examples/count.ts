// Counts one training step of three networks: npx tsx examples/count.ts
import { fileURLToPath } from 'node:url';
import { countFlops } from 'doubletime';

const own = fileURLToPath(new URL('my-net.ts', import.meta.url));
const requests = [
  { network: 'alexnet', batch: 32 },
  { network: 'resnet18', batch: 32, input: 32, stem: 'small', classes: 10 },
  { network: own, batch: 32 },
] as const;

for (const request of requests) {
  const { model, parameters, macs, flops } = countFlops(request);
  console.log(`${model}: ${parameters} parameters, ${macs.step} MACs and ${flops.step} FLOPs per step`);
}
