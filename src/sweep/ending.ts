import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit } from './child.ts';

/** The last line of a run's log, to say why it ended. */
function lastWords(folder: string): string {
  try {
    const lines = readFileSync(join(folder, 'output.log'), 'utf8').trimEnd().split('\n');
    return lines[lines.length - 1]?.slice(0, 300) ?? '';
  } catch {
    return '';
  }
}

/** Signals that a process's own native code ends it with. */
const ofNativeCode = new Set<NodeJS.Signals | null>(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL']);

const SMALLER =
  'should it happen again, try a smaller recipe.batch or a larger gradientAccumulation';

/** What a signal may mean that nobody of the sweep has sent; memory that runs out has no voice of its own. */
function meaningOf({ signal, memoryKills = 0 }: Exit): string {
  if (signal === 'SIGKILL')
    return memoryKills > 0
      ? ` (the kernel killed ${memoryKills} process${memoryKills === 1 ? '' : 'es'} meanwhile because memory had run out; ${SMALLER})`
      : ` (by a person, by a cluster or, where dmesg says so, by the kernel because memory had run out; ${SMALLER})`;
  return ofNativeCode.has(signal)
    ? ` (the native library died, as it may when memory runs out; ${SMALLER})`
    : '';
}

/** How a run's process ended, and its last words. */
export function explainExit(exit: Exit, folder: string): string {
  const { code, signal, error } = exit;
  if (error !== undefined) return `could not be started: ${error}`;
  const how =
    signal === null ? `ended with exit code ${code}` : `was killed by ${signal}${meaningOf(exit)}`;
  const words = lastWords(folder);
  return words === '' ? how : `${how}: ${words}`;
}
