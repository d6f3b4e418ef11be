import { formatCount } from '../../base/text/format.ts';
import { closingMessage } from '../../base/text/closing-message.ts';
import { readEndOfFile } from '../../base/files/read-file.ts';
import { runPaths } from '../../results/run-folder.ts';
import type { Exit } from './child.ts';

/** The number of bytes at the end of a log in which its last message is looked for. A stack trace may follow the message. */
const LOG_BYTES = 16_384;

/** The last message of a run's log, which says why the run ended; at most 300 characters. */
function lastLogMessage(folder: string): string {
  try {
    return closingMessage(readEndOfFile(runPaths(folder).output, LOG_BYTES)).slice(0, 300);
  } catch {
    return '';
  }
}

/** Signals that end a process when its native code crashes. */
const crashSignals = new Set<NodeJS.Signals | null>(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL']);

const SMALLER_BATCH = 'if it happens again, try a smaller recipe.batch or a larger recipe.gradientAccumulation';

/** The possible cause of a signal that the sweep did not send. A lack of memory leaves no other trace. */
function explainSignal({ signal, memoryKills = 0 }: Exit): string {
  if (signal === 'SIGKILL')
    return memoryKills > 0
      ? ` (the kernel killed ${formatCount(memoryKills, 'process')} in the meantime for lack of memory; ${SMALLER_BATCH})`
      : ` (by a person, by a cluster or, if dmesg says so, by the kernel for lack of memory; ${SMALLER_BATCH})`;
  return crashSignals.has(signal) ? ` (the native library crashed, possibly for lack of memory; ${SMALLER_BATCH})` : '';
}

/** Describes how a run's process ended, with the last message of its log. */
export function explainExit(exit: Exit, folder: string): string {
  const { code, signal, error } = exit;
  if (error !== undefined) return `could not be started: ${error}`;
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}${explainSignal(exit)}`;
  const message = lastLogMessage(folder);
  return message === '' ? how : `${how}: ${message}`;
}
