import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { runPaths } from '../../../src/results/run-folder.ts';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import type { Executor, JobState, SubmitRequest } from '../../../src/sweep/executors/executor.ts';
import { savePlan } from '../../../src/sweep/folder.ts';
import { executeRound } from '../../../src/sweep/search/round.ts';
import { makeMeasurement } from '../../support/measurements.ts';
import { planOf, sampleProgress, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const POLL_MS = 2;

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
  let looked = 0;
  const executor: Executor = {
    isQueue: true,
    submit: () =>
      Promise.resolve({ kind: 'queued', submitted: new Map([[first, '1']]), queued: 0, done: 0, file: 'x' }),
    status: () => {
      const known = looks[Math.min(looked++, looks.length - 1)]!;
      return known instanceof Error ? Promise.reject(known) : Promise.resolve(known);
    },
    cancel: () => Promise.resolve({ jobs: [], terminated: [], unreachable: [] }),
  };
  const request = { dir, plan, store: sweepPaths(dir).results } as SubmitRequest;
  const said: string[] = [];
  const round = executeRound(executor, request, (text) => said.push(text), POLL_MS);
  const pass = async (looks: number): Promise<void> => {
    const until = looked + looks;
    while (looked < until) await sleep(1);
  };
  return { dir, first, second, finish, round, pass, said, looked: () => looked };
}

describe('executeRound', () => {
  it('waits for the jobs of a queue, and tells which ended without a result', async () => {
    const states = new Map<string, JobState>();
    const { first, second, finish, round, pass, said, looked } = queued([states]);
    states.set(first, job('RUNNING')).set(second, job('PENDING', { isPending: true }));
    let isOver = false;
    void round.then(() => (isOver = true));
    await pass(20);
    expect([isOver, said[0]]).toEqual([false, expect.stringContaining('1 trials submitted')]);
    states.delete(first);
    finish(first, 'alexnet');
    states.set(second, job('FAILED', { hasEnded: true }));
    const before = looked();
    expect(await round).toEqual(new Map([[second, 'its job ended without a result (FAILED)']]));
    // A shared disk may show a result late.
    expect(looked() - before).toBeGreaterThanOrEqual(5);
  });

  it('takes the reason of a run that failed from its folder', async () => {
    const { dir, first, second, finish, round } = queued([new Map()]);
    finish(first, 'alexnet');
    const folder = sweepPaths(dir).run(second);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      runPaths(folder).progress,
      JSON.stringify({ ...sampleProgress, state: 'failed', message: 'out of memory' }),
    );
    expect(await round).toEqual(new Map([[second, 'out of memory']]));
  });

  it.each([[new Map()], [new Map([['second', job('CANCELLED', { hasEnded: true })]])]])(
    'ends with 75 when jobs were cancelled, instead of going on without their trials',
    async (jobs: Map<string, JobState>) => {
      const known = new Map<string, JobState>();
      const { first, second, finish, round } = queued([known]);
      for (const state of jobs.values()) known.set(second, state);
      finish(first, 'alexnet');
      const ended = expect(round).rejects.toMatchObject({
        exitCode: ExitCode.tryAgain,
        message: expect.stringContaining(`${second} has no result, and its job was cancelled or lost`) as string,
      });
      await ended;
    },
  );

  it('goes on waiting while the queue cannot be asked', async () => {
    const down = new UserError('squeue: no answer', ExitCode.unavailable);
    const { first, second, finish, round, pass } = queued([down]);
    await pass(20);
    finish(first, 'alexnet');
    finish(second, 'vgg11');
    expect(await round).toEqual(new Map());
  });

  it('ends with 75 at a signal, and leaves the jobs in the queue', async () => {
    const { round, pass } = queued([new Map()]);
    const ended = expect(round).rejects.toMatchObject({ exitCode: ExitCode.tryAgain });
    await pass(1);
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
  });
});
