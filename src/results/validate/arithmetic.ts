import type { EvaluationForm } from './evaluation.ts';
import type { CurvePoint, Measurement } from '../measurement.ts';
import { problem, mustEqual, type Problem } from './finding.ts';
import { costedSteps, sumOf } from './stages.ts';

type Compute = Pick<CurvePoint, 'examples' | 'epochs' | 'steps' | 'macs' | 'flops' | 'paperTeraflopSecondDays'>;

/**
 * Compute must be counts x examples, or the sum of that over the stages of a run whose image size changes, and epochs must be
 * examples / training examples.
 */
function computeProblems(path: readonly PropertyKey[], is: Compute, { counts, data }: Measurement): Problem[] {
  const steps = costedSteps(counts, is.steps);
  const single = counts.stages === undefined;
  const paper = single
    ? (3 * counts.forwardMacsPerExample * is.examples) / 8.64e16
    : sumOf(steps, ({ forwardMacsPerExample }) => 3 * forwardMacsPerExample * counts.batch) / 8.64e16;
  const sum = single ? '' : 'the sum over counts.stages of ';
  return [
    ...mustEqual([...path, 'examples'], is.examples, is.steps * counts.batch, 'steps x counts.batch'),
    ...mustEqual([...path, 'epochs'], is.epochs, is.examples / data.trainExamples, 'examples / data.trainExamples'),
    ...mustEqual(
      [...path, 'macs'],
      is.macs,
      sumOf(steps, ({ stepMacs }) => stepMacs),
      `${sum}steps x ${single ? 'counts.' : ''}stepMacs`,
    ),
    ...mustEqual(
      [...path, 'flops'],
      is.flops,
      sumOf(steps, ({ stepFlops }) => stepFlops),
      `${sum}steps x ${single ? 'counts.' : ''}stepFlops`,
    ),
    ...mustEqual(
      [...path, 'paperTeraflopSecondDays'],
      is.paperTeraflopSecondDays,
      paper,
      `${sum}3 x forward MACs x examples / 8.64e16`,
    ),
  ];
}

/** From one evaluation to the next, examples must grow and seconds must not fall. */
function orderProblems({ curve, totals }: Measurement): Problem[] {
  const later = curve.slice(1).flatMap((point, index) => {
    const before = curve[index]!;
    return [
      ...(point.examples > before.examples
        ? []
        : [
            problem(
              ['curve', index + 1, 'examples'],
              `is ${point.examples}, expected more than ${before.examples}, the value of the previous evaluation`,
            ),
          ]),
      ...(point.trainingSeconds >= before.trainingSeconds
        ? []
        : [
            problem(
              ['curve', index + 1, 'trainingSeconds'],
              `is ${point.trainingSeconds}, expected at least ${before.trainingSeconds}, the value of the previous evaluation`,
            ),
          ]),
    ];
  });
  const last = curve.at(-1);
  const short = last !== undefined && last.examples > totals.examples;
  return short
    ? [
        ...later,
        problem(
          ['totals', 'examples'],
          `is ${totals.examples}, expected at least ${last.examples}, the last value of the curve`,
        ),
      ]
    : later;
}

/** An evaluation is a forward pass; auxiliary heads (GoogLeNet's) are in training's alone, so that it may be less. */
function evaluationMacsProblems({ counts, totals }: Measurement, form: EvaluationForm): Problem[] {
  const path = ['totals', 'evaluation', 'macs'];
  const { examples, macs } = totals.evaluation;
  const passes = examples * form.views;
  const each = Math.round(macs / passes);
  const isOther = each > 0 && (each < counts.forwardMacsPerExample || form.hasOwnInput);
  const many = form.views === 1 ? 'examples' : `examples x ${form.views} views`;
  return isOther
    ? mustEqual(path, macs, passes * each, `${many} x a whole number for each`)
    : mustEqual(path, macs, passes * counts.forwardMacsPerExample, `${many} x counts.forwardMacsPerExample`);
}

/** The MACs of all number formats must be those of the step. */
function precisionProblems({ counts: { stepMacs, macsByPrecision } }: Measurement): Problem[] {
  if (macsByPrecision === undefined) return [];
  const sum = Object.values(macsByPrecision).reduce<number>((total, macs = 0) => total + macs, 0);
  return mustEqual(['counts', 'macsByPrecision'], sum, stepMacs, 'counts.stepMacs in all');
}

/** Counts, totals and every point of the curve against each other. */
export function arithmeticProblems(run: Measurement, form: EvaluationForm): Problem[] {
  const { counts, totals } = run;
  return [
    ...mustEqual(
      ['counts', 'paperFlopsPerExample'],
      counts.paperFlopsPerExample,
      3 * counts.forwardMacsPerExample,
      '3 x counts.forwardMacsPerExample',
    ),
    ...precisionProblems(run),
    ...(counts.stepFlops >= 2 * counts.stepMacs
      ? []
      : [
          problem(
            ['counts', 'stepFlops'],
            `is ${counts.stepFlops}, expected at least 2 per MAC (${2 * counts.stepMacs})`,
          ),
        ]),
    ...run.curve.flatMap((point, index) => computeProblems(['curve', index], point, run)),
    ...computeProblems(['totals'], totals, run),
    ...evaluationMacsProblems(run, form),
    ...orderProblems(run),
  ];
}
