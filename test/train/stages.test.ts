import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfJson } from '../../src/base/json.ts';
import { countRun } from '../../src/cli/sweep/estimator.ts';
import { countForward } from '../../src/engine/count.ts';
import { createNetworkEngine } from '../../src/engine/network/network.ts';
import { findNetwork } from '../../models/registry.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { validateMeasurement } from '../../src/results/validate/measurement.ts';
import { sumOverSteps } from '../../src/sweep/planning/estimate.ts';
import { train } from '../../src/train/run.ts';
import { temporaryFolder, testJob } from '../support/training.ts';

const network = { name: 'resnet18', stem: 'small', width: 0.05, depth: 0.25 } as const;
const set = {
  network,
  'recipe.epochs': 3,
  'recipe.batch': 12,
  'recipe.progressiveResizing': [{ size: 4 }, { size: 6, from: 0.5 }],
  'recipe.freeze': { parameters: ['conv1'], fromEpoch: 2 },
};
/** 96 images in batches of 12: stages begin at the steps 0, 12 (half of 24) and 16 (the third epoch). */
const STEPS = [12, 4, 8] as const;
const SIZES = [4, 6, 6] as const;

let folder: ReturnType<typeof temporaryFolder>;
let measurement: Measurement;
beforeAll(async () => {
  folder = temporaryFolder();
  const job = testJob(folder.at('run'), set);
  measurement = await train({ ...job, createEngine: (images) => createNetworkEngine(job.config, images) });
});
afterAll(() => {
  folder.remove();
});

const text = (changed: Measurement): string => {
  const body: Partial<Measurement> = { ...changed };
  delete body.sha256;
  return JSON.stringify({ ...body, sha256: hashOfJson(body) }, null, 2);
};
const errorsOf = (changed: string): string[] =>
  validateMeasurement(changed)
    .filter(({ kind }) => kind === 'error')
    .map(({ place, message }) => `${place} ${message}`);

describe('a run whose image size changes', () => {
  it('counts each step at its size', () => {
    const { counts, totals, curve } = measurement;
    expect(counts.stages?.map(({ fromStep, input }) => [fromStep, input])).toEqual([
      [0, 4],
      [12, 6],
      [16, 6],
    ]);
    const forward = SIZES.map(
      (input) =>
        countForward({
          forward: findNetwork('resnet18').build({ ...network, name: undefined, classes: 4 } as object),
          input,
        }).macs,
    );
    expect(counts.stages?.map(({ forwardMacsPerExample }) => forwardMacsPerExample)).toEqual(forward);
    const sum = (steps: readonly number[], costs: readonly number[]) =>
      steps.reduce((all, n, i) => all + n * costs[i]!, 0);
    const costs = (key: 'stepMacs' | 'stepFlops') => counts.stages!.map((stage) => stage[key]);
    expect(totals).toMatchObject({
      steps: 24,
      macs: sum(STEPS, costs('stepMacs')),
      flops: sum(STEPS, costs('stepFlops')),
      paperTeraflopSecondDays:
        sum(
          STEPS,
          forward.map((macs) => 3 * macs * 12),
        ) / 8.64e16,
    });
    expect(curve[0]).toMatchObject({ steps: 8, macs: 8 * costs('stepMacs')[0]! });
    expect(counts.stages![2]!.stepMacs).toBeLessThan(counts.stages![1]!.stepMacs);
    expect(totals.evaluation.macs).toBe(3 * 40 * counts.forwardMacsPerExample);
  });

  it('costs as much as its plan', () => {
    const { config } = testJob(folder.at('none'), set);
    const planned = countRun(config, { classes: 4, trainExamples: 96, validationExamples: 40 });
    const { stages, stepMacs, forwardMacsPerExample, parameters } = measurement.counts;
    expect(planned).toMatchObject({ stepMacs, forwardMacsPerExample, parameters });
    // A plan does not crop or mirror images. This costs no MACs, and FLOPs of the input are counted separately.
    expect(planned.stages).toEqual(stages);
    expect(sumOverSteps(planned, 24, (step) => step.stepFlops)).toBe(measurement.totals.flops);
  });

  it('is valid', () => {
    expect(
      errorsOf(readFileSync(join(folder.at('run'), 'measurement.json'), 'utf8')).filter((line) => !/loss/i.test(line)),
    ).toEqual([]);
  });

  it.each<readonly [string, (copy: Measurement) => void, RegExp]>([
    [
      'a first step',
      ({ counts }) => (counts.stages![1]!.fromStep = 11),
      /counts.stages\[1\].fromStep is 11, but the first step from epoch 1.5 on is 12/,
    ],
    ['a size', ({ counts }) => (counts.stages![0]!.input = 5), /counts.stages\[0\].input is 5/],
    [
      'a cost',
      ({ counts }) => (counts.stages![0]!.stepMacs += 1),
      /curve\[0\].macs is \d+, but the sum over counts.stages of steps x stepMacs/,
    ],
    ['FLOPs', ({ totals }) => (totals.flops += 1), /totals.flops is \d+, but the sum over counts.stages/],
    [
      'paper compute',
      ({ curve }) => (curve[2]!.paperTeraflopSecondDays *= 1.001),
      /curve\[2\].paperTeraflopSecondDays/,
    ],
    ['stages left out', ({ counts }) => delete counts.stages, /counts.stages has 0 stages, but config\.recipe has 3/],
    [
      'wasted steps',
      ({ totals }) => (totals.wasted.stepsByStage = [1, 0, 0]),
      /totals.wasted.stepsByStage is \[1,0,0\], expected 3 counts with the sum 0/,
    ],
  ])('is refused by validation if %s was changed', (_, change, message) => {
    const copy = structuredClone(measurement);
    change(copy);
    expect(errorsOf(text(copy)).join('\n')).toMatch(message);
  });
});
