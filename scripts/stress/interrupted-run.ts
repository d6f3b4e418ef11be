import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findDifferences } from '../../src/results/compare.ts';
import { readProgress } from '../../src/results/progress.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { runPaths } from '../../src/results/run-folder.ts';

/** A command to start. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a training run in `folder`, and kills all its processes with SIGKILL after a number of steps. Returns the last step.
 * @throws Error if the run ends before this step.
 */
export async function killAfter({ program, args, cwd, env }: Command, steps: number, folder: string): Promise<number> {
  const child = spawn(program, args, { cwd, stdio: 'ignore', detached: true, ...(env && { env }) });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while ((readProgress(folder)?.step ?? 0) < steps) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the run ended before step ${steps}`);
    await sleep(50);
  }
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  return readProgress(folder)?.step ?? 0;
}

/** The fields in which the measurements of two runs differ, except those of time, machine and folder. */
export function compareMeasurements(folder: string, other: string): string[] {
  const [a, b] = [folder, other].map((run) => readMeasurement(runPaths(run).measurement));
  if (a === undefined || b === undefined)
    return [`measurement.json is missing from ${a === undefined ? folder : other}`];
  return findDifferences(a, b)
    .filter(({ timeOrPlace }) => !timeOrPlace)
    .map(({ path }) => path);
}
