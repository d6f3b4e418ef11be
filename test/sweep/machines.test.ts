import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readLockHolder, tryLock } from '../../src/base/files/lock.ts';
import { checkLiveness } from '../../src/base/system/process-identity.ts';
import { loadMeasurements } from '../../src/results/store.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { sweepLocally } from '../../src/sweep/executors/local/sweep-locally.ts';
import type { Slot } from '../../src/sweep/slots.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { onOtherMachine, whyNoOtherMachine } from '../support/other-machine.ts';
import { until } from '../support/small-sweep.ts';
import {
  cancelFake,
  readFakeEvents,
  fakeSweep,
  NEVER,
  planOf,
  sweepHeader,
  temporaryFolder,
} from '../support/sweeps.ts';

const reason = whyNoOtherMachine();
const program = resolve(import.meta.dirname, '../support/fake-sweep.ts');
const sweepThere = (folder: string, workers: number) =>
  onOtherMachine(folder, [process.execPath, '--import', 'tsx', program, folder, 'test', String(workers)]);
const slots = (n: number): Slot[] => Array.from({ length: n }, (_, i) => ({ name: `worker ${i}`, env: {} }));
const quiet = { changed: () => undefined };

describe.skipIf(reason !== undefined)(
  `two machines on one shared folder${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    it('share the runs of one sweep: each run is executed once, and both machines see all results', async () => {
      const folder = temporaryFolder();
      const plan = planOf(
        folder,
        `${sweepHeader}level: { metric: top5, anchor: alexnet }
runs: [{ network: alexnet }]
grid: { networks: [vgg11, resnet50], seeds: [0, 1] }
`,
      );
      // The four other runs continue when all of them have started: two on each machine.
      const { context } = fakeSweep(folder, plan, { together: { vgg11: 5, resnet50: 5 } });
      const there = sweepThere(folder, 2);
      const end = once(there, 'exit');
      const states = await sweepLocally(context, slots(2), quiet);
      expect(states.every(({ phase }) => phase === 'done')).toBe(true);
      expect((await end)[0]).toBe(0);
      const events = readFakeEvents(folder);
      const ids = plan.runs.map(({ id }) => id).sort();
      for (const event of ['start', 'end'])
        expect(
          events
            .filter((line) => line.event === event)
            .map(({ id }) => id)
            .sort(),
        ).toEqual(ids);
      expect(new Set(events.map(({ host }) => host))).toEqual(new Set([hostname(), 'other-box']));
      expect(readdirSync(join(folder, 'results', 'test'))).toHaveLength(5);
      expect(loadMeasurements([join(folder, 'results')]).unreadable).toEqual([]);
    });

    it('judge processes of other machines only by their heartbeat, never by their process ids', async () => {
      const folder = temporaryFolder();
      const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`);
      const script = { holdAt: { vgg11: { step: 5, until: NEVER } } };
      const { context, stop } = fakeSweep(folder, plan, script);
      const there = sweepThere(folder, 1);
      const end = once(there, 'exit');
      const { id } = plan.runs[0]!;
      const [claim, lock] = [sweepPaths(folder).claim(id), join(sweepPaths(folder).run(id), 'lock')];
      await until(() => readFakeEvents(folder).length === 1);
      const holder = readLockHolder(lock);
      expect(holder?.host).toBe('other-box');
      expect(checkLiveness(holder!)).toBe('unknown');
      expect(tryLock(claim).heldBy?.host).toBe('other-box');
      expect(readStatus(folder).map(({ phase }) => phase)).toEqual(['running']);
      const cancelled = await cancelFake(folder);
      expect(cancelled.terminated).toEqual([]);
      expect(cancelled.unreachable).toEqual([expect.stringContaining('on other-box, since')]);

      // The machine dies. This machine cannot know that, so it waits five minutes before it takes over the run.
      await until(() => existsSync(join(sweepPaths(folder).run(id), 'checkpoint.json')));
      there.kill('SIGKILL');
      await end;
      const phases: string[] = [];
      const waiting = sweepLocally(context, slots(1), {
        changed: ({ phase }) => phases.push(phase),
      });
      await until(() => phases.includes('elsewhere'));
      await sleep(1500);
      expect(phases.at(-1)).toBe('elsewhere');
      expect(readFakeEvents(folder)).toHaveLength(1);
      const longAgo = new Date(Date.now() - 301_000);
      for (const file of [claim, lock]) utimesSync(file, longAgo, longAgo);
      await until(() => readFakeEvents(folder).length >= 2);
      const [first, second] = readFakeEvents(folder);
      expect([first?.host, second?.host]).toEqual(['other-box', hostname()]);
      expect(second?.step).toBeGreaterThanOrEqual(5);
      stop.abort();
      await waiting;
    });
  },
);
