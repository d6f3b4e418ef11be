// Trains or resumes your own network, and prints its training compute: npx tsx examples/train.ts [FOLDER]
import { fileURLToPath } from 'node:url';
import { train } from 'doubletime';

const run = fileURLToPath(new URL('my-net.yaml', import.meta.url));
const [dir = 'runs/my-net'] = process.argv.slice(2);
const { network, curve, totals } = await train({ run, dir, set: ['seed=1'] });
const top1 = (100 * (curve.at(-1)?.top1 ?? 0)).toFixed(1);
console.log(`${network}: top-1 ${top1} % after ${totals.flops} FLOPs of training`);
