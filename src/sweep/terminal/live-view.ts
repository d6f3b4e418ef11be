import { Painter, type Terminal } from '../../base/painter.ts';
import { progressBar } from '../../base/progress-line.ts';
import type { RunState } from '../run-queue.ts';
import { changeText, label } from './change-text.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { progressText } from './progress-text.ts';
import { fractionDone } from '../../results/progress-text.ts';
import { readProgress } from '../../results/progress.ts';
import type { SweepEta } from '../eta.ts';
import { etaOfStates } from '../queue-eta.ts';
import { etaText } from './eta-text.ts';
import type { SweepView } from './view.ts';

const drawMs = 250;
const etaMs = 2000;
const maxLabelWidth = 28;

/** How wide a bar may be beside the text. */
const barWidth = (columns: number): number => (columns >= 110 ? 16 : columns >= 58 ? 8 : 0);

/** Redraws one line for each active run, and below them one line for the sweep. */
export class LiveView implements SweepView {
  private readonly painter: Painter;
  private readonly working = new Set<RunState>();
  private readonly elsewhere = new Set<RunState>();
  private readonly states: readonly RunState[];
  private readonly dir: string;
  private readonly timer: NodeJS.Timeout;
  private readonly labelWidth: number;
  private estimatedAt = 0;
  private estimate: SweepEta | undefined;
  private readonly restore = (): void => {
    this.painter.clear();
  };

  constructor(dir: string, states: readonly RunState[], out: Terminal) {
    this.dir = dir;
    this.states = states;
    this.painter = new Painter(out);
    const longest = states.reduce((most, state) => Math.max(most, label(state).length), 8);
    this.labelWidth = Math.min(maxLabelWidth, longest);
    this.painter.hideCursor();
    // Also after an internal error.
    process.once('exit', this.restore);
    this.timer = setInterval(() => {
      this.draw();
    }, drawMs);
    this.timer.unref();
  }

  private line(name: string, part: number, textFor: (width: number) => string): string {
    const { columns } = this.painter;
    const width = barWidth(columns);
    const start = [name.padEnd(this.labelWidth).slice(0, this.labelWidth)];
    if (width > 0) start.push(progressBar(part, width));
    const head = start.join(' ');
    return `${head} ${textFor(columns - head.length - 2)}`;
  }

  private runLine(state: RunState): string {
    const progress = readProgress(sweepPaths(this.dir).run(state.run.id));
    const metric = state.run.level?.metric ?? 'top1';
    const other = state.phase === 'elsewhere' ? 'elsewhere  ' : '';
    return this.line(label(state), progress ? fractionDone(progress) : 0, (width) =>
      progress ? `${other}${progressText(progress, metric, width - other.length)}` : `${other}starting`,
    );
  }

  /** An estimate that changes slowly; for thousands of runs it takes a while. */
  private eta(): SweepEta | undefined {
    const now = Date.now();
    if (now - this.estimatedAt >= etaMs) {
      this.estimatedAt = now;
      this.estimate = etaOfStates(this.dir, this.states);
    }
    return this.estimate;
  }

  private summaryLine(): string {
    const counts = new Map<string, number>();
    for (const { phase } of this.states) counts.set(phase, (counts.get(phase) ?? 0) + 1);
    const parts = (['done', 'running', 'elsewhere', 'pending', 'stopped', 'failed', 'blocked'] as const)
      .map((phase) => [phase, counts.get(phase) ?? 0] as const)
      .filter(([phase, count]) => count > 0 || phase === 'done')
      .map(([phase, count]) => `${count} ${phase}`);
    const open = ['pending', 'running', 'elsewhere'].reduce((n, p) => n + (counts.get(p) ?? 0), 0);
    const part = this.states.length > 0 ? 1 - open / this.states.length : 1;
    const eta = etaText(this.eta());
    return this.line('all runs', part, () => [`${parts.join(', ')} of ${this.states.length}`, ...eta].join('  '));
  }

  /** As many runs as there is room for, and how many more there are. */
  private draw(): void {
    const room = this.painter.rows - 1;
    const working = [...this.working];
    const shown = working.length > room ? working.slice(0, Math.max(0, room - 1)) : working;
    const more = working.length - shown.length;
    this.painter.draw([
      ...shown.map((state) => this.runLine(state)),
      ...(more > 0 && room > 0 ? [`and ${more} more at work`] : []),
      this.summaryLine(),
    ]);
  }

  changed(state: RunState): void {
    const { phase } = state;
    // A run that another sweep has is tried every second: nothing to tell.
    const isTrial = this.elsewhere.has(state) && (phase === 'running' || phase === 'elsewhere');
    if (isTrial) return;
    if (phase === 'elsewhere') this.elsewhere.add(state);
    else this.elsewhere.delete(state);
    if (phase === 'running' || phase === 'elsewhere') this.working.add(state);
    else this.working.delete(state);
    const text = phase === 'running' ? undefined : changeText(state);
    if (text !== undefined) this.say(text);
  }

  say(line: string): void {
    this.painter.print(line);
    this.draw();
  }

  end(): void {
    clearInterval(this.timer);
    process.off('exit', this.restore);
    this.painter.clear();
  }
}
