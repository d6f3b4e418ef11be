import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { mustEqual, problem, type Problem } from './finding.ts';

/*
 * Runs whose image size changes. The steps of a stage are computed here from the config's starts, without the code that
 * trains, so that an error there is found.
 */

type Counts = Measurement['counts'];

/** The cost of one step of some kind, and how many there are of it. */
export interface CostedSteps {
  readonly steps: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
}

/** The first `steps` steps by their costs: one kind, or one for each stage. */
export function costedSteps({ stages, ...whole }: Counts, steps: number): CostedSteps[] {
  if (stages === undefined) return [{ ...whole, steps }];
  return stages.map((stage, index) => {
    const end = Math.min(steps, stages[index + 1]?.fromStep ?? steps);
    return { ...stage, steps: Math.max(0, end - stage.fromStep) };
  });
}

/** The wasted steps by their costs. */
export const wastedSteps = ({ stages, ...whole }: Counts, wasted: Measurement['totals']['wasted']): CostedSteps[] =>
  stages === undefined
    ? [{ ...whole, steps: wasted.steps }]
    : stages.map((stage, index) => ({ ...stage, steps: wasted.stepsByStage?.[index] ?? 0 }));

/** The sum over the steps of what each costs. */
export const sumOf = (steps: readonly CostedSteps[], cost: (one: CostedSteps) => number): number =>
  steps.reduce((sum, one) => sum + one.steps * cost(one), 0);

/** Each step costs at least two FLOPs per MAC; the first stage starts with the run and no stage before the last one. */
function costProblems(stages: NonNullable<Counts['stages']>): Problem[] {
  return stages.flatMap(({ fromStep, stepMacs, stepFlops }, index) => {
    const at = ['counts', 'stages', index];
    const before = stages[index - 1]?.fromStep ?? 0;
    return [
      ...(index === 0 ? mustEqual([...at, 'fromStep'], fromStep, 0, 'the first step of a run') : []),
      ...(fromStep >= before
        ? []
        : [problem([...at, 'fromStep'], `is ${fromStep}, expected at least ${before}, that of the stage before`)]),
      ...(stepFlops >= 2 * stepMacs
        ? []
        : [problem([...at, 'stepFlops'], `is ${stepFlops}, expected at least 2 per MAC (${2 * stepMacs})`)]),
    ];
  });
}

/** The wasted steps of all stages must be the wasted steps. */
function wastedProblems({ counts, totals: { wasted } }: Measurement): Problem[] {
  const path = ['totals', 'wasted', 'stepsByStage'];
  const { stepsByStage: steps } = wasted;
  if (counts.stages === undefined)
    return steps === undefined ? [] : [problem(path, 'is given, but the run has no stages')];
  const sum = (steps ?? []).reduce((total, one) => total + one, 0);
  return (steps?.length ?? counts.stages.length) === counts.stages.length && sum === wasted.steps
    ? []
    : [
        problem(
          path,
          `is ${JSON.stringify(steps)}, expected ${counts.stages.length} counts with the sum ${wasted.steps}`,
        ),
      ];
}

/** Stages must have the sizes and the first steps that the config asks for. */
function configProblems({ counts, data }: Measurement, { recipe }: RunConfig): Problem[] {
  const path = ['counts', 'stages'];
  const { progressiveResizing = [], freeze } = recipe;
  const sizes = progressiveResizing.map(({ size, from, fromEpoch }) => ({
    size,
    epoch: from === undefined ? (fromEpoch ?? 0) : from * recipe.epochs,
  }));
  const frozenFrom = freeze === undefined ? [] : [0, freeze.fromEpoch];
  const starts = [...new Set([...sizes.map(({ epoch }) => epoch), ...frozenFrom])].sort((a, b) => a - b);
  const { stages = [] } = counts;
  if (starts.length !== stages.length)
    return [problem(path, `has ${stages.length} stages, but the recipe of the config has ${starts.length}`)];
  return starts.flatMap((epochs, index) => {
    const is = stages[index]!;
    const size = sizes.findLast(({ epoch }) => epoch <= epochs)?.size ?? data.input;
    // Rounding must not delay a stage by a step.
    const first = Math.ceil((epochs * data.trainExamples) / recipe.batch - 1e-9);
    return [
      ...mustEqual([...path, index, 'input'], is.input, size, `the size of the config at epoch ${epochs}`),
      ...mustEqual([...path, index, 'fromStep'], is.fromStep, first, `the first step from epoch ${epochs} on`),
    ];
  });
}

/** Checks the stages of a run against each other and against its config. */
export const stageProblems = (run: Measurement, config: RunConfig | undefined): Problem[] => [
  ...costProblems(run.counts.stages ?? []),
  ...wastedProblems(run),
  ...(config === undefined ? [] : configProblems(run, config)),
];
