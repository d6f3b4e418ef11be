import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const preload = new URL('stand-still.mjs', import.meta.url).href;

/** A moment in a program, identified by a file that it writes; see stand-still.mjs. */
export interface Moment {
  readonly file: string;
  readonly text?: string;
  readonly when?: 'before' | 'open';
}

/** An environment in which each Node program pauses once at a moment. */
export const standingStillAt = ({ file, text = '', when }: Moment): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import ${preload}`,
  STAND_STILL_FILE: file,
  STAND_STILL_TEXT: text,
  STAND_STILL_WHEN: when,
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
export function standsStill(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

/** Waits until a signal is pending for a paused process. The process handles it when it continues. */
export async function untilSent(pid: number, signal: NodeJS.Signals): Promise<void> {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const pending = /^ShdPnd:\s+(\w+)$/m.exec(status)![1]!;
    if ((BigInt(`0x${pending}`) & bit) !== 0n) return;
    await sleep(20);
  }
}
