import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../../base/errors.ts';
import { formatCount } from '../../base/text/format.ts';
import { moduleBeside, packageRoot } from '../../base/files/home.ts';
import type { DeviceResults, ListedOp, OpResult, StepResult } from './results.ts';
import type { Line, Task } from './task.ts';

/** Maximum number of crashes. With more, the device itself does not work: the remaining ops and networks are left out. */
const MAX_CRASHES = 20;

/**
 * Products of float32 are not computed in TF32. cuDNN takes its first choice of algorithm: trying all algorithms for thousands of
 * shapes would take minutes.
 */
const ENVIRONMENT = { NVIDIA_TF32_OVERRIDE: '0', TF_CUDNN_USE_AUTOTUNE: '0' };

interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

const workerScript = (): string => fileURLToPath(moduleBeside('./worker.ts', import.meta.url));

interface WorkerOptions {
  /** Called with every line that the process prints. */
  readonly handle: (line: Line) => void;
  readonly script?: string | undefined;
  /** Kills the process. */
  readonly stop?: AbortSignal;
}

/** A line of a worker; undefined for other text, and for the half of a line that a killed process leaves. */
function parseLine(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** Runs one worker process to its end. */
async function runWorker(task: Task, { handle, script = workerScript(), stop }: WorkerOptions): Promise<WorkerExit> {
  const loader = script.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const child = spawn(process.execPath, [...loader, script], {
    cwd: packageRoot,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...ENVIRONMENT, ...(task.device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}) },
  });
  const kill = (): void => void child.kill('SIGKILL');
  stop?.addEventListener('abort', kill);
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors = (errors + text.toString()).slice(-20_000)));
  // A worker that crashes does not read all of its task.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(task));
  const closed = new Promise<Omit<WorkerExit, 'errors'>>((resolve) => {
    child.on('close', (code, signal) => {
      stop?.removeEventListener('abort', kill);
      resolve({ code, signal });
    });
  });
  for await (const text of createInterface({ input: child.stdout })) {
    const line = parseLine(text);
    if (line !== undefined) handle(line);
  }
  return { ...(await closed), errors };
}

/** One line with the reason why a worker process ended. */
function describeExit({ code, signal, errors }: WorkerExit): string {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.findLast((line) => /error|fail|check/i.test(line)) ?? lines.at(-1) ?? '';
  return `the process ended with ${signal ?? `exit code ${code ?? 'unknown'}`}: ${reason.trim().slice(0, 250)}`;
}

/** What to run on a device. */
export interface DeviceTask {
  readonly device: 'cpu' | 'gpu';
  readonly threads?: number;
  readonly networks: readonly string[];
  readonly commit: string | null;
  /** The number of processes that share the ops and networks; default: 1. */
  readonly processes?: number;
  /** The script of the worker process; tests use another one. */
  readonly script?: string;
  /** Called with the number of finished ops and networks, the number of all of them, and the device. */
  readonly progress?: (done: number, total: number, device: string) => void;
}

/** @throws UserError exit code 69 if TensorFlow cannot be loaded on this device. */
const cannotStart = (device: string, ended: WorkerExit): UserError =>
  new UserError(`the ops cannot be checked on the ${device}: ${describeExit(ended)}`, ExitCode.unavailable);

/**
 * Lists the distinct ops of the networks' training steps, and the networks that were left out, each with its reason.
 * @throws UserError exit code 69 if TensorFlow cannot be loaded.
 */
export async function listOps(networks: readonly string[]): Promise<{ ops: readonly ListedOp[]; skipped: string[] }> {
  const skipped: string[] = [];
  let ops: readonly ListedOp[] | undefined;
  const handle = (line: Line): void => {
    if ('listed' in line) ops = line.listed;
    if ('skipped' in line) skipped.push(`${line.skipped.network}: ${line.skipped.reason}`);
  };
  const ended = await runWorker({ device: 'cpu', networks, fromOp: 0, fromNetwork: 0 }, { handle });
  if (ops === undefined) throw cannotStart('cpu', ended);
  return { ops, skipped };
}

/** Collects the results of one device from one or more worker processes: each crash needs a new process. */
class Collector {
  readonly opResults: OpResult[] = [];
  readonly steps: StepResult[] = [];
  device = 'unknown';
  tensorflow = 'unknown';
  finished = false;
  #begun: string | undefined;

  handle(line: Line): void {
    if ('started' in line) ({ device: this.device, tensorflow: this.tensorflow } = line.started);
    else if ('begin' in line) this.#begun = 'op' in line.begin ? 'op' : 'network';
    else if ('op' in line) this.opResults.push(line.op);
    else if ('steps' in line) this.steps.push(line.steps);
    else if ('finished' in line) this.finished = true;
    if (!('begin' in line)) this.#begun = undefined;
  }

  /** Records a crash as the result of the op or network that had begun. Returns false if none had begun. */
  addCrash(networks: readonly string[], error: string): boolean {
    if (this.#begun === 'op') this.opResults.push({ outputs: null, error });
    else if (this.#begun === 'network') {
      const network = networks[this.steps.length]!;
      this.steps.push({ network, input: 0, losses: [], milliseconds: [], changes: {}, error });
    } else return false;
    this.#begun = undefined;
    return true;
  }

  /** Adds a result with the error for each remaining op and network. */
  fillMissing(ops: number, networks: readonly string[], error: string): void {
    while (this.opResults.length < ops) this.opResults.push({ outputs: null, error });
    for (const network of networks.slice(this.steps.length))
      this.steps.push({ network, input: 0, losses: [], milliseconds: [], changes: {}, error });
  }
}

/** The ops and networks of one process, and their positions among all. */
interface Part {
  readonly ops: readonly ListedOp[];
  readonly networks: readonly string[];
}

/** Every `count`-th item, from item number `index` on. */
const everyNth = <Item>(items: readonly Item[], count: number, index: number): Item[] =>
  items.filter((_, i) => i % count === index);

/** Puts the items of parts that `everyNth` made back into their order. */
const interleave = <Item>(parts: readonly (readonly Item[])[]): Item[] =>
  Array.from({ length: parts.reduce((sum, { length }) => sum + length, 0) }, (_, i) => {
    const part = parts[i % parts.length]!;
    return part[Math.floor(i / parts.length)]!;
  });

/**
 * Executes one part in a process of its own. If an op crashes the process, the crash is the op's result, and a new process continues
 * with the next op. After `stop`, the result is incomplete.
 */
async function runPart(
  { ops, networks }: Part,
  { device, threads, script }: DeviceTask,
  { progress, stop }: { readonly progress: (done: number, device: string) => void; readonly stop: AbortSignal },
): Promise<Collector> {
  const collector = new Collector();
  const isOver = (): boolean =>
    stop.aborted ||
    collector.finished ||
    (collector.opResults.length === ops.length && collector.steps.length === networks.length);
  for (let crashes = 0; !isOver(); crashes++) {
    const [fromOp, fromNetwork] = [collector.opResults.length, collector.steps.length];
    const task = { device, networks, ops, fromOp, fromNetwork, ...(threads !== undefined && { threads }) };
    const handle = (line: Line): void => {
      collector.handle(line);
      if (!('begin' in line)) progress(collector.opResults.length + collector.steps.length, collector.device);
    };
    const ended = await runWorker(task, { handle, script, stop });
    if (isOver()) break;
    if (!collector.addCrash(networks, describeExit(ended))) throw cannotStart(device, ended);
    if (crashes + 1 >= MAX_CRASHES)
      collector.fillMissing(ops.length, networks, `left out after ${MAX_CRASHES} crashes of the process`);
  }
  return collector;
}

/**
 * Executes ops, and three training steps of each network, on one device in one or more processes.
 * @throws UserError exit code 69 if TensorFlow cannot be loaded on this device; then no process runs any more.
 */
export async function runOnDevice(ops: readonly ListedOp[], task: DeviceTask): Promise<DeviceResults> {
  const { threads, networks, commit, progress, processes = 1 } = task;
  const begin = performance.now();
  const stop = new AbortController();
  const done = new Array<number>(processes).fill(0);
  const running = done.map((_, i) => {
    const part = { ops: everyNth(ops, processes, i), networks: everyNth(networks, processes, i) };
    const partProgress = (finished: number, device: string): void => {
      done[i] = finished;
      const sum = done.reduce((total, count) => total + count, 0);
      progress?.(sum, ops.length + networks.length, device);
    };
    return runPart(part, task, { progress: partProgress, stop: stop.signal });
  });
  const collected = await Promise.all(running).catch(async (error: unknown) => {
    stop.abort();
    await Promise.allSettled(running);
    throw error;
  });
  const { device, tensorflow } = collected[0]!;
  return {
    version: 1,
    device: threads === undefined ? device : `${device}, ${formatCount(threads, 'thread')}`,
    tensorflow,
    commit,
    seconds: Number(((performance.now() - begin) / 1000).toFixed(1)),
    ops: [...ops],
    opResults: interleave(collected.map(({ opResults }) => opResults)),
    steps: interleave(collected.map(({ steps }) => steps)),
  };
}
