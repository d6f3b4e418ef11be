import { describe, expect, it } from 'vitest';
import { planText, sweepSeconds } from '../../../src/sweep/planning/estimate-text.ts';
import { estimateSweep, type Estimator } from '../../../src/sweep/planning/estimate.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const counts = {
  parameters: 10,
  forwardMacsPerExample: 1000,
  stepMacs: 90_000,
  stepFlops: 190_001,
  evaluationFlopsPerExample: 2100,
};

function estimator(counted: string[] = []): Estimator {
  return {
    count: ({ network, recipe }) => {
      counted.push(`${network.name} ${recipe.batch}`);
      return counts;
    },
    size: () => ({ classes: 10, trainExamples: 1000, validationExamples: 100 }),
    speed: ({ network }) => (network === 'vgg11' ? undefined : { flopPerSecond: 1e6, of: 'stated' }),
    price: 3.6,
  };
}

const plan = (yaml: string) => planOf(temporaryFolder(), `${sweepHeader}${yaml}`);

describe('estimateSweep', () => {
  it('multiplies exact counts by whole steps to the end of the epochs', () => {
    const [run] = estimateSweep(plan('runs: [{ network: alexnet }]\n'), estimator());
    // Two epochs of 1000 images in batches of 32 are 62.5 steps, rounded up to 63.
    const steps = 63;
    // Evaluations follow steps 32 and 63, which reach 1000 and 2000 images.
    const evaluationFlops = 2 * 100 * counts.evaluationFlopsPerExample;
    expect(run).toMatchObject({
      steps,
      examples: steps * 32,
      trainingFlops: steps * counts.stepFlops,
      trainingMacs: steps * counts.stepMacs,
      evaluationFlops,
      paperTeraflopSecondDays: (3 * 1000 * steps * 32) / 8.64e16,
    });
    const seconds = (steps * counts.stepFlops + evaluationFlops) / 1e6;
    expect(run?.seconds).toBeCloseTo(seconds, 9);
    expect(run?.cost).toBeCloseTo((seconds / 3600) * 3.6, 12);
  });

  it.each([
    ['examples: 320', 10],
    ['examples: 321', 11],
    ['flops: 1900010', 10],
    ['hours: 0.0001', 2],
    ['examples: 99999999', 63],
  ])('ends at the budget { %s } after %i steps', (budget, steps) => {
    const yaml = `budget: { ${budget} }\nruns: [{ network: alexnet }]\n`;
    expect(estimateSweep(plan(yaml), estimator())[0]?.steps).toBe(steps);
  });

  it('counts equal steps once: seeds, epochs and learning rates do not change a step', () => {
    const counted: string[] = [];
    const yaml = `grid:
  networks: [vgg11, alexnet]
  recipes:
    a: { batch: 32, epochs: 1, learningRate: 0.1 }
    b: { batch: 32, epochs: 7, learningRate: 0.2 }
    c: { batch: 64, epochs: 7, learningRate: 0.2 }
  seeds: [0, 1, 2]
`;
    const runs = estimateSweep(plan(yaml), estimator(counted));
    expect(runs).toHaveLength(18);
    expect(counted.sort()).toEqual(['alexnet 32', 'alexnet 64', 'vgg11 32', 'vgg11 64']);
  });

  it('counts each image size of the evaluation, whatever run stands before it', () => {
    const sizes: unknown[] = [];
    const counting: Estimator = {
      ...estimator(),
      count: ({ recipe: { augmentation } }) => {
        sizes.push(augmentation.evaluationInput);
        return { ...counts, evaluationFlopsPerExample: (augmentation.evaluationInput ?? 1) * 100 };
      },
    };
    const yaml = `runs:
  - { network: alexnet, id: plain }
  - { network: alexnet, id: large, set: { recipe.augmentation.evaluationInput: 64 } }
  - { network: alexnet, id: unflipped, set: { recipe.augmentation.flip: false } }
`;
    const runs = estimateSweep(plan(yaml), counting);
    expect(sizes).toEqual([undefined, 64]);
    expect(runs.map(({ evaluationFlopsPerExample }) => evaluationFlopsPerExample)).toEqual([100, 6400, 100]);
  });

  it.each([
    'recipe.movingAverage: { decay: 0.9 }',
    'recipe.lookahead: {}',
    'recipe.stochasticWeightAveraging: { from: 0.5 }',
    'recipe.optimizer: { name: scheduleFreeSgd }',
  ])('counts an evaluation of both sets of weights for %s', (setting) => {
    const yaml = `runs: [{ network: alexnet, id: a }, { network: alexnet, id: b, set: { ${setting} } }]\n`;
    const [plain, averaged] = estimateSweep(plan(yaml), estimator());
    expect(averaged?.evaluationFlops).toBe(2 * plain!.evaluationFlops);
    const evaluated = (run: typeof plain): number => run!.seconds! * 1e6 - run!.trainingFlops;
    expect(evaluated(averaged)).toBeCloseTo(2 * evaluated(plain), 3);
  });

  it.each([
    ['examples: 1', 63],
    ['examples: 32', 63],
    ['examples: 33', 61],
    ['examples: 1000', 2],
    ['examples: 9999', 1],
    ['epochs: 0.5', 4],
  ])('counts the evaluations of a run with evaluateEvery { %s }: %i', (every, evaluations) => {
    const yaml = `evaluateEvery: { ${every} }\nruns: [{ network: alexnet }]\n`;
    const [run] = estimateSweep(plan(yaml), estimator());
    expect(run?.evaluationFlops).toBe(evaluations * 100 * counts.evaluationFlopsPerExample);
  });

  it('gives neither time nor cost if no speed is known', () => {
    const [run] = estimateSweep(plan('runs: [{ network: vgg11 }]\n'), estimator());
    expect(run).toMatchObject({ seconds: null, cost: null, flopPerSecond: null });
  });
});

describe('planText', () => {
  it('prints sums to the unit, even above 2^53', () => {
    const sweep = plan('runs: [{ network: alexnet, seeds: [0, 1] }]\n');
    const large = { ...counts, stepFlops: 2 ** 53 - 1 };
    const runs = estimateSweep(sweep, { ...estimator(), count: () => large });
    const exact = 63n * BigInt(large.stepFlops);
    const text = planText(sweep, runs);
    expect(text).toContain(exact.toLocaleString('en-US'));
    expect(text).toContain((2n * exact).toLocaleString('en-US'));
  });

  it('says which speeds were not measured on the steps of the run', () => {
    const sweep = plan('runs: [{ network: alexnet }, { network: resnet50 }, { network: vgg11 }]\n');
    const of = { alexnet: 'sameStep', resnet50: 'sameNetwork', vgg11: 'otherNetworks' } as const;
    const runs = estimateSweep(sweep, {
      ...estimator(),
      speed: ({ network }) => ({ flopPerSecond: 1e6, of: of[network as keyof typeof of] }),
    });
    expect(runs.map(({ speedOf }) => speedOf)).toEqual(Object.values(of));
    const text = planText(sweep, runs);
    expect(text).toContain('The speed is that of the same network in another size or batch: resnet50.\n');
    expect(text).toContain('The speed is the median of other networks: vgg11.\n');
    expect(text).not.toContain('alexnet.\n');
  });
});

describe('times measured on this machine', () => {
  const timing = { startSeconds: 5, stepSeconds: 0.5, evaluationSecondsPerExample: 0.01 };
  const measured = (): Estimator => ({
    ...estimator(),
    timing: ({ network }) => (network.name === 'vgg11' ? undefined : timing),
  });

  it('replace the speed: the start, every step and every evaluated image', () => {
    const [run] = estimateSweep(plan('runs: [{ network: alexnet }]\n'), measured());
    const seconds = 5 + 63 * 0.5 + 2 * 100 * 0.01;
    expect(run).toMatchObject({ timing, flopPerSecond: counts.stepFlops / 0.5 });
    expect(run?.seconds).toBeCloseTo(seconds, 9);
    expect(run?.cost).toBeCloseTo((seconds / 3600) * 3.6, 12);
  });

  it('limit the steps of a run with a budget of hours', () => {
    const [run] = estimateSweep(plan('budget: { hours: 0.005 }\nruns: [{ network: alexnet }]\n'), measured());
    expect(run?.steps).toBe(36);
  });

  it('give the hours of the whole sweep, anchors first', () => {
    const yaml = `level: { metric: top1, anchor: alexnet }
runs: [{ network: alexnet }, { network: resnet50 }, { network: googlenet }]
`;
    const runs = estimateSweep(plan(yaml), measured());
    const each = runs[0]!.seconds!;
    expect(sweepSeconds(runs, 1)).toBeCloseTo(3 * each, 9);
    expect(sweepSeconds(runs, 2)).toBeCloseTo(2 * each, 9);
    const text = planText(plan(yaml), runs, 2);
    expect(text).toContain('The whole sweep, 2 runs at a time: at most 1 min 17 s (0.02 hours), cost 0.12.');
    expect(text).toContain('Times are measured on this machine');
  });

  it('leave the hours open if a run has no time', () => {
    const runs = estimateSweep(plan('runs: [{ network: vgg11 }]\n'), measured());
    expect(sweepSeconds(runs, 1)).toBeNull();
    expect(planText(plan('runs: [{ network: vgg11 }]\n'), runs, 1)).toContain('add --measure (times a few steps here)');
  });
});
