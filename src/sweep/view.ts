import { MultiBar, type SingleBar } from 'cli-progress';
import { formatPercent, formatSeconds, withPrefix } from '../base/format.ts';
import type { RunState } from './board.ts';
import { sweepPaths } from './folder.ts';
import { partDone, progressText, readProgress } from './progress.ts';
import { reasonText } from './reason.ts';

/** What a person at the terminal sees while a sweep runs. */
export interface SweepView {
  changed(state: RunState): void;
  /** A line of its own: what the sweep itself has to say. */
  say(line: string): void;
  end(): void;
}

const label = ({ run }: RunState): string => `${run.name}-s${run.seed}`;

/** One line for a run that has just changed its state; undefined where there is nothing to tell. */
export function changeText(state: RunState): string | undefined {
  const { phase, message, result, slot, run } = state;
  const name = label(state);
  if (phase === 'running') return `${name}: starts on ${slot ?? 'this machine'} (${run.id})`;
  if (phase === 'done' && result) return `${name}: ${resultText(state)}`;
  if (phase === 'pending' && message) {
    const wait = (state.notBefore - Date.now()) / 1000;
    const when = wait > 1 ? `tried again in ${formatSeconds(wait)}` : 'tried again';
    return `${name}: ${message}; ${when}`;
  }
  if (phase === 'elsewhere') return `${name}: held by ${message ?? 'another sweep'}; waiting`;
  if (phase === 'stopped') return `${name}: stopped after a checkpoint`;
  if (phase === 'failed') return `${name}: failed: ${message ?? ''}`;
  return phase === 'blocked' ? `${name}: not started, ${message ?? ''}` : undefined;
}

function resultText({ run, result }: RunState): string {
  const { crossing, totals, lastAccuracy, level } = result!;
  const metric = run.level?.metric === 'top5' ? 'top-5' : 'top-1';
  const accuracy = crossing?.accuracy ?? lastAccuracy;
  const reached = accuracy === null ? '' : `, ${metric} ${formatPercent(accuracy)}`;
  const wanted = level?.value === undefined ? '' : ` (level ${formatPercent(level.value)})`;
  const flops = `${withPrefix((crossing ?? totals).flops)}FLOP`;
  if (run.anchor === run.id) return `sets the level${reached}, ${flops}`;
  return `${reasonText(result!, run.level !== null)}${reached}${wanted}, ${flops}`;
}

/** Lines, for a pipe or a log: every change, and every run's progress when its epoch or state has changed. */
class LineView implements SweepView {
  private readonly shown = new Map<string, string>();
  private readonly running = new Set<RunState>();
  private readonly timer: NodeJS.Timeout;
  private readonly dir: string;
  private readonly out: NodeJS.WritableStream;
  private readonly elsewhere = new Set<RunState>();

  constructor(dir: string, out: NodeJS.WritableStream) {
    this.dir = dir;
    this.out = out;
    this.timer = setInterval(() => {
      for (const state of this.running) this.showProgress(state);
    }, 1000);
    this.timer.unref();
  }

  private showProgress(state: RunState): void {
    const progress = readProgress(sweepPaths(this.dir).run(state.run.id));
    if (!progress) return;
    const mark = `${Math.floor(progress.epoch)} ${progress.top1} ${progress.top5}`;
    if (this.shown.get(state.run.id) === mark) return;
    this.shown.set(state.run.id, mark);
    this.say(`${label(state)}: ${progressText(progress, state.run.level?.metric ?? 'top1')}`);
  }

  changed(state: RunState): void {
    if (state.phase === 'running') this.running.add(state);
    else this.running.delete(state);
    // A run that another sweep has is looked at every second: said once.
    if (this.elsewhere.has(state) && (state.phase === 'elsewhere' || state.phase === 'running'))
      return;
    if (state.phase === 'elsewhere') this.elsewhere.add(state);
    else this.elsewhere.delete(state);
    const text = changeText(state);
    if (text !== undefined) this.say(text);
  }

  say(line: string): void {
    this.out.write(`${line}\n`);
  }

  end(): void {
    clearInterval(this.timer);
  }
}

/** A line for each run at work that is drawn over and over, and one for the whole sweep below them. */
class BarView implements SweepView {
  private readonly bars: MultiBar;
  private readonly running = new Map<RunState, SingleBar>();
  private readonly all: SingleBar;
  private readonly states: readonly RunState[];
  private readonly dir: string;
  private readonly timer: NodeJS.Timeout;

  constructor(dir: string, states: readonly RunState[], out: NodeJS.WriteStream) {
    this.dir = dir;
    this.states = states;
    this.bars = new MultiBar({
      stream: out,
      clearOnComplete: true,
      hideCursor: true,
      fps: 4,
      barsize: 16,
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      gracefulExit: false,
      emptyOnZero: true,
      format: '{label} {bar} {text}',
    });
    this.all = this.bars.create(states.length, 0, this.summary());
    this.timer = setInterval(() => {
      this.refresh();
    }, 250);
    this.timer.unref();
  }

  private summary(): { label: string; text: string } {
    const count = (phase: RunState['phase']) => this.states.filter((s) => s.phase === phase).length;
    const parts = (['done', 'running', 'failed', 'blocked', 'elsewhere'] as const)
      .map((phase) => [phase, count(phase)] as const)
      .filter(([phase, n]) => n > 0 || phase === 'done')
      .map(([phase, n]) => `${n} ${phase}`);
    return { label: pad('all runs'), text: `${parts.join(', ')} of ${this.states.length}` };
  }

  private refresh(): void {
    for (const [state, bar] of this.running) {
      const progress = readProgress(sweepPaths(this.dir).run(state.run.id));
      const text = progress
        ? progressText(progress, state.run.level?.metric ?? 'top1')
        : 'starting';
      bar.update(progress ? Math.round(1000 * partDone(progress)) : 0, { text });
    }
    const settled = this.states.filter(({ phase }) => phase !== 'pending' && phase !== 'running');
    this.all.update(settled.length, this.summary());
  }

  changed(state: RunState): void {
    const bar = this.running.get(state);
    if (state.phase === 'running' && !bar) {
      const start = { label: pad(label(state)), text: 'starting' };
      this.running.set(state, this.bars.create(1000, 0, start));
      return;
    }
    if (bar && state.phase !== 'running') {
      this.bars.remove(bar);
      this.running.delete(state);
    }
    const text = state.phase === 'elsewhere' ? undefined : changeText(state);
    if (text !== undefined) this.say(text);
    this.refresh();
  }

  say(line: string): void {
    this.bars.log(`${line}\n`);
  }

  end(): void {
    clearInterval(this.timer);
    this.refresh();
    this.bars.stop();
  }
}

const pad = (name: string): string => name.padEnd(24).slice(0, 24);

/** Bars on a terminal, lines elsewhere. */
export function createView(
  dir: string,
  states: readonly RunState[],
  out: NodeJS.WriteStream,
): SweepView {
  return out.isTTY && process.env['TERM'] !== 'dumb'
    ? new BarView(dir, states, out)
    : new LineView(dir, out);
}
