// Measures how often the 95 % interval of the pooled doubling time contains the true value, on simulated learning curves.
// usage: node --import tsx scripts/audit/interval-coverage.ts [--trials 1000] [--seed 1] [--out FILE.json]
import { fileURLToPath } from 'node:url';
import { fitPooled } from '../../src/trend/pooled-fit.ts';
import { seededIndex } from '../../src/trend/statistics.ts';
import { openRecord } from '../bench/record.ts';
import { drawNetworks, type World, worlds } from './simulated-curves.ts';
import { checkCounts, readOptions, runScript } from '../run-script.ts';

const RESAMPLES = 400;

/** The fraction of trials in which the interval contains the true doubling time, and the harmonic mean of the estimates in months. */
export function measureCoverage(world: World, trials: number, index: (bound: number) => number) {
  let [covered, sum] = [0, 0];
  for (let trial = 0; trial < trials; trial += 1) {
    const { interval95, months } = fitPooled(drawNetworks(world, index), RESAMPLES);
    const [low, high] = interval95 ?? [null, null];
    if ((low ?? Infinity) <= world.months && world.months <= (high ?? Infinity)) covered += 1;
    sum += 1 / (months ?? Infinity);
  }
  return { covered: covered / trials, mean: trials / sum };
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
    const { covered, mean } = measureCoverage(world, trials, index);
    record.add({
      ...world,
      trials,
      resamples: RESAMPLES,
      meanEstimateMonths: mean,
      covered,
    });
    console.log(
      `${world.name}: true ${world.months} months, estimate ${mean.toFixed(1)}, covered in ${(100 * covered).toFixed(1)} % of ${trials}`,
    );
  }
  record.save();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript('interval-coverage', main);
