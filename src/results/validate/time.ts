import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { mustEqual, problem, type Problem } from './finding.ts';
import { sumOverSteps, wastedSteps } from './stages.ts';

const NANOSECONDS = 1e9;
/** Start and end are from the system clock, which may be adjusted a little during a run. */
const CLOCK_TOLERANCE = { seconds: 2, fraction: 0.01 } as const;
/** More power than any GPU or CPU takes, in watts. A run uses one. */
const MAX_WATTS = 5000;

/** The seconds of all activities. */
const totalSeconds = ({ totals }: Measurement): number =>
  Object.values(totals.seconds).reduce((sum, part) => sum + part, 0);

/** Sums of seconds have more rounding errors than the products of counts. */
const TOLERANCE = 4e-15;

const mustBe = (path: readonly PropertyKey[], actual: number, expected: number, formula: string): Problem[] =>
  mustEqual(path, actual, expected, formula, TOLERANCE);

/**
 * Whether seconds can be a sum of differences between readings of a clock that counts nanoseconds. The rounding error of the
 * sum grows with the square root of the number of differences. If it is close to a nanosecond, the result is true.
 * @param intervals the number of differences.
 * @param clock the highest reading in seconds.
 */
function isWholeNanoseconds(seconds: number, intervals: number, clock: number): boolean {
  // The four roundings of an interval have a standard deviation of 0.6 of the last bit. This is 13 times as much.
  const noise = 8 * Math.sqrt(intervals + 10) * Number.EPSILON * Math.max(1, clock) * NANOSECONDS;
  const nanoseconds = seconds * NANOSECONDS;
  return noise > 0.1 || Math.abs(nanoseconds - Math.round(nanoseconds)) <= noise;
}

function nanosecondProblems(run: Measurement): Problem[] {
  const { curve, totals } = run;
  const steps = totals.steps + totals.wasted.steps;
  const total = totalSeconds(run);
  const notTraining = total - totals.seconds.training;
  const times = [
    ...curve.map((point, index) => ({
      path: ['curve', index, 'trainingSeconds'],
      seconds: point.trainingSeconds,
      isWhole: isWholeNanoseconds(point.trainingSeconds, point.steps, notTraining + point.trainingSeconds),
    })),
    ...Object.entries(totals.seconds).map(([key, seconds]) => ({
      path: ['totals', 'seconds', key],
      seconds,
      isWhole: isWholeNanoseconds(seconds, key === 'evaluation' ? curve.length : steps, total),
    })),
  ];
  return times
    .filter(({ isWhole }) => !isWhole)
    .map(({ path, seconds }) =>
      problem(path, `is ${seconds}, expected a whole number of nanoseconds: a digit was changed`),
    );
}

/** The curve must end with the total, and all activities must fit between the start and the end of the run. */
function secondsProblems(run: Measurement): Problem[] {
  const { curve, totals, environment } = run;
  const { tracing, ...timed } = totals.seconds;
  const last = curve.at(-1);
  const wall = (Date.parse(environment.finishedAt) - Date.parse(environment.startedAt)) / 1000;
  // The first process traces its graph before the recorded start of the run.
  const spent = Object.values(timed).reduce((sum, part) => sum + part, totals.wasted.seconds);
  const fits = spent <= wall + CLOCK_TOLERANCE.seconds + CLOCK_TOLERANCE.fraction * spent;
  const isSame = last === undefined || last.steps !== totals.steps || last.trainingSeconds === totals.seconds.training;
  return [
    ...(isSame
      ? []
      : [
          problem(
            ['totals', 'seconds', 'training'],
            `is ${totals.seconds.training}, but the curve ends at ${last.trainingSeconds}`,
          ),
        ]),
    ...(last === undefined || last.trainingSeconds <= totals.seconds.training
      ? []
      : [
          problem(
            ['totals', 'seconds', 'training'],
            `is ${totals.seconds.training}, expected at least ${last.trainingSeconds}, the last value of the curve`,
          ),
        ]),
    ...(fits
      ? []
      : [
          problem(
            ['environment', 'finishedAt'],
            `is ${wall} s after startedAt, but the run's activities took ${spent} s (without ${tracing} s of tracing)`,
          ),
        ]),
  ];
}

/**
 * FLOPs per second must be steps per second times the FLOPs of a step; with stages, a step costs between the least and the
 * most.
 */
function flopRateProblems(
  actual: number,
  stepsPerSecond: number,
  { stages, stepFlops }: Measurement['counts'],
): Problem[] {
  const path = ['totals', 'flopPerSecond'];
  if (stages === undefined)
    return mustBe(path, actual, stepsPerSecond * stepFlops, 'examplesPerSecond / counts.batch x counts.stepFlops');
  const costs = stages.map((stage) => stage.stepFlops);
  const [low, high] = [Math.min(...costs), Math.max(...costs)].map((cost) => stepsPerSecond * cost);
  return actual >= low! * (1 - 1e-12) && actual <= high! * (1 + 1e-12)
    ? []
    : [
        problem(
          path,
          `is ${actual}, expected a number from ${low} to ${high}: examplesPerSecond / counts.batch x stepFlops of a stage`,
        ),
      ];
}

/** Speed, utilization and cost must follow from each other and from the config's rates. */
function rateProblems({ totals, counts, ...run }: Measurement, config: RunConfig): Problem[] {
  const { examplesPerSecond, flopPerSecond, utilization, cost, seconds, wasted } = totals;
  const { peakFlopPerSecond, pricePerHour, currency } = config.execution;
  const hours = (Object.values(seconds).reduce((sum, part) => sum + part, 0) + wasted.seconds) / 3600;
  const isPriced = pricePerHour !== undefined;
  return [
    ...flopRateProblems(flopPerSecond, examplesPerSecond / counts.batch, counts),
    ...(peakFlopPerSecond === undefined || utilization === null
      ? []
      : mustBe(
          ['totals', 'utilization'],
          utilization,
          flopPerSecond / peakFlopPerSecond,
          'flopPerSecond / config.execution.peakFlopPerSecond',
        )),
    ...(isPriced === (cost !== null)
      ? []
      : [
          problem(
            ['totals', 'cost'],
            isPriced ? 'is null, but the config states a price' : 'is given, but the config states no price',
          ),
        ]),
    ...(cost === null
      ? []
      : mustBe(['totals', 'cost', 'amount'], cost.amount, hours * cost.perHour, 'hours x perHour')),
    ...(cost === null || !isPriced
      ? []
      : mustBe(['totals', 'cost', 'perHour'], cost.perHour, pricePerHour, 'config.execution.pricePerHour')),
    ...(cost === null || !isPriced || cost.currency === currency
      ? []
      : [problem(['totals', 'cost', 'currency'], `is ${cost.currency}, but config.execution.currency is ${currency}`)]),
    ...speedProblems({ totals, counts, ...run }),
  ];
}

/** The speed does not include the first steps of a process. It may differ from the mean, but not by orders of magnitude. */
function speedProblems({ totals }: Measurement): Problem[] {
  const { training } = totals.seconds;
  const mean = totals.examples / training;
  const [low, high] = [mean / 100, mean * 1000];
  const { examplesPerSecond } = totals;
  return !(training > 0) || (examplesPerSecond >= low && examplesPerSecond <= high)
    ? []
    : [
        problem(
          ['totals', 'examplesPerSecond'],
          `is ${examplesPerSecond}, but ${totals.examples} images in ${training} s are ${mean} per second: expected ${low} to ${high}`,
        ),
      ];
}

function energyProblems(run: Measurement): Problem[] {
  const { energyJoules, wasted } = run.totals;
  if (energyJoules === null) return [];
  const seconds = totalSeconds(run) + wasted.seconds;
  return [
    ...(run.environment.gpus.length > 0
      ? []
      : [problem(['totals', 'energyJoules'], 'is given, but environment.gpus lists no GPU to measure it')]),
    ...(energyJoules <= seconds * MAX_WATTS
      ? []
      : [
          problem(
            ['totals', 'energyJoules'],
            `is ${energyJoules}, which in ${seconds} s is a mean of ${energyJoules / seconds} W, expected at most ${MAX_WATTS} W`,
          ),
        ]),
  ];
}

/** Wasted work must be counted like training. */
function wastedProblems({ totals: { wasted }, counts }: Measurement): Problem[] {
  const pathTo = (key: string) => ['totals', 'wasted', key];
  const steps = wastedSteps(counts, wasted);
  return [
    ...mustBe(pathTo('examples'), wasted.examples, wasted.steps * counts.batch, 'steps x counts.batch'),
    ...mustBe(
      pathTo('macs'),
      wasted.macs,
      sumOverSteps(steps, ({ stepMacs }) => stepMacs),
      'steps x stepMacs',
    ),
    ...mustBe(
      pathTo('flops'),
      wasted.flops,
      sumOverSteps(steps, ({ stepFlops }) => stepFlops),
      'steps x stepFlops',
    ),
    ...(wasted.steps > 0 || wasted.seconds === 0
      ? []
      : [problem(pathTo('seconds'), `is ${wasted.seconds}, but no step was wasted`)]),
  ];
}

/** Checks seconds, speed, cost and energy against each other, and against the start and the end of the run. */
export const timeProblems = (run: Measurement, config: RunConfig | undefined): Problem[] => [
  ...nanosecondProblems(run),
  ...secondsProblems(run),
  ...wastedProblems(run),
  ...energyProblems(run),
  ...(config === undefined ? [] : rateProblems(run, config)),
];
