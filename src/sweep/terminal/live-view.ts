import { Painter, type Terminal } from '../../base/text/painter.ts';
import { progressBar } from '../../base/text/progress-line.ts';
import type { RunState } from '../run-queue.ts';
import { changeText, runLabel } from './change-text.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { progressText } from './progress-text.ts';
import { fractionDone } from '../../results/progress-text.ts';
import { readProgress } from '../../results/progress.ts';
import type { SweepEta } from '../eta/estimate.ts';
import { estimateQueueEta } from '../eta/queue-eta.ts';
import { etaText } from './eta-text.ts';
import type { SweepView } from './view.ts';

const DRAW_MS = 250;
const ETA_MS = 2000;
const MAX_LABEL_WIDTH = 28;

/** The width of a progress bar in a terminal with this many columns; 0 for none. */
const barWidth = (columns: number): number => (columns >= 110 ? 16 : columns >= 58 ? 8 : 0);

/** Redraws one line for each active run, and below them one line for the sweep. */
export class LiveView implements SweepView {
  private readonly painter: Painter;
  private readonly active = new Set<RunState>();
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
    const longest = states.reduce((width, state) => Math.max(width, runLabel(state).length), 8);
    this.labelWidth = Math.min(MAX_LABEL_WIDTH, longest);
    this.painter.hideCursor();
    // The cursor must be shown again, also after an internal error.
    process.once('exit', this.restore);
    this.timer = setInterval(() => {
      this.draw();
    }, DRAW_MS);
    this.timer.unref();
  }

  /** A line with a label, a progress bar and a text. `formatText` gets the remaining width. */
  private line(name: string, fraction: number, formatText: (width: number) => string): string {
    const { columns } = this.painter;
    const width = barWidth(columns);
    const parts = [name.padEnd(this.labelWidth).slice(0, this.labelWidth)];
    if (width > 0) parts.push(progressBar(fraction, width));
    const head = parts.join(' ');
    return `${head} ${formatText(columns - head.length - 2)}`;
  }

  private runLine(state: RunState): string {
    const progress = readProgress(sweepPaths(this.dir).run(state.run.id));
    const metric = state.run.level?.metric ?? 'top1';
    const prefix = state.phase === 'elsewhere' ? 'elsewhere  ' : '';
    return this.line(runLabel(state), progress ? fractionDone(progress) : 0, (width) =>
      progress ? `${prefix}${progressText(progress, metric, width - prefix.length)}` : `${prefix}starting`,
    );
  }

  /** The estimate, computed at most every two seconds, because it takes a while for thousands of runs. */
  private eta(): SweepEta | undefined {
    const now = Date.now();
    if (now - this.estimatedAt >= ETA_MS) {
      this.estimatedAt = now;
      this.estimate = estimateQueueEta(this.dir, this.states);
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
    const fraction = this.states.length > 0 ? 1 - open / this.states.length : 1;
    const eta = etaText(this.eta());
    return this.line('all runs', fraction, () => [`${parts.join(', ')} of ${this.states.length}`, ...eta].join('  '));
  }

  /** Draws the runs that fit the terminal, the number of the others, and the summary. */
  private draw(): void {
    const maxRuns = this.painter.rows - 1;
    const active = [...this.active];
    const shown = active.length > maxRuns ? active.slice(0, Math.max(0, maxRuns - 1)) : active;
    const hidden = active.length - shown.length;
    this.painter.draw([
      ...shown.map((state) => this.runLine(state)),
      ...(hidden > 0 && maxRuns > 0 ? [`and ${hidden} more running`] : []),
      this.summaryLine(),
    ]);
  }

  changed(state: RunState): void {
    const { phase } = state;
    // A run that another sweep executes is checked every second, but printed only once.
    const isRepeatedCheck = this.elsewhere.has(state) && (phase === 'running' || phase === 'elsewhere');
    if (isRepeatedCheck) return;
    if (phase === 'elsewhere') this.elsewhere.add(state);
    else this.elsewhere.delete(state);
    if (phase === 'running' || phase === 'elsewhere') this.active.add(state);
    else this.active.delete(state);
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
