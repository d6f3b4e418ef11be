import { describe, expect, it } from 'vitest';
import { estimateEta, type TimedRun } from '../../src/sweep/eta.ts';

const run = (id: string, more: Partial<TimedRun> = {}): TimedRun => ({
  ...{ id, name: id.split('-')[0]!, network: id.split('-')[0]!, anchor: null, phase: 'open' },
  ...{ epochs: 10, epoch: 0, secondsPerEpoch: null, mayEndEarly: false },
  ...more,
});

describe('estimateEta', () => {
  it('is unknown until a run has been timed', () => {
    expect(estimateEta([run('a'), run('b', { phase: 'running' })], 1)).toBeUndefined();
    expect(estimateEta([run('a', { phase: 'done', epoch: 10, secondsPerEpoch: 2 })], 1)).toEqual({
      seconds: 0,
      untimed: 0,
    });
  });

  it('adds the rest of running runs and the whole of pending ones, by the speed of runs like them', () => {
    const runs = [
      run('a-s0', { phase: 'running', epoch: 4, secondsPerEpoch: 3 }),
      run('a-s1'),
      run('b-s0', { epochs: 5 }),
    ];
    // 6 epochs of 3 s; 10 of 3 s; and b is not timed yet: 5 of 3 s.
    expect(estimateEta(runs, 1)).toEqual({ seconds: 18 + 30 + 15, untimed: 1 });
    const timed = [...runs, run('b-s1', { phase: 'done', epoch: 5, epochs: 5, secondsPerEpoch: 1 })];
    expect(estimateEta(timed, 1)).toEqual({ seconds: 18 + 30 + 5, untimed: 0 });
  });

  it('takes as many runs at a time as run now', () => {
    const running = { phase: 'running', epoch: 5, secondsPerEpoch: 2 } as const;
    expect(
      estimateEta([run('a', running), run('b', running), run('a2', { name: 'a' }), run('b2', { name: 'b' })], 1),
    ).toEqual({
      seconds: 10 + 20,
      untimed: 0,
    });
  });

  it('expects runs that end at their level to end where those before them did', () => {
    const early = { mayEndEarly: true, secondsPerEpoch: 1 };
    const done = run('a-s0', { ...early, phase: 'done', epoch: 4 });
    expect(estimateEta([done, run('a-s1', early)], 1)?.seconds).toBe(4);
    expect(estimateEta([done, run('a-s1', { ...early, phase: 'running', epoch: 1 })], 1)?.seconds).toBe(3);
    // One that is past that point is expected half way to its end.
    expect(estimateEta([done, run('a-s1', { ...early, phase: 'running', epoch: 6 })], 1)?.seconds).toBe(2);
    // Without a finished run: its whole schedule.
    expect(estimateEta([run('a-s1', early)], 1)?.seconds).toBe(10);
    // A run that trains to its end does so.
    expect(estimateEta([done, run('a-s1', { secondsPerEpoch: 1 })], 1)?.seconds).toBe(10);
  });

  it('lets runs wait for their anchor, and leaves out those that will not run', () => {
    const runs = [
      run('anchor', { phase: 'running', epoch: 5, secondsPerEpoch: 2, anchor: 'anchor' }),
      run('b', { anchor: 'anchor', secondsPerEpoch: 1 }),
      run('c', { phase: 'given up', secondsPerEpoch: 100 }),
    ];
    expect(estimateEta(runs, 4)).toEqual({ seconds: 10 + 10, untimed: 0 });
  });

  it('estimates a sweep of 5,000 runs in less than a second', () => {
    const runs = Array.from({ length: 5000 }, (_, i) =>
      run(`n${i % 50}-s${i}`, i < 2500 ? { phase: 'done', epoch: 10, secondsPerEpoch: 1 } : {}),
    );
    const begin = performance.now();
    expect(estimateEta(runs, 4)?.seconds).toBe((2500 * 10) / 4);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
