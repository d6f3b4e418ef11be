import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadMeasurements } from '../../../../src/results/store.ts';
import { sweepLocally } from '../../../../src/sweep/executors/local/sweep-locally.ts';
import type { SweepPlan } from '../../../../src/results/sweep-plan.ts';
import { cancelSweep } from '../../../../src/sweep/cancel.ts';
import { queuedJobs } from '../../../../src/sweep/executors/slurm/queue.ts';
import { submitSweep } from '../../../../src/sweep/executors/slurm/submit.ts';
import { readStatus, addJobs } from '../../../../src/sweep/status.ts';
import { clusterOfTests, whyNoSlurm } from '../../../support/slurm.ts';
import { readFakeEvents, fakeSweep, NEVER, planOf, sweepHeader, temporaryFolder } from '../../../support/sweeps.ts';

const reason = whyNoSlurm();
const jobProgram = resolve(import.meta.dirname, '../../../support/run-of-sweep.ts');

/** A condition that is not true after this time fails its test. Only a cluster that hangs takes so long. */
const HANG_TIMEOUT_MS = 600_000;

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + HANG_TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not reached: ${what}`);
    await sleep(200);
  }
}

/** Submits a sweep of fake runs as `doubletime sweep --executor slurm` does. */
function submit(folder: string, plan: SweepPlan, script: object = {}) {
  const { context } = fakeSweep(folder, plan, script);
  const args = ['--import', 'tsx', jobProgram, folder, plan.name, context.store];
  return submitSweep({ ...context, runOne: { file: process.execPath, args } });
}

/** The sha256 of each measurement in the store by run. */
function hashes(folder: string): Record<string, string> {
  const store = join(folder, 'results');
  const { stored } = existsSync(store) ? loadMeasurements([store]) : { stored: [] };
  return Object.fromEntries(stored.map(({ measurement: { id, sha256 } }) => [id, sha256]));
}

/** The sha256 of each measurement of the same sweep on this machine. */
async function hashesOfLocalSweep(plan: SweepPlan): Promise<Record<string, string>> {
  const folder = temporaryFolder();
  await sweepLocally(fakeSweep(folder, plan, { stepMs: 1 }).context, [{ name: 'here', env: {} }], {
    changed: () => undefined,
  });
  return hashes(folder);
}

const fail = (_: string, why: string): never => {
  throw new Error(why);
};

const events = (folder: string, event: string) => readFakeEvents(folder).filter((entry) => entry.event === event);

// In CI nothing is skipped: the packages are installed there, and a Slurm that does not start is a failure.
describe.skipIf(reason !== undefined)(
  `sweeps on a one-node Slurm${reason ? ` (skipped: ${reason})` : ''}`,
  { timeout: 2 * HANG_TIMEOUT_MS },
  () => {
    const cluster = clusterOfTests();

    /** A sweep of one run. */
    const one = `${sweepHeader}slurm: { warnSeconds: 45, time: '10' }\nruns: [{ network: vgg11, set: { recipe.epochs: 6 } }]\n`;
    let localHashes: Promise<Record<string, string>> | undefined;
    const hashesOfOne = () => (localHashes ??= hashesOfLocalSweep(planOf(temporaryFolder(), one)));
    /** A run that continues until it is stopped. */
    const held = { holdAt: { vgg11: { step: 7, until: NEVER } } };

    it('executes the anchor, then the runs that depend on it, with the measurements of a local sweep', async () => {
      const folder = temporaryFolder();
      const plan = planOf(
        folder,
        `${sweepHeader}level: { metric: top5, anchor: alexnet }
runs: [{ network: vgg11 }, { network: alexnet }, { network: resnet50 }]
`,
      );
      // The anchor continues after all checks of the state before its end.
      const script = {
        crashAt: { vgg11: [5] },
        holdAt: { alexnet: { step: 1, until: join(folder, 'continue') } },
      };
      const { submitted } = await submit(folder, plan, script);
      expect(submitted.size).toBe(3);
      const [waiting] = (await addJobs(folder, readStatus(folder), fail)).filter(({ name }) => name === 'vgg11');
      expect(waiting).toMatchObject({
        phase: 'waiting',
        jobs: { slurm: { state: 'PENDING' } },
      });
      const again = await submit(folder, plan, script);
      expect([again.submitted.size, again.queued]).toEqual([0, 3]);
      writeFileSync(join(folder, 'continue'), '');
      await until('three results', () => Object.keys(hashes(folder)).length === 3);
      expect(hashes(folder)).toEqual(await hashesOfLocalSweep(plan));
      expect(events(folder, 'end').map(({ id }) => id.split('-')[0])[0]).toBe('alexnet');
      expect(events(folder, 'crash')).toHaveLength(1);
      expect((await submit(folder, plan)).done).toBe(3);
    });

    it('executes and logs in a folder with special characters of the shell and Slurm in its name', async () => {
      const folder = join(temporaryFolder(), `50 %j "x" $HOME 'y' #1 ü;&`);
      const plan = planOf(folder, `${sweepHeader}slurm: { time: 10, memory: 100 }\nruns: [{ network: vgg11 }]\n`);
      const { submitted } = await submit(folder, plan, { stepMs: 1 });
      await until('the result', () => Object.keys(hashes(folder)).length === 1);
      const log = join(folder, 'slurm', `${[...submitted.values()][0]!}.log`);
      await until('the log', () => existsSync(log) && readFileSync(log, 'utf8').includes('ended with exit code 0'));
    });

    it('writes a checkpoint when it is preempted, and resumes', async () => {
      const folder = temporaryFolder();
      const plan = planOf(folder, one);
      const { submitted } = await submit(folder, plan, held);
      await until('the start', () => events(folder, 'start').length === 1);
      const urgent = ['--partition=urgent', '--exclusive', '--output=/dev/null', '--wrap=sleep 1'];
      expect(spawnSync('sbatch', urgent).status).toBe(0);
      await until('the checkpoint', () => events(folder, 'stop').length === 1);
      await requeueNow(folder, [...submitted.values()][0]!);
      expect(hashes(folder)).toEqual(await hashesOfOne());
      expect(events(folder, 'start')[1]?.step).toBe(events(folder, 'stop')[0]?.step);
    });

    it('writes a checkpoint before its time limit, and resumes', async () => {
      const folder = temporaryFolder();
      const plan = planOf(folder, one);
      const { submitted } = await submit(folder, plan, held);
      const [job] = [...submitted.values()];
      await until('the start', () => events(folder, 'start').length === 1);
      cluster.limit(job!, 1);
      await until('the checkpoint', () => events(folder, 'stop').length === 1);
      await requeueNow(folder, job!);
      expect(hashes(folder)).toEqual(await hashesOfOne());
      expect(events(folder, 'crash')).toEqual([]);
    });

    it('resumes after its node was restarted', async () => {
      const folder = temporaryFolder();
      const plan = planOf(folder, one);
      const { submitted } = await submit(folder, plan, held);
      await until('some steps', () => readStatus(folder).some(({ progress }) => (progress?.step ?? 0) > 6));
      cluster.restartNode();
      expect(events(folder, 'end')).toEqual([]);
      await requeueNow(folder, [...submitted.values()][0]!);
      expect(hashes(folder)).toEqual(await hashesOfOne());
      expect(events(folder, 'start')[1]?.step).toBeGreaterThan(0);
    });

    it('can be cancelled: runs write checkpoints, no job returns, and the same sweep resumes later', async () => {
      const folder = temporaryFolder();
      const plan = planOf(folder, one);
      const { submitted } = await submit(folder, plan, held);
      await until('the start', () => events(folder, 'start').length === 1);
      expect((await cancelSweep(folder)).jobs).toEqual([...submitted.values()]);
      await until('an empty queue', async () => (await queuedJobs()).size === 0);
      expect(events(folder, 'stop')).toHaveLength(1);
      expect(readStatus(folder)[0]?.phase).toBe('stopped');
      await submit(folder, plan, { stepMs: 1 });
      await until('the result', () => Object.keys(hashes(folder)).length === 1);
      expect(hashes(folder)).toEqual(await hashesOfOne());
      const log = readFileSync(join(folder, 'slurm', `${[...submitted.values()][0]!}.log`), 'utf8');
      expect(log).toContain('ended with exit code 75');
    });

    it('stops a run early if the result of another job is cheaper', async () => {
      const folder = temporaryFolder();
      const header = sweepHeader.replace('epochs: 2', 'epochs: 5');
      const plan = planOf(
        folder,
        `${header}level: { metric: top5, value: 0.791 }
earlyStop: { rule: cheapestSoFar }
runs: [{ network: efficientnet_b0 }, { network: vgg11 }]
`,
      );
      // VGG continues after its first epoch only when it has a limit.
      await submit(folder, plan, {
        afterStarts: { efficientnet_b0: 2 },
        holdAt: { vgg11: { step: 10, until: 'budget.json' } },
      });
      await until('both results', () => Object.keys(hashes(folder)).length === 2);
      const { stored } = loadMeasurements([join(folder, 'results')]);
      const measurementOf = (network: string) =>
        stored.find(({ measurement }) => measurement.network === network)!.measurement;
      const [cheap, expensive] = [measurementOf('efficientnet_b0'), measurementOf('vgg11')];
      expect(expensive).toMatchObject({
        status: 'stoppedEarly',
        earlyStop: { cheapest: { run: plan.runs[0]!.id, flops: cheap.crossing!.flops } },
      });
      expect(expensive.totals.epochs).toBeLessThan(5);
    });

    /** Starts a requeued job at once, and waits for its result. */
    async function requeueNow(folder: string, job: string): Promise<void> {
      fakeSweep(folder, planOf(folder, one), { stepMs: 1 });
      await until('the result', async () => {
        if ((await queuedJobs()).get(job)?.state === 'PENDING') {
          // A node refuses a start whose credential is not younger, in whole seconds, than the end of the job's last start.
          await sleep(1100);
          cluster.hurry(job);
        }
        return Object.keys(hashes(folder)).length === 1;
      });
      expect(events(folder, 'start').length).toBeGreaterThan(1);
    }
  },
);
