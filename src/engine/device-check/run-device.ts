import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../../base/errors.ts';
import { moduleBeside, packageRoot } from '../../base/home.ts';
import type { DeviceResults, ListedOp, OpResult, StepResult } from './results.ts';
import type { Line, Task } from './task.ts';

/** After so many crashes the rest is left out: the device itself does not work. */
const MAX_CRASHES = 20;

/**
 * float32 is computed as float32, not as TF32; cuDNN takes its first choice of algorithm, because trying all of them for
 * thousands of shapes would take minutes.
 */
const ENVIRONMENT = { NVIDIA_TF32_OVERRIDE: '0', TF_CUDNN_USE_AUTOTUNE: '0' };

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

const workerScript = (): string => fileURLToPath(moduleBeside('./worker.ts', import.meta.url));

/** Runs one worker to its end; `take` gets every line that it prints. */
async function runWorker(task: Task, take: (line: Line) => void, script = workerScript()): Promise<Ended> {
  const reader = script.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const child = spawn(process.execPath, [...reader, script], {
    cwd: packageRoot,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...ENVIRONMENT, ...(task.device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}) },
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors = (errors + text.toString()).slice(-20_000)));
  // A worker that crashes does not read all of its task.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(task));
  const closed = new Promise<Omit<Ended, 'errors'>>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{')) take(JSON.parse(line) as Line);
  return { ...(await closed), errors };
}

/** One line that says why a worker ended. */
function describeEnd({ code, signal, errors }: Ended): string {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.findLast((line) => /error|fail|check/i.test(line)) ?? lines.at(-1) ?? '';
  return `the process ended with ${signal ?? `exit code ${code ?? 'unknown'}`}: ${reason.trim().slice(0, 250)}`;
}

export interface DeviceTask {
  readonly device: 'cpu' | 'gpu';
  readonly threads?: number;
  readonly networks: readonly string[];
  readonly commit: string | null;
  /** The script of the worker process; another one in tests. */
  readonly script?: string;
  /** Called with what is done and what is to be done. */
  readonly progress?: (done: number, total: number, what: string) => void;
}

/** @throws UserError exit code 69 if TensorFlow cannot be loaded on this device. */
const cannotStart = (device: string, ended: Ended): UserError =>
  new UserError(`the ops cannot be checked on the ${device}: ${describeEnd(ended)}`, ExitCode.unavailable);

/**
 * Lists the distinct ops of the networks' training steps, and the networks that were left out with the reason.
 * @throws UserError exit code 69 if TensorFlow cannot be loaded.
 */
export async function listOps(networks: readonly string[]): Promise<{ ops: readonly ListedOp[]; skipped: string[] }> {
  const skipped: string[] = [];
  let ops: readonly ListedOp[] | undefined;
  const ended = await runWorker({ device: 'cpu', networks, fromOp: 0, fromNetwork: 0 }, (line) => {
    if ('listed' in line) ops = line.listed;
    if ('skipped' in line) skipped.push(`${line.skipped.network}: ${line.skipped.reason}`);
  });
  if (ops === undefined) throw cannotStart('cpu', ended);
  return { ops, skipped };
}

/** Collects the results of one device, over as many worker processes as its crashes need. */
class Collector {
  readonly opResults: OpResult[] = [];
  readonly steps: StepResult[] = [];
  device = 'unknown';
  tensorflow = 'unknown';
  finished = false;
  #begun: string | undefined;

  take(line: Line): void {
    if ('started' in line) ({ device: this.device, tensorflow: this.tensorflow } = line.started);
    else if ('begin' in line) this.#begun = 'op' in line.begin ? 'op' : 'network';
    else if ('op' in line) this.opResults.push(line.op);
    else if ('steps' in line) this.steps.push(line.steps);
    else if ('finished' in line) this.finished = true;
    if (!('begin' in line)) this.#begun = undefined;
  }

  /** Records a crash as the result of what was begun. Returns false if nothing was begun. */
  addCrash(networks: readonly string[], error: string): boolean {
    if (this.#begun === 'op') this.opResults.push({ outputs: null, error });
    else if (this.#begun === 'network') {
      const network = networks[this.steps.length]!;
      this.steps.push({ network, input: 0, losses: [], milliseconds: [], changes: {}, error });
    } else return false;
    this.#begun = undefined;
    return true;
  }

  /** Fills what is left with the reason that it was left out. */
  giveUp(ops: number, networks: readonly string[], error: string): void {
    while (this.opResults.length < ops) this.opResults.push({ outputs: null, error });
    for (const network of networks.slice(this.steps.length))
      this.steps.push({ network, input: 0, losses: [], milliseconds: [], changes: {}, error });
  }
}

/**
 * Executes ops, and three training steps of each network, on one device in a process of its own. An op that crashes the process
 * is noted, and the next process goes on behind it.
 * @throws UserError exit code 69 if TensorFlow cannot be loaded, or not on this device.
 */
export async function runOnDevice(ops: readonly ListedOp[], given: DeviceTask): Promise<DeviceResults> {
  const { device, threads, networks, commit, progress } = given;
  const collector = new Collector();
  const begin = performance.now();
  const isComplete = (): boolean =>
    collector.finished || (collector.opResults.length === ops.length && collector.steps.length === networks.length);
  for (let crashes = 0; !isComplete(); crashes++) {
    const [fromOp, fromNetwork] = [collector.opResults.length, collector.steps.length];
    const task = { device, networks, ops, fromOp, fromNetwork, ...(threads !== undefined && { threads }) };
    const take = (line: Line): void => {
      collector.take(line);
      const done = collector.opResults.length + collector.steps.length;
      if (!('begin' in line)) progress?.(done, ops.length + networks.length, collector.device);
    };
    const ended = await runWorker(task, take, given.script);
    if (isComplete()) break;
    if (!collector.addCrash(networks, describeEnd(ended))) throw cannotStart(device, ended);
    if (crashes + 1 >= MAX_CRASHES)
      collector.giveUp(ops.length, networks, `left out after ${MAX_CRASHES} crashes of the process`);
  }
  return {
    version: 1,
    device: threads === undefined ? collector.device : `${collector.device}, ${threads} threads`,
    tensorflow: collector.tensorflow,
    commit,
    seconds: Number(((performance.now() - begin) / 1000).toFixed(1)),
    ops: [...ops],
    opResults: collector.opResults,
    steps: collector.steps,
  };
}
