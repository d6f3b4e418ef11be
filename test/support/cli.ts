import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../src/cli/doubletime.mjs', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line as a user does, in a separate process.
 * @param output an open file that gets the standard output; default: the result's `stdout`.
 */
export function doubletime(args: readonly string[], cwd = process.cwd(), output: number | 'pipe' = 'pipe'): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    encoding: 'utf8',
    cwd,
    stdio: ['pipe', output, 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

/** A running command line: its process, and its output once it has ended. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly end: Promise<CliResult & { readonly signal: NodeJS.Signals | null }>;
}

/** Starts the command line as a shell does: as the leader of a new process group. */
export function startDoubletime(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  const child = spawn(process.execPath, [entry, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (text.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text.stderr += part.toString()));
  const end = once(child, 'close').then(([status, signal]) => ({
    ...text,
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return { child, printed: () => text.stdout, end };
}
