import { formatCount } from '../../base/text/format.ts';
import type { RunConfig } from '../../config/run.ts';
import { isAveraged } from '../../config/recipe.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** What the cost of a run's evaluations depends on. */
export interface EvaluationForm {
  /** Whether averaged weights are evaluated too, beside the trained weights. */
  readonly isAveraged: boolean;
  /** Forward passes per image and set of weights. */
  readonly views: number;
  /** Whether the network evaluates images of another size than in training, at another cost. */
  readonly hasOwnInput: boolean;
}

/** Views per image: every crop with its two shifted copies, and the mirror images of all of these. */
const countViews = ({ crops, shift, mirrored }: NonNullable<RunConfig['recipe']['multiCrop']>): number =>
  crops * (shift === undefined ? 1 : 3) * (mirrored ? 2 : 1);

/** The form of the evaluations of a config; the default form if the config cannot be read. */
export function readEvaluationForm(config: RunConfig | undefined): EvaluationForm {
  if (!config) return { isAveraged: false, views: 1, hasOwnInput: false };
  const { multiCrop, augmentation } = config.recipe;
  return {
    isAveraged: isAveraged(config.recipe),
    views: multiCrop ? countViews(multiCrop) : 1,
    hasOwnInput: augmentation.evaluationInput !== undefined && !multiCrop,
  };
}

const ACCURACIES = ['top1', 'top5'] as const;

/** An accuracy over all images must be a whole number of correct predictions, and top-5 is at least top-1. */
function accuracyProblems(
  path: readonly PropertyKey[],
  scores: { readonly top1: number; readonly top5: number },
  images: number,
): Problem[] {
  const fractional = ACCURACIES.filter((metric) => {
    const correct = scores[metric] * images;
    return Math.abs(correct - Math.round(correct)) > 1e-6;
  }).map((metric) =>
    problem(
      [...path, metric],
      `is ${scores[metric]}, expected a whole number of correct predictions for ${images} validation images: not all of them were evaluated`,
    ),
  );
  return scores.top5 < scores.top1
    ? [...fractional, problem([...path, 'top5'], `is ${scores.top5}, expected at least top1 ${scores.top1}`)]
    : fractional;
}

/**
 * An evaluation has one pass over the validation split, or two with averaged weights. A diverged run may have one evaluation
 * that is not on its curve.
 */
function passProblems({ curve, totals, data, status }: Measurement, hasAverage: boolean) {
  const path = ['totals', 'evaluation', 'examples'];
  const { examples } = totals.evaluation;
  const count = data.validationExamples;
  const examplesPerEvaluation = (hasAverage ? 2 : 1) * count;
  const expected = curve.length * examplesPerEvaluation;
  if (examples === expected || (status === 'diverged' && examples === expected + examplesPerEvaluation)) return [];
  const formula = `${formatCount(curve.length, 'evaluation')} x ${count} validation images${hasAverage ? ' x 2 sets of weights' : ''}`;
  return [problem(path, `is ${examples}, but ${formula} is ${expected}`)];
}

/** The FLOPs of an evaluation must be a whole number per image, and at least two per MAC. */
function flopsProblems({ totals: { evaluation }, counts }: Measurement, form: EvaluationForm): Problem[] {
  const { examples, macs, flops } = evaluation;
  // The other operations of a training step are those of the forward pass and those of the backward pass.
  const max = 2 * macs + ((counts.stepFlops - 2 * counts.stepMacs) / counts.batch) * examples * form.views;
  const isWhole = examples === 0 ? flops === 0 : Number.isInteger(flops / examples);
  const path = ['totals', 'evaluation', 'flops'];
  return [
    ...(isWhole ? [] : [problem(path, `is ${flops}, expected a whole number per image, for ${examples} images`)]),
    ...(flops >= 2 * macs ? [] : [problem(path, `is ${flops}, expected at least 2 per MAC (${2 * macs})`)]),
    ...(flops <= max || form.hasOwnInput
      ? []
      : [problem(path, `is ${flops}, expected at most ${max}: the MACs and all other operations of a training step`)]),
  ];
}

/** Checks that every evaluation covers the whole validation split, and its cost. */
export function evaluationProblems(run: Measurement, form: EvaluationForm): Problem[] {
  const { curve, data } = run;
  const count = data.validationExamples;
  return [
    ...curve.flatMap(({ averaged, ...point }, index) => [
      ...accuracyProblems(['curve', index], point, count),
      ...(averaged === undefined ? [] : accuracyProblems(['curve', index, 'averaged'], averaged, count)),
      ...(averaged === undefined || form.isAveraged
        ? []
        : [problem(['curve', index, 'averaged'], 'is given, but the recipe keeps no averaged weights')]),
    ]),
    ...passProblems(run, form.isAveraged),
    ...flopsProblems(run, form),
  ];
}
