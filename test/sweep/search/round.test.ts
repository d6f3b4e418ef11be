import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { runPaths } from '../../../src/results/run-folder.ts';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import type { Executor, JobState, SubmitRequest } from '../../../src/sweep/executors/executor.ts';
import { savePlan } from '../../../src/sweep/folder.ts';
import { executeRound } from '../../../src/sweep/search/round.ts';
import { makeMeasurement, withConfigOf } from '../../support/measurements.ts';
import { planOf, sampleProgress, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const POLL_MS = 2;

const job = (state: string, more: Partial<JobState> = {}): JobState => ({ job: '1', state, isPending: false, ...more });

/**
 * A queue with two runs. `answers` are its answers to each query; the last one is repeated. It refuses the second run if there is a
 * reason.
 */
function startRound(answers: readonly (ReadonlyMap<string, JobState> | Error)[], refused?: string) {
  const dir = temporaryFolder();
  const plan = planOf(dir, `${sweepHeader}runs: [{ network: alexnet }, { network: vgg11 }]\n`);
  savePlan(dir, plan);
  const [first, second] = plan.runs.map(({ id }) => id) as [string, string];
  const finish = (id: string, network: string): void => {
    const run = plan.runs.find((planned) => planned.id === id)!;
    const folder = sweepPaths(dir).run(id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      runPaths(folder).measurement,
      JSON.stringify(withConfigOf(run, makeMeasurement({ network, epochs: 2 }))),
    );
  };
  let queries = 0;
  const executor: Executor = {
    isQueue: true,
    submit: () =>
      Promise.resolve({
        kind: 'queued',
        submitted: new Map([[first, '1']]),
        queued: 0,
        done: 0,
        failed: new Map(refused === undefined ? [] : [[second, refused]]),
        file: 'x',
      }),
    status: () => {
      const answer = answers[Math.min(queries++, answers.length - 1)]!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    cancel: () => Promise.resolve({ jobs: [], terminated: [], unreachable: [] }),
  };
  const request = { dir, plan, store: sweepPaths(dir).results } as SubmitRequest;
  const messages: string[] = [];
  const round = executeRound(executor, request, (text) => messages.push(text), POLL_MS);
  const waitForQueries = async (count: number): Promise<void> => {
    const until = queries + count;
    while (queries < until) await sleep(1);
  };
  return { dir, first, second, finish, round, waitForQueries, messages, queryCount: () => queries };
}

describe('executeRound', () => {
  it('waits for the jobs of a queue, and returns those that ended without a result', async () => {
    const states = new Map<string, JobState>();
    const { first, second, finish, round, waitForQueries, messages, queryCount } = startRound([states]);
    states.set(first, job('RUNNING')).set(second, job('PENDING', { isPending: true }));
    let isOver = false;
    void round.then(() => (isOver = true));
    await waitForQueries(20);
    expect([isOver, messages[0]]).toEqual([false, expect.stringContaining('1 trials submitted')]);
    states.delete(first);
    finish(first, 'alexnet');
    states.set(second, job('FAILED', { hasEnded: true }));
    const before = queryCount();
    expect(await round).toEqual(new Map([[second, 'its job ended without a result (FAILED)']]));
    // A shared disk may show a result later, so the round asks again several times.
    expect(queryCount() - before).toBeGreaterThanOrEqual(5);
  });

  it('does not wait for a run that was not submitted, and returns the reason', async () => {
    const { first, second, finish, round } = startRound([new Map()], 'waits for a level: x failed');
    finish(first, 'alexnet');
    expect(await round).toEqual(new Map([[second, 'waits for a level: x failed']]));
  });

  it('reads the reason for a failed run from its folder', async () => {
    const { dir, first, second, finish, round } = startRound([new Map()]);
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
    'ends with 75 if jobs were cancelled, and does not continue without their trials',
    async (jobs: Map<string, JobState>) => {
      const known = new Map<string, JobState>();
      const { first, second, finish, round } = startRound([known]);
      for (const state of jobs.values()) known.set(second, state);
      finish(first, 'alexnet');
      const ended = expect(round).rejects.toMatchObject({
        exitCode: ExitCode.tryAgain,
        message: expect.stringContaining(`${second} has no result, and its job was cancelled or lost`) as string,
      });
      await ended;
    },
  );

  it('keeps waiting while the queue does not answer, and says so once per outage', async () => {
    const down = new UserError('squeue: no answer', ExitCode.unavailable);
    const again = new UserError('squeue: invalid user', ExitCode.unavailable);
    const running = new Map<string, JobState>();
    const answers = [...Array<Error>(5).fill(down), running, ...Array<Error>(5).fill(again)];
    const { first, second, finish, round, waitForQueries, messages } = startRound(answers);
    running.set(first, job('RUNNING')).set(second, job('RUNNING'));
    await waitForQueries(20);
    expect(messages.slice(1)).toEqual([
      'the state of the jobs is unknown: squeue: no answer; trying again until the queue answers\n',
      'the state of the jobs is unknown: squeue: invalid user; trying again until the queue answers\n',
    ]);
    finish(first, 'alexnet');
    finish(second, 'vgg11');
    expect(await round).toEqual(new Map());
  });

  it('ends with 75 at a signal, and leaves the jobs in the queue', async () => {
    const { round, waitForQueries } = startRound([new Map()]);
    const ended = expect(round).rejects.toMatchObject({ exitCode: ExitCode.tryAgain });
    await waitForQueries(1);
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
  });
});
