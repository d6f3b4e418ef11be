import { pino, type Logger } from 'pino';
import { LineFile, repairLastLine } from '../files/line-file.ts';

export interface Events {
  readonly log: Logger;
  close(): void;
}

/** Opens `events.jsonl` to go on behind its last whole line, and says so in it where a line had been cut. */
export function openEvents(file: string, level: string, requireHeld: () => void): Events {
  requireHeld();
  const cut = repairLastLine(file);
  const lines = new LineFile(file, requireHeld);
  const log = pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  if (cut > 0) log.warn({ bytes: cut }, 'the last line of this log had been cut and was taken out');
  return {
    log,
    close: () => {
      lines.close();
    },
  };
}
