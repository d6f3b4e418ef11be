// Times training steps of one network on one device. Argument: a GpuCase as JSON. Prints one line of JSON: the times, the first and the
// last loss, the memory, the FLOPs and bytes of the recorded step, and the environment.
import type { Precision } from '../../../src/base/precision.ts';
import { recordFunctions, stepFunctions } from '../../../src/engine/create-engine.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { preparePrecision } from '../../../src/engine/precision.ts';
import { findGpuInUse } from '../../../src/runtime/gpu/in-use.ts';
import { querySmi, smiBytes } from '../../../src/runtime/gpu/nvidia-smi.ts';
import { findGpuPeak } from '../../../src/runtime/gpu/peaks.ts';
import { describeEnvironment } from '../../../src/train/accounting/environment.ts';
import { loadTensorFlow, runtimeDevice } from '../../../src/runtime/tensorflow.ts';
import { benchOptions, createStagedBenchEngine, benchSession } from '../step/step-engine.ts';
import { countWork, floorSeconds } from './roofline.ts';

/** What to measure. */
export interface GpuCase {
  readonly network: string;
  readonly input: number;
  readonly batch: number;
  readonly precision: Precision;
  readonly xla: boolean;
  readonly device: 'cpu' | 'gpu';
  readonly steps: number;
  /** Whether to record the step again, to compute its FLOPs, bytes and shortest possible time. */
  readonly roofline: boolean;
}

const gpuCase = JSON.parse(process.argv[2] ?? '{}') as GpuCase;
const { network, input, batch, precision, xla, device, steps } = gpuCase;
preparePrecision(precision, 'graph');
loadTensorFlow({ device, session: benchSession({ xla }) });
const found = device === 'gpu' ? findGpuInUse() : undefined;
const card = found && 'gpu' in found ? found.gpu : undefined;
const options = { network, input, batch, precision, xla, mode: 'graph' } as const;
const started = performance.now();
const step = createStagedBenchEngine(options);
const built = performance.now();
const firstLoss = await step();
const firstStep = performance.now() - built;
// Algorithms are chosen and memory is allocated in the first steps.
for (let i = 0; i < 4; i++) await step();
const times: number[] = [];
let lastLoss = firstLoss;
for (let i = 0; i < steps; i++) {
  const begin = performance.now();
  lastLoss = await step();
  times.push(performance.now() - begin);
}
times.sort((a, b) => a - b);

/** Memory in use on the card, or the peak of this process on a CPU. */
function memoryBytes(): number | null {
  if (card === undefined) return device === 'cpu' ? process.resourceUsage().maxRSS * 1024 : null;
  const answer = querySmi('gpu', ['uuid', 'memory.used']);
  const row = 'rows' in answer ? answer.rows.find(({ uuid }) => uuid === card.uuid) : undefined;
  return smiBytes(row?.['memory.used']);
}

function roofline() {
  const recording = recordFunctions(stepFunctions(planStep(benchOptions(options))), precision).get('train')!;
  const peak = card && findGpuPeak(card.name);
  const flopPerSecond = peak?.flopPerSecond[precision];
  if (peak === undefined || flopPerSecond === undefined) return { ...countWork(recording), floorMilliseconds: null };
  const floor = floorSeconds(recording, { bytesPerSecond: peak.bytesPerSecond, flopPerSecond });
  return { ...countWork(recording), floorMilliseconds: floor * 1000 };
}

const median = times[Math.floor(times.length / 2)]!;
const result = {
  ...{ network, input, batch, precision, xla, device: runtimeDevice().device, card: card?.name ?? null },
  ...{ milliseconds: median, low: times[0]!, high: times.at(-1)!, imagesPerSecond: (batch * 1000) / median },
  ...{ buildMilliseconds: built - started, firstStepMilliseconds: firstStep, memoryBytes: memoryBytes() },
  ...{ firstLoss, lastLoss },
  ...(gpuCase.roofline ? roofline() : {}),
  environment: describeEnvironment(),
};
console.log(JSON.stringify(result));
