// Measures how often the 95 % interval of the doubling time contains the true value, over all levels and at one level, on simulated
// learning curves.
// usage: node --import tsx scripts/audit/interval-coverage.ts [--trials 1000] [--seed 1] [--out FILE.json]
import { fileURLToPath } from 'node:url';
import { bootstrap } from '../../src/trend/bootstrap.ts';
import { fitPooled, type NetworkNeeds } from '../../src/trend/pooled-fit.ts';
import { median, seededIndex } from '../../src/trend/statistics.ts';
import type { Interval, Sample } from '../../src/trend/types.ts';
import { openRecord } from '../bench/record.ts';
import { drawNetworks, type World, worlds } from './simulated-curves.ts';
import { checkCounts, readOptions, runScript } from '../run-script.ts';

const RESAMPLES = 400;

const isWithin = ([low, high]: Interval, months: number): boolean =>
  (low ?? Infinity) <= months && months <= (high ?? Infinity);

/** What the networks that reach the level in the middle need; one value per seed. */
function samplesAtLevel(networks: readonly NetworkNeeds[]): Sample[] {
  const level = Math.floor((networks[0]?.seeds[0]?.length ?? 0) / 2);
  const samples = networks.map(({ seeds, ...network }) => ({ ...network, values: seeds.map((row) => row[level]!) }));
  return samples.filter(({ values }) => Number.isFinite(median(values)));
}

/**
 * The fraction of trials in which the interval over all levels, and that at one level, contains the true doubling time; and the
 * harmonic mean of the estimates over all levels in months.
 */
export function measureCoverage(world: World, trials: number, index: (bound: number) => number) {
  let [covered, coveredAtOneLevel, sum] = [0, 0, 0];
  for (let trial = 0; trial < trials; trial += 1) {
    const networks = drawNetworks(world, index);
    const { interval95, months } = fitPooled(networks, RESAMPLES);
    if (interval95 && isWithin(interval95, world.months)) covered += 1;
    if (isWithin(bootstrap(samplesAtLevel(networks), RESAMPLES).interval, world.months)) coveredAtOneLevel += 1;
    sum += 1 / (months ?? Infinity);
  }
  return { covered: covered / trials, coveredAtOneLevel: coveredAtOneLevel / trials, mean: trials / sum };
}

function main(): void {
  const { values } = readOptions('interval-coverage', {
    options: {
      trials: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  });
  const [trials, seed] = [Number(values.trials), Number(values.seed)];
  checkCounts({ trials: values.trials, seed: values.seed });
  const record = openRecord('interval-coverage', values.out);
  const index = seededIndex(seed);
  for (const world of worlds) {
    const { covered, coveredAtOneLevel, mean } = measureCoverage(world, trials, index);
    record.add({
      ...world,
      trials,
      resamples: RESAMPLES,
      meanEstimateMonths: mean,
      covered,
      coveredAtOneLevel,
    });
    console.log(
      `${world.name}: true ${world.months} months, estimate ${mean.toFixed(1)}, covered in ${(100 * covered).toFixed(1)} %, at one level in ${(100 * coveredAtOneLevel).toFixed(1)} % of ${trials}`,
    );
  }
  record.save();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript('interval-coverage', main);
