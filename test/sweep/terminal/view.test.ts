import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../../src/results/progress.ts';
import { RunQueue } from '../../../src/sweep/run-queue.ts';
import { createView } from '../../../src/sweep/terminal/create-view.ts';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import { progressText } from '../../../src/sweep/terminal/progress-text.ts';
import { resultsTable } from '../../../src/sweep/terminal/table.ts';
import { makeMeasurement } from '../../support/measurements.ts';
import { Screen } from '../../support/screen.ts';
import { planOf, sampleProgress as progress, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sweep of this many runs, with its view on a screen. */
function watched(runs: number, screen: Screen) {
  const folder = temporaryFolder();
  const seeds = Array.from({ length: runs }, (_, i) => i).join(', ');
  const yaml = `${sweepHeader}runs: [{ network: vgg11, seeds: [${seeds}] }]\n`;
  const queue = new RunQueue(planOf(folder, yaml));
  const view = createView(folder, queue.states, screen as unknown as NodeJS.WriteStream);
  const draw = (): void => {
    vi.advanceTimersByTime(300);
  };
  /** Starts a run, and writes its progress file if a progress is given. */
  const start = (reported?: Partial<Progress>) => {
    const state = queue.take(0, 'worker 1')!;
    if (reported) {
      const run = sweepPaths(folder).run(state.run.id);
      mkdirSync(run, { recursive: true });
      writeFileSync(join(run, 'progress.json'), JSON.stringify({ ...progress, ...reported }));
    }
    view.changed(state);
    return state;
  };
  const finish = (state: ReturnType<typeof start>): void => {
    const measurement = makeMeasurement({ network: 'vgg11', epochs: 2 });
    queue.settle(state, { kind: 'done', measurement, file: 'x' }, 0);
    view.changed(state);
  };
  return { queue, view, draw, start, finish };
}

describe('the view on a terminal', () => {
  it('has a line for each active run and one for the sweep, and keeps messages', () => {
    const screen = new Screen(120, 40);
    const { view, draw, start, finish } = watched(3, screen);
    view.say('the question');
    const first = start({});
    start();
    draw();
    expect(screen.text).toEqual([
      'the question',
      'vgg11-s0 ████████░░░░░░░░ epoch 1.50/3  top-1 25.0 % of 40.0 %  1,234 images/s  2.50 GFLOP  ETA 1 min 01 s',
      'vgg11-s1 ░░░░░░░░░░░░░░░░ starting',
      'all runs ░░░░░░░░░░░░░░░░ 0 done, 2 running, 1 pending of 3',
    ]);
    finish(first);
    draw();
    expect(screen.text.slice(1)).toEqual([
      expect.stringMatching(/^vgg11-s0: finished, top-1 /),
      'vgg11-s1 ░░░░░░░░░░░░░░░░ starting',
      'all runs █████░░░░░░░░░░░ 1 done, 1 running, 1 pending of 3',
    ]);
    expect(screen.cursorIsHidden).toBe(true);
    view.end();
    draw();
    expect(screen.cursorIsHidden).toBe(false);
    expect(screen.text).toEqual(['the question', expect.stringMatching(/^vgg11-s0: finished/)]);
  });

  it('keeps the last message of a run that ends with the sweep', () => {
    const screen = new Screen(80, 24);
    const { queue, view, start } = watched(1, screen);
    const state = start({});
    queue.settle(state, { kind: 'stopped' }, 0);
    view.changed(state);
    view.end();
    expect(screen.text).toEqual(['vgg11-s0: stopped after a checkpoint']);
  });

  it('of 60 columns shows the most important parts in one line each', () => {
    const screen = new Screen(60, 24);
    const { draw, start } = watched(2, screen);
    start({});
    draw();
    const [line, ...others] = screen.text;
    expect(line).toBe('vgg11-s0 ████░░░░ top-1 25.0 % of 40.0 %  ETA 1 min 01 s');
    expect(others).toHaveLength(1);
  });

  it('with few rows counts the runs that do not fit, and keeps all messages', () => {
    const screen = new Screen(80, 6);
    const { view, draw, start } = watched(9, screen);
    for (let i = 0; i < 9; i++) start({});
    for (let i = 0; i < 4; i++) {
      view.say(`word ${i}`);
      draw();
    }
    expect(screen.text.slice(0, 4)).toEqual(['word 0', 'word 1', 'word 2', 'word 3']);
    expect(screen.text.slice(4).map((line) => line.slice(0, 18))).toEqual([
      'vgg11-s0 ████░░░░ ',
      'vgg11-s1 ████░░░░ ',
      'vgg11-s2 ████░░░░ ',
      'and 6 more running',
      'all runs ░░░░░░░░ ',
    ]);
  });

  it('reports a run of another sweep once, even if it is tried often', () => {
    const screen = new Screen(100, 24);
    const { queue, view, draw, start } = watched(1, screen);
    const state = start({});
    for (let i = 0; i < 3; i++) {
      queue.settle(state, { kind: 'elsewhere', message: 'process 7 on far' }, i);
      view.changed(state);
      queue.take(1e12, 'worker 1');
      view.changed(state);
    }
    queue.settle(state, { kind: 'elsewhere', message: 'process 7 on far' }, 9);
    view.changed(state);
    draw();
    expect(screen.text).toEqual([
      'vgg11-s0: waiting for process 7 on far, which executes it',
      expect.stringMatching(/^vgg11-s0 ████░░░░ elsewhere {2}epoch 1\.50\/3/),
      expect.stringMatching(/^all runs .* 0 done, 1 elsewhere of 1 {2}ETA of the sweep about \d+ s$/),
    ]);
  });
});

describe('the view on a pipe', () => {
  it('consists of complete lines without control characters', () => {
    const screen = Object.assign(new Screen(80, 24), { isTTY: false as unknown as true });
    const { view, start, finish } = watched(1, screen);
    const state = start({});
    vi.advanceTimersByTime(1100);
    finish(state);
    view.end();
    expect(screen.text[0]).toMatch(/^vgg11-s0: starts on worker 1/);
    expect(screen.writes.every((text) => /^[^\p{Cc}]+\n$/u.test(text))).toBe(true);
    expect(screen.writes).toHaveLength(3);
  });
});

describe('progressText', () => {
  it('leaves out unknown values', () => {
    const none = {
      steps: 0,
      step: 0,
      epoch: 0,
      epochs: 0,
      flops: 0,
      top1: null,
      top5: null,
      examplesPerSecond: null,
      etaSeconds: null,
    };
    expect(progressText({ ...progress, ...none, state: 'tracing' }, 'top1')).toBe('tracing');
    const begun = progressText({ ...progress, ...none, steps: 9, epochs: 3 }, 'top1');
    expect(begun).toBe('epoch 0.00/3  0 FLOP');
    expect(progressText({ ...progress, state: 'finished' }, 'top1')).not.toContain('ETA');
  });
});

describe('resultsTable', () => {
  it('leaves out columns until it fits, but never network and compute', () => {
    const folder = temporaryFolder();
    const queue = new RunQueue(planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`));
    const measurement = makeMeasurement({ network: 'vgg11', level: null });
    queue.settle(queue.take(0, 'x')!, { kind: 'done', measurement, file: 'x' }, 0);
    const heading = (width?: number) => resultsTable(queue.states, width).split('\n')[0]!;
    expect(heading().split(/ {2,}/)).toEqual([
      'network',
      'date',
      'epochs',
      'images',
      'MACs',
      'FLOPs',
      'teraflop/s-days',
      'seconds',
      'reduction',
      'accuracy',
    ]);
    for (const width of [80, 60, 40, 25]) {
      const table = resultsTable(queue.states, width);
      expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(heading(width)).toMatch(/^network .*teraflop\/s-days/);
    }
    expect(heading(60)).toContain('accuracy');
  });
});
