import { formatDuration, formatFlops, formatNumber } from '../../base/text/format.ts';
import { ProgressDisplay } from '../../base/text/progress-line.ts';
import { accuracyAt } from '../../results/crossing.ts';
import { stoppedEarlyText } from '../../results/flops-limit.ts';
import type { CurvePoint, Measurement } from '../../results/measurement.ts';
import type { Progress } from '../../results/progress.ts';
import { accuracyText, activityText, evaluationText, progressLogLine } from '../../results/progress-text.ts';
import { barLine } from './bar-line.ts';

/** Prints the progress of a run for a user or a program. */
export interface Reporter {
  /** Minimum seconds between two calls of `progress`. */
  readonly everySeconds: number;
  progress(progress: Progress): void;
  /** The run has entered another state. */
  enter(progress: Progress): void;
  evaluated(point: CurvePoint): void;
  note(message: string): void;
  finished(measurement: Measurement): void;
  close(): void;
}

type Write = (text: string) => void;

/** A summary of the result, in a few lines. */
export function resultLines(measurement: Measurement): string {
  const { network, status, earlyStop, level, crossing, totals, curve } = measurement;
  const last = curve[curve.length - 1];
  const lines = [
    `${network}: ${status} after ${totals.epochs.toFixed(2)} epochs, ${formatFlops(totals.flops)} in ${formatDuration(totals.seconds.training)} of training`,
  ];
  if (last)
    lines.push(
      `last evaluation: ${accuracyText('top1', accuracyAt(last, 'top1'))}, ${accuracyText('top5', accuracyAt(last, 'top5'))}`,
    );
  if (crossing && level)
    lines.push(
      `${accuracyText(level.metric, crossing.accuracy)} reached after ${crossing.epochs.toFixed(2)} epochs: ` +
        `${formatFlops(crossing.flops)}, ${formatNumber(crossing.paperTeraflopSecondDays)} teraflop/s-days of paper compute`,
    );
  else if (level?.value !== undefined) lines.push(`${accuracyText(level.metric, level.value)} was not reached`);
  if (earlyStop) lines.push(stoppedEarlyText(earlyStop));
  return lines.join('\n');
}

/** Prints plain lines, for a file or a pipe. */
function plainReporter(write: Write): Reporter {
  return {
    everySeconds: 10,
    progress: (progress) => {
      write(`${progressLogLine(progress)}\n`);
    },
    enter: ({ state }) => {
      if (state === 'starting' || state === 'tracing') write(`${activityText(state)!}\n`);
    },
    evaluated: (point) => {
      write(`${evaluationText(point)}\n`);
    },
    note: (message) => {
      write(`${message}\n`);
    },
    finished: (measurement) => {
      write(`${resultLines(measurement)}\n`);
    },
    close: () => undefined,
  };
}

/** Prints one JSON object per line, each with its `event`. */
function jsonReporter(write: Write): Reporter {
  const line = (event: string, content: object): void => {
    write(`${JSON.stringify({ event, ...content })}\n`);
  };
  return {
    everySeconds: 10,
    progress: (progress) => {
      line('progress', progress);
    },
    enter: ({ state }) => {
      line('state', { state });
    },
    evaluated: (point) => {
      line('evaluated', point);
    },
    note: (message) => {
      line('note', { message });
    },
    finished: (measurement) => {
      line('finished', measurement);
    },
    close: () => undefined,
  };
}

/** Draws a progress bar on a terminal. Evaluations and notes are printed above it and stay. */
function barReporter(stream: NodeJS.WriteStream): Reporter {
  const display = new ProgressDisplay(stream);
  const draw = (progress: Progress): void => {
    display.draw((columns) => barLine(progress, columns));
  };
  const print = (text: string): void => {
    display.print(text);
  };
  return {
    everySeconds: 0.2,
    progress: draw,
    enter: (progress) => {
      // The new activity may block this thread, so the bar is drawn before it starts.
      if (progress.state === 'training' || activityText(progress.state)) draw(progress);
      else display.clear();
    },
    evaluated: (point) => {
      print(evaluationText(point));
    },
    note: print,
    finished: (measurement) => {
      display.clear();
      print(resultLines(measurement));
    },
    close: () => {
      display.clear();
    },
  };
}

/** Creates the reporter for a stream: JSON if `log` is `json`, a progress bar on a terminal, otherwise plain lines. */
export function createReporter(stream: NodeJS.WriteStream, log: 'text' | 'json'): Reporter {
  const write: Write = (text) => void stream.write(text);
  if (log === 'json') return jsonReporter(write);
  return stream.isTTY && process.env['TERM'] !== 'dumb' ? barReporter(stream) : plainReporter(write);
}
