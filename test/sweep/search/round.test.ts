import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { runPaths } from '../../../src/results/run-folder.ts';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import type { Executor, JobState, SubmitRequest } from '../../../src/sweep/executors/executor.ts';
import { savePlan } from '../../../src/sweep/folder.ts';
import { carryOutRound } from '../../../src/sweep/search/round.ts';
import { makeMeasurement } from '../../support/measurements.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const job = (state: string, more: Partial<JobState> = {}): JobState => ({ job: '1', state, isPending: false, ...more });

/** A queue with two runs; `looks` says what it knows at each look, the last one again and again. */
function queued(looks: readonly (ReadonlyMap<string, JobState> | Error)[]) {
  const dir = temporaryFolder();
  const plan = planOf(dir, `${sweepHeader}runs: [{ network: alexnet }, { network: vgg11 }]\n`);
  savePlan(dir, plan);
  const [first, second] = plan.runs.map(({ id }) => id) as [string, string];
  const finish = (id: string, network: string): void => {
    const folder = sweepPaths(dir).run(id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(runPaths(folder).measurement, JSON.stringify(makeMeasurement({ network, epochs: 2 })));
  };
  let look = 0;
  const executor: Executor = {
    isQueue: true,
    submit: () =>
      Promise.resolve({ kind: 'queued', submitted: new Map([[first, '1']]), queued: 0, done: 0, file: 'x' }),
    status: () => {
      const known = looks[Math.min(look++, looks.length - 1)]!;
      return known instanceof Error ? Promise.reject(known) : Promise.resolve(known);
    },
    cancel: () => Promise.resolve({ jobs: [], terminated: [], unreachable: [] }),
  };
  const request = { dir, plan, store: sweepPaths(dir).results } as SubmitRequest;
  const said: string[] = [];
  const round = carryOutRound(executor, request, (text) => said.push(text));
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  return { first, second, finish, round, pass, said };
}

describe('carryOutRound', () => {
  it('waits for the jobs of a queue, and tells which ended without a result', async () => {
    const states = new Map<string, JobState>();
    const { first, second, finish, round, pass, said } = queued([states]);
    states.set(first, job('RUNNING')).set(second, job('PENDING', { isPending: true }));
    let isOver = false;
    void round.then(() => (isOver = true));
    await pass(60);
    expect([isOver, said[0]]).toEqual([false, expect.stringContaining('1 trials submitted')]);
    states.delete(first);
    finish(first, 'alexnet');
    states.set(second, job('FAILED', { hasEnded: true }));
    await pass(4);
    // A shared disk may show a result late.
    expect(isOver).toBe(false);
    await pass(20);
    expect(await round).toEqual(new Map([[second, 'its job ended without a result (FAILED)']]));
  });

  it('goes on waiting while the queue cannot be asked', async () => {
    const down = new UserError('squeue: no answer', ExitCode.unavailable);
    const { first, second, finish, round, pass } = queued([down]);
    await pass(300);
    finish(first, 'alexnet');
    finish(second, 'vgg11');
    await pass(4);
    expect(await round).toEqual(new Map());
  });

  it('ends with 75 at a signal, and leaves the jobs in the queue', async () => {
    const { round, pass } = queued([new Map()]);
    const ended = expect(round).rejects.toMatchObject({ exitCode: ExitCode.tryAgain });
    await pass(2);
    process.emit('SIGTERM', 'SIGTERM');
    await pass(4);
    await ended;
  });
});
