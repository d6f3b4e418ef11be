import { SingleBar } from 'cli-progress';
import { exactly, printable } from '../../base/printable.ts';
import { stoppedEarlyText } from '../../results/flops-limit.ts';
import type { CurvePoint, Measurement } from '../../results/measurement.ts';
import type { Progress } from '../../results/progress.ts';
import {
  describeActivity,
  barLine,
  duration,
  evaluationLine,
  flops,
  metricName,
  percent,
  statusLine,
} from './format.ts';

/** Shows the progress of a run to a person or a program. */
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

/** Free columns after the bar: a `^C` that the terminal echoes must not wrap, and some terminals wrap at the last column. */
const MARGIN_COLUMNS = 3;

type Write = (text: string) => void;

/** A summary of the result, in a few lines. */
export function resultLines(measurement: Measurement): string {
  const { network, status, earlyStop, level, crossing, totals, curve } = measurement;
  const last = curve[curve.length - 1];
  const lines = [
    `${network}: ${status} after ${totals.epochs.toFixed(2)} epochs, ${flops(totals.flops)} in ${duration(totals.seconds.training)} of training`,
  ];
  if (last) lines.push(`last evaluation: top-1 ${percent(last.top1)}, top-5 ${percent(last.top5)}`);
  if (crossing && level)
    lines.push(
      `${metricName(level.metric)} ${percent(crossing.accuracy)} reached after ${crossing.epochs.toFixed(2)} epochs: ` +
        `${flops(crossing.flops)}, ${crossing.paperTeraflopSecondDays.toPrecision(4)} teraflop/s-days of paper compute`,
    );
  else if (level?.value !== undefined)
    lines.push(`${metricName(level.metric)} ${percent(level.value)} was not reached`);
  if (earlyStop) lines.push(stoppedEarlyText(earlyStop));
  return lines.join('\n');
}

/** Plain lines, for a file or a pipe. */
function plainReporter(write: Write): Reporter {
  return {
    everySeconds: 10,
    progress: (progress) => {
      write(`${statusLine(progress)}\n`);
    },
    enter: ({ state }) => {
      if (state === 'starting' || state === 'tracing') write(`${describeActivity(state)!}\n`);
    },
    evaluated: (point) => {
      write(`${evaluationLine(point)}\n`);
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

/** One JSON object per line, each with its `event`. */
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

/** A progress bar on a terminal; evaluations and notes are printed above it and stay. */
function barReporter(stream: NodeJS.WriteStream): Reporter {
  const bar = new SingleBar({
    format: (_options, _params, { line }: { line: string }) => line,
    stream: exactly(stream),
    clearOnComplete: true,
    hideCursor: true,
    // Truncates lines that are too long; `barLine` already fits its lines.
    linewrap: true,
    fps: 10,
    gracefulExit: false,
  });
  let running = false;
  let last: Progress | undefined;
  const stop = (): void => {
    if (running) bar.stop();
    running = false;
  };
  const draw = (progress: Progress): void => {
    last = progress;
    const payload = { line: printable(barLine(progress, (stream.columns || 80) - MARGIN_COLUMNS)) };
    if (running) bar.update(progress.step, payload);
    else bar.start(progress.steps, progress.step, payload);
    running = true;
  };
  const above = (text: string): void => {
    stop();
    stream.write(`${text}\n`);
    if (last) draw(last);
  };
  return {
    everySeconds: 0.2,
    progress: draw,
    enter: (progress) => {
      // Drawn at once, because the new activity may block this thread.
      stop();
      if (progress.state === 'training' || describeActivity(progress.state)) draw(progress);
      else last = undefined;
    },
    evaluated: (point) => {
      above(evaluationLine(point));
    },
    note: above,
    finished: (measurement) => {
      last = undefined;
      above(resultLines(measurement));
    },
    close: stop,
  };
}

/** The reporter for a stream: JSON on demand, a progress bar on a terminal, otherwise plain lines. */
export function createReporter(stream: NodeJS.WriteStream, log: 'text' | 'json'): Reporter {
  const write: Write = (text) => void stream.write(text);
  if (log === 'json') return jsonReporter(write);
  return stream.isTTY && process.env['TERM'] !== 'dumb' ? barReporter(stream) : plainReporter(write);
}
