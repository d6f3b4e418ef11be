import { formatCount } from '../../base/format.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';
import { expectedLearningRate } from './learning-rate.ts';

/** The number of training steps of a recipe: the fewest batches that cover `epochs` epochs. */
export const countRecipeSteps = ({ recipe }: RunConfig, trainExamples: number): number =>
  Math.max(1, Math.ceil((recipe.epochs * trainExamples) / recipe.batch - 1e-9));

/**
 * The tolerance for the last bits of a power or a cosine, which differ between versions of Node. It is relative to the rate,
 * and to the highest rate too, because near its end a cosine is a small difference of large numbers.
 */
const rateTolerance = (expected: number, highest: number): number => Number.EPSILON * (4 * expected + 2 * highest);

/** The learning rate at each evaluation must be that of the step before it. */
export function learningRateProblems(run: Measurement, config: RunConfig): Problem[] {
  const { trainExamples } = run.data;
  const { recipe } = config;
  return run.curve.flatMap(({ steps, learningRate }, index) => {
    const expected = expectedLearningRate(recipe, trainExamples, Math.max(0, steps - 1));
    if (expected === undefined) return [];
    return Math.abs(learningRate - expected) <= rateTolerance(expected, recipe.learningRate)
      ? []
      : [
          problem(
            ['curve', index, 'learningRate'],
            `is ${learningRate}, but the recipe's schedule gives ${expected} at step ${steps - 1}`,
          ),
        ];
  });
}

/** The curve must have every evaluation that `evaluateEvery` asks for, up to the last one. */
export function cadenceProblems(run: Measurement, config: RunConfig): Problem[] {
  const { evaluateEvery: every, recipe } = config;
  const last = run.curve.at(-1)?.steps ?? 0;
  const examples = 'examples' in every ? every.examples : every.epochs * run.data.trainExamples;
  // There is at most one evaluation per step.
  const stepsBetween = Math.max(1, examples / recipe.batch);
  const due = Math.floor(last / stepsBetween + 1e-9);
  const evaluated = new Set(run.curve.map(({ steps }) => steps));
  if (due > evaluated.size)
    return [
      problem(
        ['curve'],
        `has ${formatCount(evaluated.size, 'evaluation')}, but evaluateEvery asks for ${due} in ${last} steps`,
      ),
    ];
  const missing = Array.from({ length: due }, (_, index) => Math.ceil((index + 1 - 1e-9) * stepsBetween)).find(
    (step) => !evaluated.has(step),
  );
  return missing === undefined
    ? []
    : [problem(['curve'], `has no evaluation at step ${missing}, but evaluateEvery asks for it`)];
}

/** Checks that a run could end with its status. */
type EndingCheck = (run: Measurement, config: RunConfig) => Problem[];

/** A problem if a condition is not met. */
const requireThat = (isMet: boolean, path: readonly PropertyKey[], message: string): Problem[] =>
  isMet ? [] : [problem(path, message)];

const totalSeconds = ({ totals }: Measurement): number =>
  Object.values(totals.seconds).reduce((sum, part) => sum + part, 0);

const endings: Partial<Record<Measurement['status'], EndingCheck>> = {
  finished: (run, config) => {
    const steps = countRecipeSteps(config, run.data.trainExamples);
    return requireThat(
      run.totals.steps === steps,
      ['totals', 'steps'],
      `is ${run.totals.steps}, but a finished run of ${formatCount(config.recipe.epochs, 'epoch')} has ${steps}`,
    );
  },
  reachedLevel: (run, config) =>
    requireThat(
      config.stopAt === 'level',
      ['status'],
      `is reachedLevel, but config.stopAt is ${config.stopAt}: the run continued to its end`,
    ),
  outOfBudget: (run, { budget }) =>
    requireThat(
      run.totals.examples >= (budget.examples ?? Infinity) ||
        run.totals.flops >= (budget.flops ?? Infinity) ||
        totalSeconds(run) >= (budget.hours ?? Infinity) * 3600,
      ['status'],
      'is outOfBudget, but the run reached no limit of config.budget',
    ),
};

/** The status and the number of steps must follow from the config. */
export function endingProblems(run: Measurement, config: RunConfig): Problem[] {
  const { status, totals, curve } = run;
  const steps = countRecipeSteps(config, run.data.trainExamples);
  const last = curve.at(-1);
  return [
    ...(endings[status]?.(run, config) ?? []),
    ...requireThat(
      totals.steps <= steps,
      ['totals', 'steps'],
      `is ${totals.steps}, expected at most ${steps}, the steps of the recipe`,
    ),
    ...requireThat(
      status === 'diverged' || last === undefined || last.steps === totals.steps,
      ['totals', 'steps'],
      `is ${totals.steps}, but the last evaluation was at step ${last?.steps}`,
    ),
  ];
}
