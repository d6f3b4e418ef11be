import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findDifferences } from '../../src/results/compare.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { validateMeasurement } from '../../src/results/validate/measurement.ts';
import { startTraining, stepsDone, until } from '../support/processes.ts';
import { finalTensors, temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

/** 8 steps of 12 images: epochs end within steps, and a checkpoint follows nearly every step. */
const small = [
  'network={name: resnet18, stem: small, width: 0.05, depth: 0.25}',
  'data={source: synthetic, input: 8, classes: 4, trainExamples: 32, validationExamples: 16}',
  'recipe.batch=12',
  'recipe.epochs=3',
  'execution.checkpointEverySeconds=0.01',
  'execution.workers=1',
];

/** Settings of runs that together have methods with every kind of state, random numbers and stages. */
const methods = {
  'Muon and stochastic weight averaging': [
    'recipe.optimizer={name: muon}',
    'recipe.stochasticWeightAveraging={from: 0.3, everyEpochs: 0.5}',
  ],
  'a schedule-free optimizer, mixup, CutMix and stochastic depth': [
    'recipe.optimizer={name: scheduleFreeAdamw}',
    'recipe.schedule={name: constant}',
    'recipe.mixup={alpha: 0.2}',
    'recipe.cutmix={alpha: 1}',
    'recipe.stochasticDepth=0.2',
  ],
  'SAM, lookahead, groups, alternating flips, repeats and reflected borders': [
    'recipe.sharpnessAware={rho: 0.05}',
    'recipe.lookahead={steps: 2, fromEpoch: 1, decay: {base: 0.9, power: 1}, restorePerEpoch: true}',
    'recipe.parameterGroups=[{role: normOffset, rate: 8, decay: 0.5}]',
    'recipe.augmentation={flip: alternating, repeats: 2, crop: {name: paddedCrop, padding: 2, border: reflected}}',
  ],
  'progressive resizing and frozen parameters': [
    'recipe.progressiveResizing=[{size: 4, mixup: 0}, {size: 6, fromEpoch: 1}, {size: 8, fromEpoch: 2, mixup: 0.4}]',
    'recipe.mixup={alpha: 0.2}',
    'recipe.freeze={parameters: [conv1], fromEpoch: 1.5}',
  ],
} as const;

/** A run is killed after each of these steps. The stages of the last run begin at the steps 3, 4 and 6. */
const kills = [2, 5] as const;

async function trainKilled(dir: string, set: readonly string[]): Promise<void> {
  for (const step of kills) {
    const running = startTraining(dir, set);
    await until(running, () => stepsDone(dir) >= step);
    running.child.kill('SIGKILL');
    await running.ended;
  }
  const last = await startTraining(dir, set).ended;
  expect(last.err).not.toMatch(/Error/);
  expect(last.code).toBe(0);
}

const file = (dir: string): string => join(dir, 'measurement.json');

it.each(Object.entries(methods))(
  'a run with %s that is killed after several steps ends with the same measurement and weights',
  async (name, more) => {
    const place = name.replaceAll(/\W+/g, '-');
    const [whole, killed] = [folder.at(`${place}-whole`), folder.at(`${place}-killed`)];
    const set = [...small, ...more];
    expect((await startTraining(whole, set).ended).code).toBe(0);
    await trainKilled(killed, set);
    const [a, b] = [whole, killed].map((dir) => readMeasurement(file(dir)));
    expect(findDifferences(a, b).filter(({ timeOrPlace }) => !timeOrPlace)).toEqual([]);
    expect([...finalTensors(killed)]).toEqual([...finalTensors(whole)]);
    const errors = validateMeasurement(readFileSync(file(killed), 'utf8')).filter(({ kind }) => kind === 'error');
    expect(errors).toEqual([]);
    expect(readdirSync(join(killed, 'checkpoints')).filter((entry) => entry.endsWith('.tmp'))).toEqual([]);
  },
);
