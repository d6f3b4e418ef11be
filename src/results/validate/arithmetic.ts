import type { EvaluationForm } from './evaluation.ts';
import type { CurvePoint, Measurement } from '../measurement.ts';
import { problem, mustEqual, type Problem } from './finding.ts';
import { costedSteps, sumOverSteps } from './stages.ts';

type Compute = Pick<CurvePoint, 'examples' | 'epochs' | 'steps' | 'macs' | 'flops' | 'paperTeraflopSecondDays'>;

/**
 * Training compute must be counts x examples; if the run has stages, the sum of that over the stages. Epochs must be examples
 * / training examples. The formulas are written here again, without the code that trains, so that an error there is found.
 */
function computeProblems(path: readonly PropertyKey[], actual: Compute, { counts, data }: Measurement): Problem[] {
  const steps = costedSteps(counts, actual.steps);
  const hasStages = counts.stages !== undefined;
  const paper = hasStages
    ? sumOverSteps(steps, ({ forwardMacsPerExample }) => 3 * forwardMacsPerExample * counts.batch) / 8.64e16
    : (3 * counts.forwardMacsPerExample * actual.examples) / 8.64e16;
  const sum = hasStages ? 'the sum over counts.stages of ' : '';
  return [
    ...mustEqual([...path, 'examples'], actual.examples, actual.steps * counts.batch, 'steps x counts.batch'),
    ...mustEqual(
      [...path, 'epochs'],
      actual.epochs,
      actual.examples / data.trainExamples,
      'examples / data.trainExamples',
    ),
    ...mustEqual(
      [...path, 'macs'],
      actual.macs,
      sumOverSteps(steps, ({ stepMacs }) => stepMacs),
      `${sum}steps x ${hasStages ? '' : 'counts.'}stepMacs`,
    ),
    ...mustEqual(
      [...path, 'flops'],
      actual.flops,
      sumOverSteps(steps, ({ stepFlops }) => stepFlops),
      `${sum}steps x ${hasStages ? '' : 'counts.'}stepFlops`,
    ),
    ...mustEqual(
      [...path, 'paperTeraflopSecondDays'],
      actual.paperTeraflopSecondDays,
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
  const isTooFew = last !== undefined && last.examples > totals.examples;
  return isTooFew
    ? [
        ...later,
        problem(
          ['totals', 'examples'],
          `is ${totals.examples}, expected at least ${last.examples}, the last value of the curve`,
        ),
      ]
    : later;
}

/**
 * An evaluation costs a forward pass. It may cost less than in training, because only training has auxiliary heads
 * (GoogLeNet).
 */
function evaluationMacsProblems({ counts, totals }: Measurement, form: EvaluationForm): Problem[] {
  const path = ['totals', 'evaluation', 'macs'];
  const { examples, macs } = totals.evaluation;
  const passes = examples * form.views;
  const macsPerPass = Math.round(macs / passes);
  const differs = macsPerPass > 0 && (macsPerPass < counts.forwardMacsPerExample || form.hasOwnInput);
  const count = form.views === 1 ? 'examples' : `examples x ${form.views} views`;
  return differs
    ? mustEqual(path, macs, passes * macsPerPass, `${count} x a whole number of MACs`)
    : mustEqual(path, macs, passes * counts.forwardMacsPerExample, `${count} x counts.forwardMacsPerExample`);
}

/** The MACs of all number formats must add up to those of the step. */
function precisionProblems({ counts: { stepMacs, macsByPrecision } }: Measurement): Problem[] {
  if (macsByPrecision === undefined) return [];
  const sum = Object.values(macsByPrecision).reduce<number>((total, macs = 0) => total + macs, 0);
  return mustEqual(['counts', 'macsByPrecision'], sum, stepMacs, 'counts.stepMacs');
}

/** Checks counts, totals and every point of the curve against each other. */
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
