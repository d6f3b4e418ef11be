import { readEndOfFile } from '../base/read-file.ts';
import { runPaths } from '../results/run-folder.ts';
import type { Exit } from './child.ts';

/** Bytes at the end of a log that contain its last line. */
const bytesOfLog = 4096;

/** The last line of a run's log, which says why it ended. */
function lastLogLine(folder: string): string {
  try {
    const lines = readEndOfFile(runPaths(folder).output, bytesOfLog).trimEnd().split('\n');
    return lines[lines.length - 1]?.slice(0, 300) ?? '';
  } catch {
    return '';
  }
}

/** Signals that end a process when its native code crashes. */
const ofNativeCode = new Set<NodeJS.Signals | null>(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL']);

const SMALLER = 'if it happens again, try a smaller recipe.batch or a larger gradientAccumulation';

/** What a signal that the sweep did not send may mean. There is no other sign of missing memory. */
function meaningOf({ signal, memoryKills = 0 }: Exit): string {
  if (signal === 'SIGKILL')
    return memoryKills > 0
      ? ` (the kernel killed ${memoryKills} process${memoryKills === 1 ? '' : 'es'} in the meantime for lack of memory; ${SMALLER})`
      : ` (by a person, by a cluster or, if dmesg says so, by the kernel for lack of memory; ${SMALLER})`;
  return ofNativeCode.has(signal) ? ` (the native library crashed, possibly for lack of memory; ${SMALLER})` : '';
}

/** How a run's process ended, and the last line of its log. */
export function explainExit(exit: Exit, folder: string): string {
  const { code, signal, error } = exit;
  if (error !== undefined) return `could not be started: ${error}`;
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}${meaningOf(exit)}`;
  const line = lastLogLine(folder);
  return line === '' ? how : `${how}: ${line}`;
}
