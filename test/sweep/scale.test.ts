import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { identifyProcess } from '../../src/base/system/process-identity.ts';
import { sealMeasurement, type MeasurementBody } from '../../src/results/measurement.ts';
import { listMeasurements } from '../../src/results/store.ts';
import { savePlan } from '../../src/sweep/folder.ts';
import type { SweepPlan } from '../../src/results/sweep-plan.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { makeMeasurement } from '../support/measurements.ts';
import { readFakeEvents, planOf, temporaryFolder } from '../support/sweeps.ts';

const program = resolve(import.meta.dirname, '../support/scale-sweep.ts');

/** Writes a sealed measurement for every run of a plan; fake-run.sh links them as results. */
function prepareMeasurements(folder: string, plan: SweepPlan): void {
  mkdirSync(folder);
  const body: Partial<MeasurementBody> & { sha256?: string } = makeMeasurement({ epochs: 1 });
  delete body.sha256;
  for (const { id, network, seed, config } of plan.runs) {
    const sealed = sealMeasurement({ ...(body as MeasurementBody), id, network, seed, config });
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(sealed));
  }
}

/** Starts the sweep in its own process. */
function startSweep(folder: string, name: string): ChildProcess {
  const { host, machine, boot, pidNamespace } = identifyProcess();
  const env = {
    ...process.env,
    FAKE_EVENTS: join(folder, 'fake-events.txt'),
    FAKE_MEASUREMENTS: join(folder, 'prepared'),
    FAKE_IDENTITY: JSON.stringify({ host, machine, boot, pidNamespace }).slice(1, -1),
  };
  const args = ['--import', 'tsx', program, folder, name, '8'];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

describe('a thousand runs by eight workers, with a sweep that is killed repeatedly', () => {
  it('loses no run and executes none twice', { timeout: 1_800_000 }, async () => {
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
    const ended = () => readFakeEvents(folder).filter(({ event }) => event === 'end').length;
    for (const mark of [100, 250, 400, 550, 700, 850]) {
      const sweep = startSweep(folder, plan.name);
      const exit = once(sweep, 'exit');
      while (ended() < mark && sweep.exitCode === null) await sleep(20);
      if (sweep.kill('SIGKILL')) kills++;
      await exit;
    }
    // Two sweeps run at the same time, to the end.
    const last = [startSweep(folder, plan.name), startSweep(folder, plan.name)];
    const exits = await Promise.all(last.map((sweep) => once(sweep, 'exit')));
    expect(exits.map(([code]) => code as unknown)).toEqual([0, 0]);
    expect(kills).toBeGreaterThanOrEqual(4);

    const ids = plan.runs.map(({ id }) => id).sort();
    const events = readFakeEvents(folder);
    expect(events.filter(({ event }) => event === 'crash').length).toBeGreaterThan(20);
    expect(
      events
        .filter(({ event }) => event === 'end')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids);
    // The processes of a run never overlap: every start is followed by the end of the same process.
    const running = new Map<string, number>();
    for (const { event, id, pid } of events) {
      if (event === 'start') {
        expect(running.get(id)).toBeUndefined();
        running.set(id, pid);
      } else {
        expect(running.get(id)).toBe(pid);
        running.delete(id);
      }
    }
    expect([...running]).toEqual([]);
    // A sweep that was killed during a write leaves a temporary file beside the results.
    const files = readdirSync(join(folder, 'results', 'test')).filter((name) => name.endsWith('.json'));
    expect(files.sort()).toEqual(ids.map((id) => `${id}.json`));
    expect(listMeasurements(join(folder, 'results')).listings).toHaveLength(1000);
    expect(listMeasurements(join(folder, 'results')).unreadable).toEqual([]);
    expect(readStatus(folder).every(({ phase }) => phase === 'done')).toBe(true);
  });
});
