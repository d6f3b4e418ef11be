import { pino, type Logger } from 'pino';
import { removePartialLine } from '../../base/files/partial-line.ts';
import { LineFile } from '../files/line-file.ts';

export interface Events {
  readonly log: Logger;
  close(): void;
}

/** Opens `events.jsonl` for appending. Removes an incomplete last line, with a warning in the log. @throws UserError exit code 73 or 74. */
export function openEvents(file: string, level: string, requireHeld: () => void): Events {
  requireHeld();
  const removed = removePartialLine(file);
  const lines = new LineFile(file, requireHeld);
  const log = pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  if (removed > 0) log.warn({ bytes: removed }, 'the last line of this log was incomplete and was removed');
  return {
    log,
    close: () => {
      lines.close();
    },
  };
}
