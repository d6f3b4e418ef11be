import { spawn } from 'node:child_process';
import { closeSync, constants } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import { writeFailure } from '../../base/files/files.ts';
import { countOomKills } from '../../base/system/memory-kills.ts';
import { openRegularFile } from '../../base/files/regular-file.ts';
import { runPaths } from '../../results/run-folder.ts';

const { O_APPEND, O_CREAT, O_WRONLY } = constants;

/** A program with its arguments. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** How a process ended: with a code, or killed by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the process could not be started. */
  readonly error?: string;
  /** Number of processes on this machine that the kernel killed for lack of memory while the process was running. */
  readonly memoryKills?: number;
}

export interface Child {
  readonly pid: number | undefined;
  readonly exit: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a run's process and appends its output to `output.log` in the run's folder. The process leads its own process group:
 * Ctrl-C reaches it only through the sweep, and it continues if the sweep is killed.
 * @throws UserError 65 if the log is not a regular file, 73 or 74 if it cannot be written.
 */
export function startChild(command: Command, folder: string, env: NodeJS.ProcessEnv): Child {
  const file = runPaths(folder).output;
  let log: number;
  try {
    log = openRegularFile(file, O_WRONLY | O_APPEND | O_CREAT);
  } catch (error) {
    throw error instanceof UserError ? error : writeFailure(file, error);
  }
  const killsBefore = countOomKills() ?? 0;
  try {
    const child = spawn(command.file, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    const exit = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal, memoryKills: (countOomKills() ?? 0) - killsBefore });
      });
      child.once('error', (error) => {
        resolve({ code: null, signal: null, error: messageOf(error) });
      });
    });
    return { pid: child.pid, exit, kill: (signal) => void child.kill(signal) };
  } finally {
    closeQuietly(log);
  }
}

/** Closes this process's handle of the log and ignores errors: it has written nothing through it. */
function closeQuietly(handle: number): void {
  try {
    closeSync(handle);
  } catch {
    return;
  }
}
