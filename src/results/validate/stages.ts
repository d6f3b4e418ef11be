import { formatCount } from '../../base/format.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../measurement.ts';
import { mustEqual, problem, type Problem } from './finding.ts';

/*
 * Runs with stages. The first step of each stage is computed from the config again, without the code that trains. So an error
 * there is found.
 */

type Counts = Measurement['counts'];

/** A number of steps with the same cost. */
export interface CostedSteps {
  readonly steps: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
}

/** The first `steps` steps by their costs: one entry, or one per stage. */
export function costedSteps({ stages, ...single }: Counts, steps: number): CostedSteps[] {
  if (stages === undefined) return [{ ...single, steps }];
  return stages.map((stage, index) => {
    const end = Math.min(steps, stages[index + 1]?.fromStep ?? steps);
    return { ...stage, steps: Math.max(0, end - stage.fromStep) };
  });
}

/** The wasted steps by their costs: one entry, or one per stage. */
export const wastedSteps = ({ stages, ...single }: Counts, wasted: Measurement['totals']['wasted']): CostedSteps[] =>
  stages === undefined
    ? [{ ...single, steps: wasted.steps }]
    : stages.map((stage, index) => ({ ...stage, steps: wasted.stepsByStage?.[index] ?? 0 }));

/** The total cost of all steps; `cost` gives that of one step. */
export const sumOverSteps = (steps: readonly CostedSteps[], cost: (step: CostedSteps) => number): number =>
  steps.reduce((sum, entry) => sum + entry.steps * cost(entry), 0);

/**
 * A step costs at least two FLOPs per MAC. The first stage starts with the run; each other stage starts after the one before
 * it.
 */
function costProblems(stages: NonNullable<Counts['stages']>): Problem[] {
  return stages.flatMap(({ fromStep, stepMacs, macsByPrecision, stepFlops }, index) => {
    const path = ['counts', 'stages', index];
    const before = stages[index - 1]?.fromStep ?? 0;
    const formats = Object.values(macsByPrecision ?? { all: stepMacs });
    const sum = formats.reduce<number>((total, macs = 0) => total + macs, 0);
    return [
      ...mustEqual([...path, 'macsByPrecision'], sum, stepMacs, 'its stepMacs'),
      ...(index === 0 ? mustEqual([...path, 'fromStep'], fromStep, 0, 'the first step of a run') : []),
      ...(fromStep >= before
        ? []
        : [
            problem(
              [...path, 'fromStep'],
              `is ${fromStep}, expected at least ${before}, the fromStep of the stage before it`,
            ),
          ]),
      ...(stepFlops >= 2 * stepMacs
        ? []
        : [problem([...path, 'stepFlops'], `is ${stepFlops}, expected at least 2 per MAC (${2 * stepMacs})`)]),
    ];
  });
}

/** The wasted steps of all stages must add up to the wasted steps of the run. */
function wastedProblems({ counts, totals: { wasted } }: Measurement): Problem[] {
  const path = ['totals', 'wasted', 'stepsByStage'];
  const { stepsByStage: steps } = wasted;
  if (counts.stages === undefined)
    return steps === undefined ? [] : [problem(path, 'is given, but the run has no stages')];
  const sum = (steps ?? []).reduce((total, count) => total + count, 0);
  return (steps?.length ?? counts.stages.length) === counts.stages.length && sum === wasted.steps
    ? []
    : [
        problem(
          path,
          `is ${JSON.stringify(steps)}, expected ${formatCount(counts.stages.length, 'count')} with the sum ${wasted.steps}`,
        ),
      ];
}

/** The stages must have the image sizes and first steps of the config. */
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
    return [problem(path, `has ${formatCount(stages.length, 'stage')}, but config.recipe has ${starts.length}`)];
  return starts.flatMap((epochs, index) => {
    const stage = stages[index]!;
    const size = sizes.findLast(({ epoch }) => epoch <= epochs)?.size ?? data.input;
    // A rounding error must not delay a stage by a step.
    const first = Math.ceil((epochs * data.trainExamples) / recipe.batch - 1e-9);
    return [
      ...mustEqual([...path, index, 'input'], stage.input, size, `the image size of config.recipe at epoch ${epochs}`),
      ...mustEqual([...path, index, 'fromStep'], stage.fromStep, first, `the first step from epoch ${epochs} on`),
    ];
  });
}

/** Checks the stages of a run against each other and against its config. */
export const stageProblems = (run: Measurement, config: RunConfig | undefined): Problem[] => [
  ...costProblems(run.counts.stages ?? []),
  ...wastedProblems(run),
  ...(config === undefined ? [] : configProblems(run, config)),
];
