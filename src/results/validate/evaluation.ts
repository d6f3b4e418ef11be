import type { Measurement } from '../measurement.ts';
import { complain, type Complaint } from './finding.ts';

const ACCURACIES = ['top1', 'top5'] as const;

/** An accuracy over all pictures is a whole number of them. */
function partComplaints(
  path: readonly PropertyKey[],
  scores: { readonly top1: number; readonly top5: number },
  pictures: number,
): Complaint[] {
  const broken = ACCURACIES.filter((metric) => {
    const right = scores[metric] * pictures;
    return Math.abs(right - Math.round(right)) > 1e-6;
  }).map((metric) =>
    complain(
      [...path, metric],
      `is ${scores[metric]}, no whole number of the ${pictures} validation pictures: not all of them were evaluated`,
    ),
  );
  return scores.top5 < scores.top1
    ? [...broken, complain([...path, 'top5'], `is ${scores.top5}, less than top1 ${scores.top1}`)]
    : broken;
}

/** Every evaluation must have seen the whole validation set. */
export function evaluationComplaints({ curve, totals, data }: Measurement): Complaint[] {
  const pictures = data.validationExamples;
  const passes = curve.reduce((sum, { averaged }) => sum + (averaged === undefined ? 1 : 2), 0);
  const { examples } = totals.evaluation;
  const missing = examples < passes * pictures || examples % pictures !== 0;
  return [
    ...curve.flatMap(({ averaged, ...point }, index) => [
      ...partComplaints(['curve', index], point, pictures),
      ...(averaged === undefined
        ? []
        : partComplaints(['curve', index, 'averaged'], averaged, pictures)),
    ]),
    ...(missing
      ? [
          complain(
            ['totals', 'evaluation', 'examples'],
            `is ${examples}, but ${passes} evaluations of all ${pictures} validation pictures are ${passes * pictures}`,
          ),
        ]
      : []),
  ];
}
