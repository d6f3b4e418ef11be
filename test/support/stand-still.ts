import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const preload = new URL('stand-still.mjs', import.meta.url).href;

/** A moment in a program's life, told by what it writes; see stand-still.mjs. */
export interface Moment {
  readonly file: string;
  readonly text?: string;
  readonly when?: 'before' | 'open';
}

/** The environment in which Node programs stand still at a moment, once each. */
export const standingStillAt = ({ file, text = '', when }: Moment): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import ${preload}`,
  STAND_STILL_FILE: file,
  STAND_STILL_TEXT: text,
  STAND_STILL_WHEN: when,
});

/** When a training has taken so many steps, in all its processes together. */
export const afterStep = (step: number, folder = ''): Moment => ({
  file: `${folder}/mark.json`,
  text: `{"step":${step},`,
});

/** When a training says that it is in this state. */
export const inState = (state: string): Moment => ({
  file: '/progress.json',
  text: `"state":"${state}"`,
});

/** Whether a process stands still: it was stopped by a signal, and nobody has continued it. */
export function standsStill(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

/** Waits until a process that stands still has been sent a signal, which it will hear of first when it goes on. */
export async function untilSent(pid: number, signal: NodeJS.Signals): Promise<void> {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const pending = /^ShdPnd:\s+(\w+)$/m.exec(status)![1]!;
    if ((BigInt(`0x${pending}`) & bit) !== 0n) return;
    await sleep(20);
  }
}
