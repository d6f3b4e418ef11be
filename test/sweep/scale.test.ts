import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { identifyProcess } from '../../src/base/process-identity.ts';
import { sealMeasurement, type MeasurementBody } from '../../src/results/measurement.ts';
import { listMeasurements } from '../../src/results/store.ts';
import { savePlan } from '../../src/sweep/folder.ts';
import type { SweepPlan } from '../../src/results/sweep-plan.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { makeMeasurement } from '../support/measurements.ts';
import { diaryOf, planOf, temporaryFolder } from '../support/sweeps.ts';

const program = resolve(import.meta.dirname, '../support/scale-sweep.ts');

/** A sealed measurement for every run of a plan, as fake-run.sh hands them out. */
function prepareMeasurements(folder: string, plan: SweepPlan): void {
  mkdirSync(folder);
  const body: Partial<MeasurementBody> & { sha256?: string } = makeMeasurement({ epochs: 1 });
  delete body.sha256;
  for (const { id, network, seed } of plan.runs) {
    const sealed = sealMeasurement({ ...(body as MeasurementBody), id, network, seed });
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(sealed));
  }
}

/** Starts the sweep as the head of a process group of its own. */
function startSweep(folder: string, name: string): ChildProcess {
  const { host, machine, boot, pidNamespace } = identifyProcess();
  const env = {
    ...process.env,
    FAKE_DIARY: join(folder, 'diary.txt'),
    FAKE_MEASUREMENTS: join(folder, 'prepared'),
    FAKE_IDENTITY: JSON.stringify({ host, machine, boot, pidNamespace }).slice(1, -1),
  };
  const args = ['--import', 'tsx', program, folder, name, '8'];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

describe('a thousand runs by eight workers, with a sweep that is killed repeatedly', () => {
  it('loses nothing and runs nothing twice', { timeout: 1_800_000 }, async () => {
    const folder = temporaryFolder();
    const seeds = Array.from({ length: 250 }, (_, i) => i).join(', ');
    const plan = planOf(
      folder,
      `question: Does anything get lost?
data: { source: synthetic, input: 32 }
recipe: { batch: 32, epochs: 1, learningRate: 0.1 }
grid: { networks: [alexnet, vgg11, googlenet, resnet50], seeds: [${seeds}] }
retries: 50
backoffSeconds: 0
`,
    );
    expect(plan.runs).toHaveLength(1000);
    savePlan(folder, plan);
    prepareMeasurements(join(folder, 'prepared'), plan);
    let kills = 0;
    const ended = () => diaryOf(folder).filter(({ event }) => event === 'end').length;
    for (const mark of [100, 250, 400, 550, 700, 850]) {
      const sweep = startSweep(folder, plan.name);
      const exit = once(sweep, 'exit');
      while (ended() < mark && sweep.exitCode === null) await sleep(20);
      if (sweep.kill('SIGKILL')) kills++;
      await exit;
    }
    // Two at once, to the end.
    const last = [startSweep(folder, plan.name), startSweep(folder, plan.name)];
    const exits = await Promise.all(last.map((sweep) => once(sweep, 'exit')));
    expect(exits.map(([code]) => code as unknown)).toEqual([0, 0]);
    expect(kills).toBeGreaterThanOrEqual(4);

    const ids = plan.runs.map(({ id }) => id).sort();
    const diary = diaryOf(folder);
    expect(diary.filter(({ event }) => event === 'crash').length).toBeGreaterThan(20);
    expect(
      diary
        .filter(({ event }) => event === 'end')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids);
    // Of each run, one process after the other: every start is followed by how that same process ended.
    const open = new Map<string, number>();
    for (const { event, id, pid } of diary) {
      if (event === 'start') {
        expect(open.get(id)).toBeUndefined();
        open.set(id, pid);
      } else {
        expect(open.get(id)).toBe(pid);
        open.delete(id);
      }
    }
    expect([...open]).toEqual([]);
    // A sweep killed while it writes leaves a temporary file beside the results; it is none of them.
    const files = readdirSync(join(folder, 'results', 'test')).filter((name) => name.endsWith('.json'));
    expect(files.sort()).toEqual(ids.map((id) => `${id}.json`));
    expect(listMeasurements(join(folder, 'results')).listings).toHaveLength(1000);
    expect(listMeasurements(join(folder, 'results')).unreadable).toEqual([]);
    expect(readStatus(folder).every(({ phase }) => phase === 'done')).toBe(true);
  });
});
