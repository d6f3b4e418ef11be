import type { RunConfig } from '../../config/run.ts';
import { isAveraged } from '../../config/recipe.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** How a run evaluates, as far as its costs show it. */
export interface EvaluationForm {
  /** Whether averaged weights are evaluated beside the trained ones. */
  readonly isAveraged: boolean;
  /** Forward passes for each image and set of weights. */
  readonly views: number;
  /** Whether the network sees images of another size than in training, at other costs. */
  readonly hasOwnInput: boolean;
}

/** Views of each image: every crop with its two shifted copies, and the mirror images of all. */
const viewsOf = ({ crops, shift, mirrored }: NonNullable<RunConfig['recipe']['multiCrop']>): number =>
  crops * (shift === undefined ? 1 : 3) * (mirrored ? 2 : 1);

/** The form that a config asks for; the plain one where it cannot be read. */
export function evaluationFormOf(config: RunConfig | undefined): EvaluationForm {
  if (!config) return { isAveraged: false, views: 1, hasOwnInput: false };
  const { multiCrop, augmentation } = config.recipe;
  return {
    isAveraged: isAveraged(config.recipe),
    views: multiCrop ? viewsOf(multiCrop) : 1,
    hasOwnInput: augmentation.evaluationInput !== undefined && !multiCrop,
  };
}

const ACCURACIES = ['top1', 'top5'] as const;

/** An accuracy over all images must be a whole number of right answers. */
function partProblems(
  path: readonly PropertyKey[],
  scores: { readonly top1: number; readonly top5: number },
  images: number,
): Problem[] {
  const broken = ACCURACIES.filter((metric) => {
    const right = scores[metric] * images;
    return Math.abs(right - Math.round(right)) > 1e-6;
  }).map((metric) =>
    problem(
      [...path, metric],
      `is ${scores[metric]}, which is not a whole number of right answers among ${images} validation images: not all of them were evaluated`,
    ),
  );
  return scores.top5 < scores.top1
    ? [...broken, problem([...path, 'top5'], `is ${scores.top5}, expected at least top1 ${scores.top1}`)]
    : broken;
}

/** An evaluation is two passes with averaged weights. A diverged run may have one evaluation that is not on its curve. */
function passProblems({ curve, totals, data, status }: Measurement, hasAverage: boolean) {
  const path = ['totals', 'evaluation', 'examples'];
  const { examples } = totals.evaluation;
  const count = data.validationExamples;
  const each = (hasAverage ? 2 : 1) * count;
  const expected = curve.length * each;
  if (examples === expected || (status === 'diverged' && examples === expected + each)) return [];
  const passes = hasAverage ? `${curve.length} evaluations, twice each,` : `${curve.length} evaluations`;
  return [problem(path, `is ${examples}, but ${passes} of ${count} validation examples make ${expected}`)];
}

/** FLOPs of an evaluation: the same whole number per example, and at least two per MAC. */
function flopsProblems({ totals: { evaluation }, counts }: Measurement, form: EvaluationForm): Problem[] {
  const { examples, macs, flops } = evaluation;
  // A training step has the forward pass's other operations too, and those of the backward pass.
  const most = 2 * macs + ((counts.stepFlops - 2 * counts.stepMacs) / counts.batch) * examples * form.views;
  const isWhole = examples === 0 ? flops === 0 : Number.isInteger(flops / examples);
  const path = ['totals', 'evaluation', 'flops'];
  return [
    ...(isWhole ? [] : [problem(path, `is ${flops}, expected a whole number per example, for ${examples} examples`)]),
    ...(flops >= 2 * macs ? [] : [problem(path, `is ${flops}, expected at least 2 per MAC (${2 * macs})`)]),
    ...(flops <= most || form.hasOwnInput
      ? []
      : [problem(path, `is ${flops}, expected at most ${most}: the MACs and all other operations of a training step`)]),
  ];
}

/** Every evaluation must cover the whole validation set. */
export function evaluationProblems(run: Measurement, form: EvaluationForm): Problem[] {
  const { curve, data } = run;
  const count = data.validationExamples;
  return [
    ...curve.flatMap(({ averaged, ...point }, index) => [
      ...partProblems(['curve', index], point, count),
      ...(averaged === undefined ? [] : partProblems(['curve', index, 'averaged'], averaged, count)),
      ...(averaged === undefined || form.isAveraged
        ? []
        : [problem(['curve', index, 'averaged'], 'is given, but the recipe keeps no averaged weights')]),
    ]),
    ...passProblems(run, form.isAveraged),
    ...flopsProblems(run, form),
  ];
}
