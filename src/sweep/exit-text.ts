import { readEndOfFile } from '../base/read-file.ts';
import { runPaths } from '../results/run-folder.ts';
import type { Exit } from './child.ts';

/** So much of a log holds its last line, however much was printed before. */
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

/** Signals that a process's own native code ends it with. */
const ofNativeCode = new Set<NodeJS.Signals | null>(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL']);

const SMALLER = 'should it happen again, try a smaller recipe.batch or a larger gradientAccumulation';

/** What a signal may mean that the sweep has not sent: nothing else tells of memory that ran out. */
function meaningOf({ signal, memoryKills = 0 }: Exit): string {
  if (signal === 'SIGKILL')
    return memoryKills > 0
      ? ` (the kernel killed ${memoryKills} process${memoryKills === 1 ? '' : 'es'} meanwhile because memory had run out; ${SMALLER})`
      : ` (by a person, by a cluster or, where dmesg says so, by the kernel because memory had run out; ${SMALLER})`;
  return ofNativeCode.has(signal) ? ` (the native library died, as it may when memory runs out; ${SMALLER})` : '';
}

/** How a run's process ended, and the last line of its log. */
export function explainExit(exit: Exit, folder: string): string {
  const { code, signal, error } = exit;
  if (error !== undefined) return `could not be started: ${error}`;
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}${meaningOf(exit)}`;
  const line = lastLogLine(folder);
  return line === '' ? how : `${how}: ${line}`;
}
