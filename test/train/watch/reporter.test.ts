import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../../src/results/progress.ts';
import { barLine } from '../../../src/train/watch/bar-line.ts';
import { createReporter } from '../../../src/train/watch/reporter.ts';
import { train } from '../../../src/train/run.ts';
import { Screen } from '../../support/screen.ts';
import { temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

/** The progress of ResNet-50 in the middle of 90 epochs on ImageNet. */
const progress: Progress = {
  ...{ version: 1, id: 'resnet50-0123456789ab', network: 'resnet50', state: 'training' },
  ...{ epoch: 45.04, epochs: 90, step: 225_411, steps: 450_360, examples: 57_705_216 },
  ...{ macs: 7e17, flops: 1.4126e18, loss: 2.31415, top1: 0.6512, top5: 0.8634 },
  level: { metric: 'top5', value: 0.929 },
  ...{ examplesPerSecond: 812.4, etaSeconds: 70_934, pid: 1, host: 'box' },
  updatedAt: '2025-01-02T03:04:05.678Z',
};

describe('the line with the bar', () => {
  it('shows everything on a wide terminal', () => {
    expect(barLine(progress, 170)).toBe(
      `${'█'.repeat(12)}${'░'.repeat(12)} epoch 45.04/90  step 225411/450360  loss 2.314  top-1 65.1 %  top-5 86.3 %  ` +
        '6.6 points to go  1.41 EFLOP  812 images/s  ETA 19 h 42 min',
    );
  });

  it.each([
    [133, ['epoch 45.04', 'top-1', 'top-5', '6.6 points to go', 'EFLOP', 'ETA'], ['images/s']],
    [107, ['epoch 45.04', 'step', 'loss', 'top-5', '6.6 points to go', 'ETA'], ['top-1', 'EFLOP', 'images/s']],
    [60, ['step 225411/450360', 'loss', 'ETA 19 h 42 min'], ['epoch', 'EFLOP']],
    [30, ['step 225411/450360'], ['loss']],
  ])('in %i columns shows %j but not %j, and fits the width', (columns, kept, left) => {
    const line = barLine(progress, columns);
    expect(line.length).toBeLessThanOrEqual(columns);
    for (const part of kept) expect(line).toContain(part);
    for (const part of left) expect(line).not.toContain(part);
    expect(line).toMatch(/^█+░+ /);
  });

  it('fits every width, for any run and any numbers', () => {
    for (let columns = 10; columns <= 200; columns++)
      for (const step of [0, 1, 450_359, 450_360])
        for (const state of ['training', 'evaluating', 'starting'] as const) {
          const line = barLine({ ...progress, step, state, etaSeconds: 9e6 }, columns);
          expect(line.length, `${columns} columns`).toBeLessThanOrEqual(columns);
        }
  });

  it('shows the current activity before the first step', () => {
    const before = { ...progress, steps: 0, step: 0 };
    expect(barLine({ ...before, state: 'starting' }, 80)).toBe('opening the dataset ...');
    expect(barLine({ ...before, state: 'tracing' }, 80)).toBe('building the graph ...');
  });
});

const level = { metric: 'top1', value: 0.99 };
const runOn = async (
  stream: NodeJS.WriteStream,
  log: 'text' | 'json' = 'text',
  beforeStep: (step: number) => undefined = () => undefined,
) =>
  train({
    ...testJob(folder.at('run'), { level }, beforeStep),
    reporter: createReporter(stream, log),
  });

describe('on a terminal', () => {
  it.each([120, 60, 30])('of %i columns, the bar has one line, and messages stay', async (columns) => {
    const terminal = new Screen(columns, 200);
    const { curve } = await runOn(terminal as never, 'text', (step) => {
      // The terminal echoes `^C`, which must neither wrap nor stay.
      if (step === 23) terminal.write('^C');
    });
    const drawn = terminal.writes.join('\n');
    const bars = drawn.match(/[█░]+ [^\n\p{Cc}]*/gu) ?? [];
    expect(bars.length).toBeGreaterThan(curve.length);
    for (const bar of bars) expect(bar.length).toBeLessThanOrEqual(columns - 1);
    expect(drawn).toContain('building the graph ...');
    expect(drawn).toContain('evaluating');
    // Only lines that stay may be wider than the terminal.
    const text = terminal.text.join('');
    for (const { epochs } of curve) expect(text).toContain(`after ${epochs.toFixed(2)} epochs`);
    expect(text.match(/evaluated after/g)?.length).toBe(curve.length);
    expect(text).toMatch(/top-1 99\.0 % was not reached$/);
    expect(text).not.toMatch(/[█░]|\^C/);
    expect(terminal.cursorIsHidden).toBe(false);
  });

  it('without cursor control (TERM=dumb) and in a pipe, lines are plain', async () => {
    vi.stubEnv('TERM', 'dumb');
    const terminal = new Screen(80, 200);
    await runOn(terminal as never);
    const text = terminal.writes.join('');
    expect(text).not.toMatch(/[█░]|(?!\n)\p{Cc}/u);
    expect(text).toMatch(/^opening the dataset\nbuilding the graph\nepoch 0\.10\/5, step 1\/48, loss /);
    vi.unstubAllEnvs();
    folder.remove();
    const piped = await linesFrom('text');
    expect(piped[0]).toBe('opening the dataset');
    expect(piped.join('')).not.toMatch(/[\u2588\u2591]|\x1b/); // eslint-disable-line no-control-regex
  });
});

async function linesFrom(log: 'text' | 'json'): Promise<string[]> {
  const pipe = new PassThrough();
  const chunks: string[] = [];
  pipe.on('data', (chunk) => chunks.push(String(chunk)));
  await runOn(pipe as never, log);
  return chunks.join('').trimEnd().split('\n');
}

it('with --log json, every line is a JSON object with its event, and the last one is the result', async () => {
  const events = (await linesFrom('json')).map((line) => JSON.parse(line) as Progress & { event: string });
  const eventsNamed = (name: string) => events.filter(({ event }) => event === name);
  expect(
    eventsNamed('state')
      .map(({ state }) => state)
      .slice(0, 3),
  ).toEqual(['starting', 'tracing', 'training']);
  expect(eventsNamed('progress')[0]).toMatchObject({
    step: 1,
    steps: 48,
    loss: expect.any(Number) as number,
  });
  expect(eventsNamed('evaluated').length).toBe(5);
  expect(eventsNamed('finished')).toMatchObject([{ status: 'finished', totals: { steps: 48 } }]);
  expect(events.at(-1)).toMatchObject({ event: 'state', state: 'finished' });
});
