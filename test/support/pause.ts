import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const preload = new URL('pause.mjs', import.meta.url).href;

/** A moment in a program, identified by a file that it writes; see pause.mjs. */
export interface Moment {
  readonly file: string;
  readonly text?: string;
  readonly when?: 'before' | 'open';
}

/** An environment in which each Node program pauses once at a moment. */
export const pausingAt = ({ file, text = '', when }: Moment): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import ${preload}`,
  PAUSE_FILE: file,
  PAUSE_TEXT: text,
  PAUSE_WHEN: when,
});

/** The moment after this many training steps, counted over all processes of a run. */
export const afterStep = (step: number, folder = ''): Moment => ({
  file: `${folder}/mark.json`,
  text: `{"step":${step},`,
});

/** The moment when a run reports this state. */
export const inState = (state: string): Moment => ({
  file: '/progress.json',
  text: `"state":"${state}"`,
});

/** Whether a process is paused: a signal stopped it, and it was not continued. */
export function isPaused(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

/** Whether a sleeping process has received no signal: a signal is pending, wakes the process or ends it. */
export function sleepsWithoutSignal(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return /^State:\s+S/m.test(status) && !/^(?:Sig|Shd)Pnd:\s+0*[1-9a-f]/m.test(status);
  } catch {
    return false;
  }
}

/** Waits until a signal is pending for a paused process. The process handles it when it continues. */
export async function untilPending(pid: number, signal: NodeJS.Signals): Promise<void> {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const pending = /^ShdPnd:\s+(\w+)$/m.exec(status)![1]!;
    if ((BigInt(`0x${pending}`) & bit) !== 0n) return;
    await sleep(20);
  }
}
