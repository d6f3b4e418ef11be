import { runSchema, type RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';
import { expectedLearningRate } from './learning-rate.ts';

/** The config of a measurement; undefined if this version cannot read it (keys of another version). */
export function configOf({ config }: Measurement): RunConfig | undefined {
  const parsed = runSchema.safeParse(config);
  return parsed.success ? parsed.data : undefined;
}

/** The training steps of the whole recipe: whole batches that cover at least `epochs` epochs. */
export const stepsOfRecipe = ({ recipe }: RunConfig, trainExamples: number): number =>
  Math.max(1, Math.ceil((recipe.epochs * trainExamples) / recipe.batch - 1e-9));

/**
 * The tolerance for the last bits of a power or a cosine, which differ between versions of Node: relative to the rate, and
 * to the highest rate too, because a cosine ends near 0 by subtraction.
 */
const toleranceOf = (expected: number, highest: number): number => Number.EPSILON * (4 * expected + 2 * highest);

/** The learning rate at each evaluation must be that of the step before it. */
export function learningRateProblems(run: Measurement, config: RunConfig): Problem[] {
  const { trainExamples } = run.data;
  const { recipe } = config;
  return run.curve.flatMap(({ steps, learningRate }, index) => {
    const expected = expectedLearningRate(recipe, trainExamples, Math.max(0, steps - 1));
    if (expected === undefined) return [];
    return Math.abs(learningRate - expected) <= toleranceOf(expected, recipe.learningRate)
      ? []
      : [
          problem(
            ['curve', index, 'learningRate'],
            `is ${learningRate}, but the recipe's schedule gives ${expected} at step ${steps - 1}`,
          ),
        ];
  });
}

/** Every evaluation that was due before the last one must be on the curve. */
export function cadenceProblems(run: Measurement, config: RunConfig): Problem[] {
  const { evaluateEvery: every, recipe } = config;
  const last = run.curve.at(-1)?.steps ?? 0;
  const examples = 'examples' in every ? every.examples : every.epochs * run.data.trainExamples;
  // There is at most one evaluation per step.
  const stepsApart = Math.max(1, examples / recipe.batch);
  const due = Math.floor(last / stepsApart + 1e-9);
  const seen = new Set(run.curve.map(({ steps }) => steps));
  if (due > seen.size)
    return [problem(['curve'], `has ${seen.size} evaluations, but evaluateEvery asks for ${due} in ${last} steps`)];
  const absent = Array.from({ length: due }, (_, index) => Math.ceil((index + 1 - 1e-9) * stepsApart)).find(
    (step) => !seen.has(step),
  );
  return absent === undefined
    ? []
    : [problem(['curve'], `lacks the evaluation at step ${absent} that evaluateEvery asks for`)];
}

type Ending = (run: Measurement, config: RunConfig) => Problem[];

const requireThat = (holds: boolean, path: readonly PropertyKey[], message: string): Problem[] =>
  holds ? [] : [problem(path, message)];

const totalSeconds = ({ totals }: Measurement): number =>
  Object.values(totals.seconds).reduce((sum, part) => sum + part, 0);

const endings: Partial<Record<Measurement['status'], Ending>> = {
  finished: (run, config) => {
    const steps = stepsOfRecipe(config, run.data.trainExamples);
    return requireThat(
      run.totals.steps === steps,
      ['totals', 'steps'],
      `is ${run.totals.steps}, but a finished run of ${config.recipe.epochs} epochs has ${steps}`,
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
      'is outOfBudget, but the run spent no budget of its config',
    ),
};

/** The status must follow from the config and the totals. */
export function endingProblems(run: Measurement, config: RunConfig): Problem[] {
  const { status, totals, curve } = run;
  const steps = stepsOfRecipe(config, run.data.trainExamples);
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
