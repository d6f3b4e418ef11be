import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { clusterOfTests, whyNoSlurm } from '../../../support/slurm.ts';
import { temporaryFolder } from '../../../support/sweeps.ts';

const reason = whyNoSlurm();
const cli = resolve(import.meta.dirname, '../../../../src/cli/doubletime.mjs');
// Sums of floats depend on the number of threads, so both sweeps use one thread.
const doubletime = (...args: string[]) =>
  spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
  });

const yaml = `question: Does a cluster measure what this machine measures?
level: { metric: top1, anchor: alexnet }
data: { source: synthetic, input: 32, classes: 4, trainExamples: 128, validationExamples: 32 }
recipe: { batch: 32, epochs: 2, learningRate: 0.02 }
runs:
  - { id: alexnet, network: { name: alexnet, stem: small, width: 0.1 } }
  - { id: resnet18, network: { name: resnet18, stem: small, width: 0.1 } }
`;

describe.skipIf(reason !== undefined)(
  `real training on a one-node Slurm${reason ? ` (skipped: ${reason})` : ''}`,
  { timeout: 1_200_000 },
  () => {
    clusterOfTests();

    it('ends with the measurements of a local sweep, except for times and machine', async () => {
      const folder = temporaryFolder();
      mkdirSync(folder, { recursive: true });
      const file = join(folder, 'real.yaml');
      writeFileSync(file, yaml);
      const [here, there] = [join(folder, 'here'), join(folder, 'there')];
      const local = doubletime('sweep', file, '--dir', here);
      expect([local.status, local.stderr]).toEqual([0, '']);
      expect(doubletime('sweep', file, '--dir', there, '--executor', 'slurm').status).toBe(0);
      const names = readdirSync(join(here, 'results', 'real'));
      expect(names).toHaveLength(2);
      // The command takes seconds of processor time, so the files are watched first.
      while (!names.every((name) => existsSync(join(there, 'results', 'real', name)))) await sleep(200);
      const isOver = () => {
        const { runs } = JSON.parse(doubletime('status', there, '--json').stdout) as {
          runs: { phase: string; slurm: unknown }[];
        };
        return runs.every(({ phase, slurm }) => phase === 'done' && slurm === null);
      };
      while (!isOver()) await sleep(200);
      for (const name of names) {
        const [a, b] = [here, there].map((place) => join(place, 'results', 'real', name));
        const { status, stdout } = doubletime('compare', a!, b!);
        expect([stdout.split('\n').at(-2), status]).toEqual([expect.stringContaining('the results are the same'), 0]);
      }
      const again = doubletime('sweep', file, '--dir', there, '--executor', 'slurm');
      expect(again.stdout).toContain('0 runs submitted');
      expect(again.stdout).toContain('2 done');
    });

    it('searches settings with the trials and decisions of a local search', () => {
      const folder = temporaryFolder();
      mkdirSync(folder, { recursive: true });
      const file = join(folder, 'tuned.yaml');
      writeFileSync(
        file,
        `question: Which learning rate?
level: { metric: top1, value: 0.9 }
data: { source: synthetic, input: 16, classes: 4, trainExamples: 128, validationExamples: 32 }
recipe: { batch: 32, epochs: 2, learningRate: 0.02 }
tune: { recipe.learningRate: [0.001, 0.02] }
runs: [{ network: { name: resnet18, stem: small, width: 0.05 } }]
`,
      );
      const [here, there] = [join(folder, 'here'), join(folder, 'there')];
      const local = doubletime('search', file, '--dir', here);
      expect([local.status, local.stderr]).toEqual([0, '']);
      const cluster = doubletime('search', file, '--dir', there, '--executor', 'slurm');
      expect([cluster.status, cluster.stderr]).toEqual([0, '']);
      expect(cluster.stdout).toContain('2 trials submitted');
      // Only times differ.
      const summary = (dir: string): string =>
        readFileSync(join(dir, 'search.json'), 'utf8').replaceAll(/"trainingSeconds": [\d.]+/g, '');
      expect(summary(there)).toBe(summary(here));
      expect(readFileSync(join(there, 'tuned.yaml'), 'utf8')).toBe(readFileSync(join(here, 'tuned.yaml'), 'utf8'));
    });
  },
);
