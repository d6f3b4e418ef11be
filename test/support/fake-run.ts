/**
 * Follows the contract of `doubletime train RUN.yaml --dir DIR` without training: lock, progress, checkpoints, signals, exit
 * codes, the sweep's limit, and at the end a sealed measurement that depends only on config and limit. Its behaviour is set by
 * `fake.json` in the parent folder: `{ "stepMs": 5, "crashAt": { "resnet18": [3] }, "exit": { "vgg11": 65 } }`.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixedLevelOf } from './fake-level.ts';
import { replaceFile, writeFileAtomic } from '../../src/base/files/files.ts';
import { tryLock } from '../../src/base/files/lock.ts';
import { runSchema } from '../../src/config/run.ts';
import { readYaml } from '../../src/config/yaml/yaml.ts';
import { flopsLimitSchema, type FlopsLimit } from '../../src/results/flops-limit.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import type { Progress } from '../../src/results/progress.ts';
import { makeMeasurement, withConfigOf } from './measurements.ts';
import { sampleNetworks } from './sample-networks.ts';

interface Behaviour {
  readonly stepMs?: number;
  /** Steps at which the run of a network kills itself, once per step. */
  readonly crashAt?: Readonly<Record<string, readonly number[]>>;
  /** The run of a network waits before its first step until this many runs of any network have started. */
  readonly afterStarts?: Readonly<Record<string, number>>;
  /** The step after which the run of a network pauses. */
  readonly holdAt?: Readonly<Record<string, Hold>>;
  /** Exit codes of networks that end at once. */
  readonly exit?: Readonly<Record<string, number>>;
}

/**
 * After this step a run waits until a file exists (a path relative to the run's folder), or until it is asked to stop.
 * Without a file it ignores signals and can only be killed.
 */
interface Hold {
  readonly step: number;
  readonly until?: string;
}

const [runFile, , dir] = process.argv.slice(2) as [string, string, string];
const config = readYaml(runFile, runSchema);
const id = basename(dir);
const network = config.network.name;
const scriptFile = join(dir, '..', '..', 'fake.json');
const script: Behaviour = existsSync(scriptFile) ? (JSON.parse(readFileSync(scriptFile, 'utf8')) as Behaviour) : {};
const eventsFile = join(dir, '..', '..', 'fake-events.txt');
const logEvent = (event: string): void => {
  appendFileSync(eventsFile, `${event} ${id} ${process.pid} ${hostname()}\n`);
};

const { lock, heldBy } = tryLock(join(dir, 'lock'));
if (heldBy) {
  process.stderr.write(`doubletime: held by process ${heldBy.pid}\n`);
  process.exit(75);
}
const checkpoint = join(dir, 'checkpoint.json');
const steps = Math.round(config.recipe.epochs * 10);
let step = existsSync(checkpoint) ? Number(readFileSync(checkpoint, 'utf8')) : 0;

function leave(code: number, event: string): never {
  logEvent(`${event}@${step}`);
  lock?.release();
  process.exit(code);
}

const stopRequest = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const)
  process.on(signal, () => {
    stopRequest.abort();
  });

function report(state: Progress['state']): void {
  const progress: Progress = {
    version: 1,
    id,
    network,
    state,
    epoch: step / 10,
    epochs: config.recipe.epochs,
    step,
    steps,
    examples: step * 100,
    macs: step * 1e6,
    flops: step * 2e6,
    loss: 1 / (step + 1),
    top1: step / (steps + 1),
    top5: step / (steps + 1),
    level: config.level?.value ? { metric: config.level.metric, value: config.level.value } : null,
    examplesPerSecond: 1000,
    etaSeconds: steps - step,
    pid: process.pid,
    host: 'test',
    updatedAt: new Date().toISOString(),
  };
  replaceFile(join(dir, 'progress.json'), [JSON.stringify(progress)]);
}

const measurementFile = join(dir, 'measurement.json');
if (existsSync(measurementFile)) leave(0, 'again');
logEvent(`start@${step}`);
const startsSoFar = (): number => readFileSync(eventsFile, 'utf8').match(/^start@/gm)?.length ?? 0;
while (startsSoFar() < (script.afterStarts?.[network] ?? 0)) await sleep(10);
const exit = script.exit?.[network];
if (exit !== undefined) {
  process.stderr.write(`doubletime: ends with ${exit} for the test\n`);
  leave(exit, 'exit');
}

function measured(epochs: number, earlyStop?: FlopsLimit): Measurement {
  const sample = sampleNetworks.find((candidate) => candidate.network === network);
  const measurement = makeMeasurement({
    ...sample,
    network,
    id,
    seed: config.seed,
    epochs,
    level: fixedLevelOf(config.level),
    stopAtLevel: config.stopAt === 'level',
    ...(earlyStop && { earlyStop }),
  });
  return withConfigOf({ config }, measurement);
}

function finish(measurement: Measurement): never {
  writeFileAtomic(measurementFile, JSON.stringify(measurement));
  report('finished');
  leave(0, measurement.status === 'stoppedEarly' ? 'early' : 'end');
}

/** An evaluation. It ends a run that has used its compute limit below its level. */
function evaluate(epochs: number): void {
  const file = join(dir, 'budget.json');
  if (!existsSync(file) || config.stopAt !== 'level') return;
  const limit = flopsLimitSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const soFar = measured(epochs, limit);
  if (soFar.crossing === null && soFar.totals.flops >= limit.limitFlops) finish(soFar);
}

async function hold(until: string | undefined): Promise<void> {
  // Signal handlers run only in a turn of the event loop.
  if (until === undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  else while (!existsSync(resolve(dir, until)) && !stopRequest.signal.aborted) await sleep(20);
}

while (step < steps) {
  await sleep(script.stepMs ?? 5);
  step++;
  const crash = join(dir, `crashed-at-${step}`);
  if (script.crashAt?.[network]?.includes(step) && !existsSync(crash)) {
    writeFileAtomic(crash, '');
    logEvent(`crash@${step}`);
    process.kill(process.pid, 'SIGKILL');
    await sleep(60_000);
  }
  report('training');
  if (step % 5 === 0) writeFileAtomic(checkpoint, String(step));
  const holdAt = script.holdAt?.[network];
  if (holdAt?.step === step) await hold(holdAt.until);
  if (step % 10 === 0) evaluate(step / 10);
  if (stopRequest.signal.aborted) {
    writeFileAtomic(checkpoint, String(step));
    report('stopped');
    leave(75, 'stop');
  }
}
finish(measured(config.recipe.epochs));
