import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isPaused } from './pause.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const entry = join(root, 'src/cli/doubletime.mjs');
export const syntheticRun = join(root, 'configs/runs/synthetic.yaml');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<Ended>;
  readonly alive: () => boolean;
}

/** Starts a program, such as Node with the command line's entry; its output is kept. */
export function startProgram(
  file: string,
  args: readonly string[],
  env = {},
  stdin: 'ignore' | number = 'ignore',
): Running {
  const child = spawn(file, args, {
    stdio: [stdin, 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const text = { out: '', err: '' };
  child.stdout!.on('data', (data) => (text.out += String(data)));
  child.stderr!.on('data', (data) => (text.err += String(data)));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, ...text });
    });
  });
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  return { child, pid: child.pid!, ended, alive };
}

const setArguments = (set: readonly string[]): string[] => set.flatMap((one) => ['--set', one]);

/** Starts `doubletime train` on the synthetic run. */
export const startTraining = (dir: string, set: readonly string[] = [], env = {}): Running =>
  startProgram(process.execPath, [...[entry, 'train', syntheticRun, '--dir', dir], ...setArguments(set)], env);

/** Waits until a condition is true or the process has ended. Resolves to whether the condition was true. */
export async function until(running: Running, condition: () => boolean): Promise<boolean> {
  while (running.alive()) {
    if (condition()) return true;
    await sleep(2);
  }
  return false;
}

/** Waits until a process is paused or has ended. Resolves to whether it is paused. */
export const untilPaused = (running: Running): Promise<boolean> => until(running, () => isPaused(running.pid));

/** How often a process has a file open. */
export function openHandles(pid: number, file: string): number {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).filter((name) => readlinkSync(join(folder, name)) === file).length;
  } catch {
    // The process has ended, or it has closed one of its files in the meantime.
    return 0;
  }
}

/** The state of a run according to its folder; undefined before it has one. */
export function stateOf(dir: string): { state: string; step: number; pid: number } | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'progress.json'), 'utf8')) as {
      state: string;
      step: number;
      pid: number;
    };
  } catch {
    return undefined;
  }
}

/** The number of finished steps, saved after each step. */
export function stepsDone(dir: string): number {
  try {
    return (JSON.parse(readFileSync(join(dir, 'mark.json'), 'utf8')) as { step: number }).step;
  } catch {
    return -1;
  }
}
