/**
 * Times the commands for a sweep of thousands of runs: planning 10,000 runs with their cost, the status of 10,000 run folders,
 * listing 10,000 measurements, and their trend:
 * `npx tsx scripts/bench/bench-sweep.ts [--runs 10000] [--evaluations 20] [--out FILE]`.
 */
import { runPaths } from '../../src/results/run-folder.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sizeCheckingCatalogue } from '../../src/cli/sweep/catalogue.ts';
import { countRun, dataSize } from '../../src/cli/sweep/estimator.ts';
import { sealMeasurement, type MeasurementBody } from '../../src/results/measurement.ts';
import type { Progress } from '../../src/results/progress.ts';
import { listMeasurements, loadMeasurements, measurementText } from '../../src/results/store.ts';
import { estimateSweep } from '../../src/sweep/planning/estimate.ts';
import { readSweep } from '../../src/sweep/planning/expand.ts';
import { savePlan } from '../../src/sweep/folder.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import type { SweepPlan } from '../../src/results/sweep-plan.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { statusText } from '../../src/sweep/terminal/status-text.ts';
import { trendOfMeasurements } from '../../src/trend/trend.ts';
import { openRecord } from './record.ts';
import { checkCounts, readOptions, runScript } from '../run-script.ts';

const { values } = readOptions('bench-sweep', {
  options: {
    runs: { type: 'string', default: '10000' },
    evaluations: { type: 'string', default: '20' },
    out: { type: 'string' },
  },
});
const [runCount, evaluations] = [Number(values.runs), Number(values.evaluations)];
const record = openRecord('sweep', values.out);

/** Runs `action`, and prints and records its wall time and processor time. */
function time<T>(what: string, action: () => T): T {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const result = action();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  const cpuSeconds = (user + system) / 1e6;
  record.add({ what, seconds, cpuSeconds });
  console.log(`${what}: ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s of CPU)`);
  return result;
}

const networks = [
  'alexnet',
  'vgg11',
  'resnet18',
  'resnet50',
  'squeezenet1_1',
  'mobilenet_v1',
  'mobilenet_v2',
  'shufflenet_v2_x1_0',
  'densenet121',
  'efficientnet_b0',
];

function writeSweep(folder: string): string {
  const seeds = Array.from({ length: Math.ceil(runCount / networks.length / 2) }, (_, i) => i);
  const file = join(folder, 'bench.yaml');
  writeFileSync(
    file,
    `question: How fast is a sweep planned?
level: { metric: top1, anchor: alexnet-short }
data: { source: cifar10, input: 64 }
grid:
  networks: [${networks.join(', ')}]
  recipes:
    short: { batch: 128, epochs: 10, learningRate: 0.1 }
    long: { batch: 128, epochs: 30, learningRate: 0.1 }
  seeds: [${seeds.join(', ')}]
`,
  );
  return file;
}

/** The measurements of the quickstart. */
const quickstart = () => loadMeasurements([fileURLToPath(new URL('../../results/quickstart', import.meta.url))]).stored;

function writeFolders(folder: string, { runs }: SweepPlan): void {
  const { ...body }: MeasurementBody & { sha256?: string } = quickstart()[0]!.measurement;
  delete body.sha256;
  for (const { id, network, config } of runs) {
    const progress: Progress = {
      version: 1,
      id,
      network,
      state: 'finished',
      epoch: 10,
      epochs: 10,
      step: 100,
      steps: 100,
      examples: 12_800,
      macs: 1e12,
      flops: 2e12,
      loss: 1,
      top1: 0.5,
      top5: 0.9,
      level: { metric: 'top1', value: 0.5 },
      examplesPerSecond: 100,
      etaSeconds: 0,
      pid: 1,
      host: 'bench',
      updatedAt: new Date().toISOString(),
    };
    const run = sweepPaths(folder).run(id);
    mkdirSync(run, { recursive: true });
    writeFileSync(runPaths(run).progress, JSON.stringify(progress));
    writeFileSync(runPaths(run).measurement, measurementText(sealMeasurement({ ...body, config })));
  }
}

/**
 * Fills a store with copies of the quickstart's measurements with other seeds and curves of `evaluations` points. Copies of the first
 * point extend a curve at its start, so the crossing stays the same. Returns the number of bytes.
 */
function writeStore(store: string, evaluations: number): number {
  const stored = quickstart();
  let bytes = 0;
  for (let i = 0; i < runCount; i++) {
    const body: MeasurementBody & { sha256?: string } = {
      ...stored[i % stored.length]!.measurement,
    };
    delete body.sha256;
    const missing = Math.max(0, evaluations - body.curve.length);
    const seed = Math.floor(i / stored.length);
    const config = { ...body.config, seed };
    const early = { ...body.curve[0]!, top1: 0, top5: 0 };
    const curve = [...Array.from({ length: missing }, () => early), ...body.curve];
    const sealed = sealMeasurement({
      ...body,
      id: `${body.network}-s${seed}`,
      seed,
      config,
      curve,
    });
    const text = measurementText(sealed);
    bytes += text.length;
    mkdirSync(join(store, 'bench'), { recursive: true });
    writeFileSync(join(store, 'bench', `${sealed.id}.json`), text);
  }
  return bytes;
}

function timeStore(store: string): void {
  const bytes = writeStore(store, evaluations);
  console.log(`a store of ${(bytes / 1e6).toFixed(0)} MB`);
  const { listings } = time('list the store', () => listMeasurements(store));
  if (listings.length !== runCount) throw new Error(`${listings.length} of ${runCount} were listed`);
  const { stored } = time('read, check and verify the store', () => loadMeasurements([store]));
  const measurements = stored.map(({ measurement }) => measurement);
  time('trend over the store', () => trendOfMeasurements(measurements, { counts: 'paper', levels: 'own' }));
}

await runScript('bench-sweep', () => {
  checkCounts({ runs: values.runs, evaluations: values.evaluations });
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-bench-'));
  try {
    console.log(`${runCount} runs, Node ${process.versions.node}, ${availableParallelism()} threads`);
    const file = writeSweep(folder);
    const plan = time('plan: read, expand and check', () => readSweep(file, sizeCheckingCatalogue));
    const size = (data: Parameters<typeof dataSize>[0]) => dataSize(data, {});
    const speed = () => ({ flopPerSecond: 1e12, of: 'stated' as const });
    time(`plan: count ${networks.length} networks and estimate`, () =>
      estimateSweep(plan, { count: countRun, size, speed, price: 1 }),
    );
    savePlan(folder, plan);
    writeFolders(folder, plan);
    const runs = time('status of all run folders', () => readStatus(folder));
    time('status as text', () => statusText(runs));
    timeStore(join(folder, 'store'));
    record.save();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
