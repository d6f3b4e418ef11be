import { levelSchema } from '../../src/config/level.ts';
import { findCrossing } from '../../src/results/crossing.ts';
import type { CurvePoint } from '../../src/results/measurement.ts';
import type { NetworkNeeds } from '../../src/trend/pooled-fit.ts';

type RandomIndex = (bound: number) => number;

/** A simulated world in which the compute to reach any accuracy halves every `months`. Scatter is in doublings (log2). */
export interface World {
  readonly name: string;
  readonly months: number;
  readonly networks: number;
  readonly seeds: number;
  readonly networkScatter: number;
  readonly shapeScatter: number;
  readonly seedScatter: number;
}

const defaults = {
  months: 16,
  networks: 12,
  seeds: 3,
  networkScatter: 0.5,
  shapeScatter: 0.3,
  seedScatter: 0.1,
};
export const worlds: readonly World[] = [
  { ...defaults, name: 'as published: 12 networks, 3 seeds' },
  { ...defaults, name: 'little scatter', networkScatter: 0.3 },
  { ...defaults, name: 'much scatter', networkScatter: 0.7 },
  { ...defaults, name: '16 networks', networks: 16 },
  { ...defaults, name: '9 networks, 1 seed', networks: 9, seeds: 1 },
  { ...defaults, name: 'slow progress, 30 months', months: 30 },
];

const YEARS = 7;
const EVALUATIONS = 60;
const LEVELS = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65];
const day = (months: number): string =>
  new Date(Date.UTC(2012, 5, 1) + months * 30.4375 * 86_400_000).toISOString().slice(0, 10);

/** A random number from the standard normal distribution (Box & Muller 1958). */
function normal(index: RandomIndex): number {
  const uniform = (): number => (index(2 ** 31) + 0.5) / 2 ** 31;
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/**
 * A learning curve: accuracy 0.75 (1 - (1 + compute)^-slope) at evaluations spread evenly over log2(compute). The compute to every
 * accuracy is divided by 2^gain.
 */
function simulateCurve(gain: number, slope: number): CurvePoint[] {
  return Array.from({ length: EVALUATIONS }, (_, i) => {
    const log2Compute = (i / EVALUATIONS) * 16 - 8;
    const compute = 2 ** log2Compute;
    const accuracy = 0.75 * (1 - (1 + compute * 2 ** gain) ** -slope);
    return { ...blank, flops: compute, top1: accuracy, top5: accuracy };
  });
}
const blank: CurvePoint = {
  examples: 0,
  epochs: 0,
  steps: 0,
  macs: 0,
  flops: 0,
  paperTeraflopSecondDays: 0,
  trainingSeconds: 0,
  learningRate: 0,
  trainingLoss: null,
  loss: 0,
  top1: 0,
  top5: 0,
};

function simulateNetwork(world: World, at: number, index: RandomIndex): NetworkNeeds {
  const months = at === 0 ? 0 : (index(2 ** 20) / 2 ** 20) * YEARS * 12;
  const gain = months / world.months + world.networkScatter * normal(index);
  const slope = 0.5 * 2 ** (world.shapeScatter * 0.5 * normal(index));
  const seeds = Array.from({ length: world.seeds }, () => {
    const curve = simulateCurve(gain + world.seedScatter * normal(index), slope);
    return LEVELS.map((value) => {
      const level = { ...levelSchema.parse({ metric: 'top1', rule: { strict: false } }), value };
      return findCrossing(curve, level)?.flops ?? Number.POSITIVE_INFINITY;
    });
  });
  return { network: `network${at}`, published: day(months), seeds };
}

/** One draw of a world: the compute that every seed of every network needs to reach every level. */
export const drawNetworks = (world: World, index: RandomIndex): NetworkNeeds[] =>
  Array.from({ length: world.networks }, (_, at) => simulateNetwork(world, at, index));
