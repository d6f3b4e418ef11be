// Kills a training run with SIGKILL at many random moments: while it starts, in steps, in evaluations, and before, in the middle of
// and after writes, fsyncs, renames and removals of every kind of file. Then it compares the measurement and the weights with those
// of an uninterrupted run.
//   npx tsx scripts/stress/stress-kill.ts [--kills 50] [--seed 1] [--run configs/runs/synthetic.yaml]
// scripts/stress/ has runs with every kind of state: moving averages, accumulated gradients, dropout, auxiliary heads.
import { runPaths } from '../../src/results/run-folder.ts';
import { seededUniform } from '../../src/base/numbers/seeded-uniform.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stageAt } from '../../src/config/stages.ts';
import { findDifferences } from '../../src/results/compare.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { readCheckpoint } from '../../src/train/files/checkpoint.ts';
import { checkCounts, readOptions, runScript } from '../run-script.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const preload = new URL('./die-in-file-operation.mjs', import.meta.url).href;

/** The moments of a kill; `file` is twice as likely as the others. */
const moments = ['start', 'step', 'checkpoint', 'evaluation', 'file', 'file'] as const;
type Moment = (typeof moments)[number];

/** The options of a stress test. */
export interface Stress {
  readonly kills: number;
  readonly seed: number;
  /** Arguments of `doubletime train` without `--dir`. */
  readonly train: readonly string[];
  readonly folder: string;
  readonly say?: (line: string) => void;
}

/** The result of a stress test. */
export interface StressResult {
  readonly kills: number;
  /** Number of kills by their intended moment. */
  readonly at: Readonly<Record<Moment, number>>;
  /** The number of kills in each stage; one number for a run without stages. */
  readonly inStage: readonly number[];
  /** File operations that a kill interrupted, such as `before rename checkpoints`. */
  readonly operations: readonly string[];
  /** Number of kills that left a partly written checkpoint. */
  readonly halfWritten: number;
  /** Number of runs that were finished this way. */
  readonly rounds: number;
  readonly wastedSteps: number;
  /** Fields (except time and machine) and tensors of an interrupted run that differ from the uninterrupted run. */
  readonly differences: readonly string[];
}

/** Starts a training process. */
const start = (train: readonly string[], folder: string, env: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [join(root, 'src/cli/doubletime.mjs'), 'train', ...train, '--dir', folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--import ${preload}`, STRESS_FOLDER: folder, ...env },
  });

/** The number of file operations of each kind in the uninterrupted run. */
type Operations = Readonly<Record<string, number>>;

/**
 * Selects the operation in which the process is killed. Every kind is equally likely. Early operations are more likely than late ones,
 * because a resumed run has fewer operations.
 */
function fileOperation(operations: Operations, random: () => number): NodeJS.ProcessEnv {
  const pick = <One>(all: readonly One[]): One => all[Math.floor(random() * all.length)]!;
  const kind = pick(Object.keys(operations));
  const number = Math.ceil(random() ** 3 * operations[kind]!);
  return {
    STRESS_KIND: kind,
    STRESS_NUMBER: String(Math.max(1, number)),
    STRESS_WHEN: pick(['before', 'middle', 'after']),
  };
}

/** Waits for the end of a process. Returns its exit code and its error output. */
async function waitForExit(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = '';
  child.stderr?.on('data', (text) => (errors += String(text)));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, errors });
    });
  });
}

const hasHalfWrittenCheckpoint = (folder: string): boolean => {
  const checkpoints = runPaths(folder).checkpoints;
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.tmp'));
};

const readStep = (folder: string): number => {
  try {
    return (JSON.parse(readFileSync(runPaths(folder).mark, 'utf8')) as { step: number }).step;
  } catch {
    return -1;
  }
};

/** Whether this process is evaluating. progress.json may still contain the state of a killed process. */
const isEvaluating = (folder: string, pid: number | undefined): boolean => {
  try {
    const text = readFileSync(runPaths(folder).progress, 'utf8');
    return text.includes('"state":"evaluating"') && text.includes(`"pid":${pid},`);
  } catch {
    return false;
  }
};

/** Waits for the moment of a kill, or for the end of the process. */
async function waitForMoment(
  moment: Moment,
  folder: string,
  { alive, random, pid }: { alive: () => boolean; random: () => number; pid: number | undefined },
): Promise<void> {
  if (moment === 'file') return new Promise(() => undefined);
  if (moment === 'start') return sleep(random() * 6000);
  if (moment === 'evaluation') {
    while (alive() && !isEvaluating(folder, pid)) await sleep(1);
    return sleep(random() * 60);
  }
  const before = readStep(folder);
  let passed = false;
  while (alive() && !passed) {
    await sleep(2);
    passed = readStep(folder) > before;
  }
  await sleep(random() * 400);
  if (moment === 'checkpoint') while (alive() && !hasHalfWrittenCheckpoint(folder)) await sleep(0);
}

/** The tensors and fields of a finished run that differ from the reference. */
function compare(reference: string, folder: string): string[] {
  const [a, b] = [reference, folder].map((path) => readMeasurement(runPaths(path).measurement));
  const fields = findDifferences(a, b)
    .filter(({ timeOrPlace }) => !timeOrPlace)
    .map(({ path }) => path);
  const [x, y] = [reference, folder].map((path) => {
    const files = readdirSync(runPaths(path).checkpoints).filter((name) => name.startsWith('step-'));
    const [last] = files.sort().reverse();
    return readCheckpoint(join(runPaths(path).checkpoints, last ?? 'none')).tensors;
  });
  const names = [...new Set([...x!.keys(), ...y!.keys()])].filter(
    (name) => findDifferences([...(x!.get(name)?.values ?? [])], [...(y!.get(name)?.values ?? [])]).length > 0,
  );
  return [...fields, ...names];
}

/** Trains once without interruption, and then one or more runs with the given number of kills in all. */
export async function stress({ kills, seed, train, folder, say }: Stress): Promise<StressResult> {
  const random = seededUniform(seed);
  const reference = join(folder, 'reference');
  const log = join(folder, 'operations.json');
  const uninterrupted = await waitForExit(start(train, reference, { STRESS_LOG: log }));
  if (uninterrupted.code !== 0)
    throw new Error(`the uninterrupted run ended with exit code ${uninterrupted.code}: ${uninterrupted.errors}`);
  const known = JSON.parse(readFileSync(log, 'utf8')) as Operations;
  const at = { start: 0, step: 0, checkpoint: 0, evaluation: 0, file: 0 };
  const stages = readMeasurement(runPaths(reference).measurement).counts.stages ?? [{ fromStep: 0 }];
  const inStage = stages.map(() => 0);
  const result = { halfWritten: 0, rounds: 0, wastedSteps: 0 };
  const lists = { differences: [] as string[], operations: [] as string[] };
  for (let done = 0, piece = join(folder, 'round-0'); ;) {
    const moment = done < kills ? moments[Math.floor(random() * moments.length)] : undefined;
    const target = moment === 'file' ? fileOperation(known, random) : {};
    const child = start(train, piece, target);
    const end = waitForExit(child);
    const alive = (): boolean => child.exitCode === null && child.signalCode === null;
    const running = { alive, random, pid: child.pid };
    if (moment !== undefined) {
      await Promise.race([waitForMoment(moment, piece, running), end]);
      if (moment !== 'file') child.kill('SIGKILL');
    }
    const { code, errors } = await end;
    if (code === null) {
      done += 1;
      at[moment!] += 1;
      // The mark has the number of finished steps: the kill happened during or before the next step.
      inStage[stageAt(stages, Math.max(0, readStep(piece)))]! += 1;
      const half = hasHalfWrittenCheckpoint(piece);
      if (half) result.halfWritten += 1;
      const operation = `${target['STRESS_WHEN'] ?? ''} ${target['STRESS_KIND'] ?? ''}`.trim();
      if (operation !== '') lists.operations.push(operation);
      say?.(
        `kill ${done} (${operation || moment!}) after step ${readStep(piece)}${half ? ', with a partly written checkpoint' : ''}`,
      );
      continue;
    }
    if (code !== 0) throw new Error(`a resumed run ended with exit code ${code}: ${errors}`);
    lists.differences.push(...compare(reference, piece));
    result.rounds += 1;
    result.wastedSteps += readMeasurement(runPaths(piece).measurement).totals.wasted.steps;
    say?.(`round ${result.rounds} finished`);
    if (done >= kills) return { kills: done, at, inStage, ...result, ...lists };
    piece = join(folder, `round-${result.rounds}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readOptions('stress-kill', {
    options: {
      kills: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      run: { type: 'string', default: 'configs/runs/synthetic.yaml' },
    },
  });
  await runScript('stress-kill', async () => {
    checkCounts({ kills: values.kills, seed: values.seed });
    const folder = mkdtempSync(join(tmpdir(), 'doubletime-kill-'));
    const result = await stress({
      kills: Number(values.kills),
      seed: Number(values.seed),
      folder,
      train: [values.run, ...stressSettings(values.run.includes('stress/') ? 3 : 20)],
      say: (line) => void process.stdout.write(`${line}\n`),
    });
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    if (result.differences.length > 0) process.exitCode = 1;
    else rmSync(folder, { recursive: true });
  });
}

/** Settings that write a checkpoint after almost every step, so that many kills happen during one. */
export function stressSettings(epochs = 20): string[] {
  const set = [`recipe.epochs=${epochs}`, 'execution.checkpointEverySeconds=0.02'];
  return set.flatMap((text) => ['--set', text]);
}
