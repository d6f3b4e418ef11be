import type { RunState } from '../run-queue.ts';
import { changeText, runLabel } from './change-text.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { progressText } from './progress-text.ts';
import { readProgress } from '../../results/progress.ts';
import type { SweepView } from './view.ts';

/** Prints lines, for a pipe or a log: every change of a run's state, and its progress after each epoch and evaluation. */
export class LineView implements SweepView {
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
    const key = `${Math.floor(progress.epoch)} ${progress.top1} ${progress.top5}`;
    if (this.shown.get(state.run.id) === key) return;
    this.shown.set(state.run.id, key);
    this.say(`${runLabel(state)}: ${progressText(progress, state.run.level?.metric ?? 'top1')}`);
  }

  changed(state: RunState): void {
    if (state.phase === 'running') this.running.add(state);
    else this.running.delete(state);
    // A run that another sweep executes is checked every second, but printed only once.
    if (this.elsewhere.has(state) && (state.phase === 'elsewhere' || state.phase === 'running')) return;
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
