import { describe, expect, it } from 'vitest';
import { estimateEta, type TimedRun } from '../../../src/sweep/eta/estimate.ts';

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

  it('adds the rest of running runs and all of pending runs, with the speed of similar runs', () => {
    const runs = [
      run('a-s0', { phase: 'running', epoch: 4, secondsPerEpoch: 3 }),
      run('a-s1'),
      run('b-s0', { epochs: 5 }),
    ];
    // 6 epochs of 3 s, then 10 of 3 s. b is not timed yet, so 5 of 3 s.
    expect(estimateEta(runs, 1)).toEqual({ seconds: 18 + 30 + 15, untimed: 1 });
    const timed = [...runs, run('b-s1', { phase: 'done', epoch: 5, epochs: 5, secondsPerEpoch: 1 })];
    expect(estimateEta(timed, 1)).toEqual({ seconds: 18 + 30 + 5, untimed: 0 });
  });

  it('assumes as many runs at a time as are running now', () => {
    const running = { phase: 'running', epoch: 5, secondsPerEpoch: 2 } as const;
    expect(
      estimateEta([run('a', running), run('b', running), run('a2', { name: 'a' }), run('b2', { name: 'b' })], 1),
    ).toEqual({
      seconds: 10 + 20,
      untimed: 0,
    });
  });

  it('expects runs that end at their level to end after as many epochs as earlier ones', () => {
    const early = { mayEndEarly: true, secondsPerEpoch: 1 };
    const done = run('a-s0', { ...early, phase: 'done', epoch: 4 });
    expect(estimateEta([done, run('a-s1', early)], 1)?.seconds).toBe(4);
    expect(estimateEta([done, run('a-s1', { ...early, phase: 'running', epoch: 1 })], 1)?.seconds).toBe(3);
    // A run beyond that point is expected half way to its end.
    expect(estimateEta([done, run('a-s1', { ...early, phase: 'running', epoch: 6 })], 1)?.seconds).toBe(2);
    // Without a finished run: its whole schedule.
    expect(estimateEta([run('a-s1', early)], 1)?.seconds).toBe(10);
    // A run without an early end trains all its epochs.
    expect(estimateEta([done, run('a-s1', { secondsPerEpoch: 1 })], 1)?.seconds).toBe(10);
  });

  it('lets runs wait for their anchor, and leaves out runs that were given up', () => {
    const runs = [
      run('anchor', { phase: 'running', epoch: 5, secondsPerEpoch: 2, anchor: 'anchor' }),
      run('b', { anchor: 'anchor', secondsPerEpoch: 1 }),
      run('c', { phase: 'given up', secondsPerEpoch: 100 }),
    ];
    expect(estimateEta(runs, 4)).toEqual({ seconds: 10 + 10, untimed: 0 });
  });

  it('estimates a sweep of 5,000 runs', () => {
    const runs = Array.from({ length: 5000 }, (_, i) =>
      run(`n${i % 50}-s${i}`, i < 2500 ? { phase: 'done', epoch: 10, secondsPerEpoch: 1 } : {}),
    );
    expect(estimateEta(runs, 4)?.seconds).toBe((2500 * 10) / 4);
  });
});
