import { describe, expect, it } from 'vitest';
import { hashOfJson } from '../../../src/base/json.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { parseMeasurement } from '../../../src/results/read.ts';
import { measurementText } from '../../../src/results/store.ts';
import { validateMeasurement } from '../../../src/results/validate/measurement.ts';
import { makeMeasurement, makeSweep } from '../../support/measurements.ts';

const base = makeMeasurement({ epochs: 12, epochsToLevel: 8 });

/** The text of the measurement with a change and a new valid seal, as a forger would write it. */
function forged(change: (copy: Measurement) => void): string {
  const copy = structuredClone(base);
  change(copy);
  const body: Partial<Measurement> = { ...copy };
  delete body.sha256;
  return measurementText({ ...copy, sha256: hashOfJson(body) });
}

const errorsOf = (text: string, asEntry = false) =>
  validateMeasurement(text, asEntry).filter(({ kind }) => kind === 'error');

/** The line of the last of these texts, each searched after the one before. */
function lineOf(text: string, ...marks: string[]): number {
  let at = 0;
  for (const mark of marks) at = text.indexOf(mark, at);
  return text.slice(0, at).split('\n').length;
}

describe('validateMeasurement', () => {
  it('accepts the measurements of runs', () => {
    for (const measurement of [base, ...makeSweep([0, 1]), makeMeasurement({ level: null })])
      expect(errorsOf(measurementText(measurement))).toEqual([]);
  });

  it('says in one line that 20,000 groups are inside each other', () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const text = measurementText(base).replace('"config": {', `"config": {"deep": ${deep},`);
    expect(text).toContain(deep);
    const message = 'has more than 200 groups inside each other: it is damaged, or another kind of file';
    expect(validateMeasurement(text)).toEqual([{ place: '', line: null, message, kind: 'error' }]);
  });

  it('accepts a run that stopped at the level and a run that did not reach it', () => {
    expect(errorsOf(measurementText(makeMeasurement({ stopAtLevel: true })))).toEqual([]);
    const below = makeMeasurement({ epochs: 3, epochsToLevel: 60, status: 'outOfBudget' });
    expect(below.crossing).toBeNull();
    expect(errorsOf(measurementText(below))).toEqual([]);
  });

  it('checks a run that stopped early against its limit', () => {
    const cheapest = { run: 'resnet18-s0', network: 'resnet18', flops: 1e15 };
    const limit = { rule: 'cheapestSoFar', factor: 1.5, cheapest, limitFlops: 1.5e15 } as const;
    const early = (change: Parameters<typeof makeMeasurement>[0]) =>
      errorsOf(measurementText(makeMeasurement({ epochs: 30, epochsToLevel: 60, ...change })));
    expect(early({ earlyStop: limit })).toEqual([]);
    expect(early({ status: 'stoppedEarly' })[0]?.message).toMatch(/earlyStop, the limit, is missing/);
    expect(early({ status: 'finished', earlyStop: limit })[0]).toMatchObject({
      place: 'earlyStop',
      message: expect.stringMatching(/is given, but the status is finished/) as string,
    });
    const wrong = { ...limit, limitFlops: 1e15 };
    expect(early({ earlyStop: wrong })[0]?.message).toMatch(/1.5 x 1000000000000000 is/);
    const unspent = { ...limit, cheapest: { ...cheapest, flops: 1e20 }, limitFlops: 1.5e20 };
    expect(early({ earlyStop: unspent })[0]?.message).toMatch(/but only \d\S* FLOPs were spent/);
    expect(early({ earlyStop: limit, epochsToLevel: 8 })[0]?.message).toMatch(/reached its level/);
  });

  it('compares the cost of an evaluation with the views and the image size of the recipe', () => {
    const withEvaluation = (times: number, recipe: object): string[] => {
      const text = forged((copy) => {
        copy.totals.evaluation.macs *= times;
        copy.totals.evaluation.flops *= times;
        Object.assign(copy.config['recipe'] as object, recipe);
      });
      return errorsOf(text).map(({ place }) => place);
    };
    const place = 'totals.evaluation.macs';
    expect(withEvaluation(10, {})).toContain(place);
    expect(withEvaluation(2, { multiCrop: { crops: 1, mirrored: true } })).not.toContain(place);
    expect(withEvaluation(3, { multiCrop: { crops: 1, mirrored: true } })).toContain(place);
    expect(withEvaluation(6, { multiCrop: { crops: 1, mirrored: true, shift: 1 } })).not.toContain(place);
    expect(withEvaluation(2, { multiCrop: { crops: 1, mirrored: true, shift: 1 } })).toContain(place);
    const { augmentation } = base.config['recipe'] as { augmentation: object };
    expect(withEvaluation(4, { augmentation: { ...augmentation, evaluationInput: 256 } })).not.toContain(place);
  });

  it('gives the line of a syntax error', () => {
    const text = measurementText(base);
    const line = lineOf(text, '"published"');
    const [finding, ...others] = errorsOf(text.replace('"published":', '"published"'));
    expect(others).toEqual([]);
    expect(finding?.message).toMatch(/not JSON/);
    expect(Math.abs((finding?.line ?? 0) - line)).toBeLessThanOrEqual(1);
    expect(errorsOf('')).toEqual([expect.objectContaining({ place: '', line: 1 })]);
    expect(errorsOf('[]')[0]?.message).toMatch(/not a JSON object/);
  });

  it('reports another kind of JSON file once', () => {
    const search = JSON.stringify({ version: 2, sweep: 'cifar10', seed: 1_000_000, networks: [] });
    expect(errorsOf(search).map(({ message }) => message)).toEqual([
      'not a measurement: it has neither "config" nor "sha256"',
    ]);
    expect(() => parseMeasurement(JSON.parse(search))).toThrow('not a measurement');
  });

  it('reports the place and line of every violation of the schema', () => {
    const text = forged((copy) => {
      copy.curve[3]!.top5 = 1.5;
      (copy as { seed: unknown }).seed = 'seven';
      (copy as unknown as { extra: number }).extra = 1;
    });
    const findings = errorsOf(text);
    expect(findings.map(({ place }) => place).sort()).toEqual(['', 'curve[3].top5', 'seed']);
    expect(findings.find(({ place }) => place === 'seed')?.line).toBe(lineOf(text, '"seed": "seven"'));
    expect(findings.find(({ place }) => place === 'curve[3].top5')?.line).toBe(lineOf(text, '"top5": 1.5'));
  });

  it('finds a change without a new seal', () => {
    const [finding] = errorsOf(measurementText({ ...base, network: 'vgg11' }));
    expect(finding).toMatchObject({ place: 'sha256', message: expect.stringMatching(/changed/) as string });
  });

  it.each<[string, (copy: Measurement) => void]>([
    ['counts.paperFlopsPerExample', (copy) => (copy.counts.paperFlopsPerExample *= 2)],
    [
      'counts.stepFlops',
      (copy) => {
        copy.counts.stepFlops = copy.counts.stepMacs;
      },
    ],
    ['curve[2].macs', (copy) => (copy.curve[2]!.macs *= 1.001)],
    ['curve[2].flops', (copy) => (copy.curve[2]!.flops += 1e9)],
    ['curve[2].examples', (copy) => (copy.curve[2]!.examples -= 1)],
    ['curve[2].epochs', (copy) => (copy.curve[2]!.epochs = 2)],
    ['curve[2].paperTeraflopSecondDays', (copy) => (copy.curve[2]!.paperTeraflopSecondDays /= 3)],
    ['curve[2].trainingSeconds', (copy) => (copy.curve[2]!.trainingSeconds = 0)],
    ['totals.flops', (copy) => (copy.totals.flops *= 0.5)],
    ['totals.evaluation.macs', (copy) => (copy.totals.evaluation.macs += 1)],
    ['totals.evaluation.macs', (copy) => (copy.totals.evaluation.macs -= 1)],
    ['totals.evaluation.macs', (copy) => (copy.totals.evaluation.macs *= 2)],
    ['totals.evaluation.macs', (copy) => (copy.totals.evaluation.macs = 0)],
    ['seed', (copy) => (copy.seed = 99)],
  ])('recomputes %s', (place, change) => {
    expect(errorsOf(forged(change)).map((finding) => finding.place)).toContain(place);
  });

  it('accepts evaluations without auxiliary heads', () => {
    const text = forged((copy) => {
      copy.totals.evaluation.macs -= 1_000_000 * copy.totals.evaluation.examples;
    });
    expect(errorsOf(text)).toEqual([]);
  });

  it('finds a crossing that does not agree with the curve', () => {
    const early = errorsOf(
      forged((copy) => {
        const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays, trainingSeconds } = copy.curve[0]!;
        copy.crossing = {
          examples,
          epochs,
          steps,
          macs,
          flops,
          paperTeraflopSecondDays,
          trainingSeconds,
          accuracy: 0.8,
        };
      }),
    );
    expect(early.map(({ place }) => place)).toContain('crossing.examples');
    const never = errorsOf(
      forged((copy) => {
        for (const point of copy.curve) [point.top1, point.top5] = [0.1, 0.2];
      }),
    );
    expect(never.map(({ message }) => message).join()).toMatch(/no evaluation on the curve reaches/);
    const hidden = errorsOf(forged((copy) => (copy.crossing = null)));
    expect(hidden.map(({ message }) => message).join()).toMatch(/is null, but the curve crosses/);
  });

  it('applies the rule of the level: the curve does not have 12 evaluations in a row at the level', () => {
    const rule = { strict: false, roundToPoints: 0.1, evaluationsInARow: 12 };
    const text = forged((copy) => (copy.level = { metric: 'top5', value: 0.791, rule }));
    expect(errorsOf(text).map(({ place }) => place)).toContain('crossing');
  });

  it('finds an evaluation of only a part of the validation images', () => {
    const part = errorsOf(forged((copy) => (copy.curve[4]!.top5 = 0.70003)));
    expect(part[0]).toMatchObject({ place: 'curve[4].top5', message: expect.stringMatching(/not all/) as string });
    const few = errorsOf(
      forged((copy) => {
        copy.totals.evaluation = { examples: 1000, macs: 1000 * copy.counts.forwardMacsPerExample, flops: 1 };
      }),
    );
    expect(few.map(({ place }) => place)).toContain('totals.evaluation.examples');
  });

  it('reports a version that is newer than this program', () => {
    expect(
      errorsOf(measurementText({ ...base, version: 7 as 1 }))
        .map(({ message }) => message)
        .join(),
    ).toMatch(/version 7 is newer/);
  });
});

describe('the rules of the public tracker', () => {
  const imageNet = makeMeasurement({
    epochs: 12,
    epochsToLevel: 8,
    classes: 1000,
    trainExamples: 1_281_167,
    validationExamples: 50_000,
    batch: 1,
    dataName: 'imagenet',
  });

  it('are kept by all of ImageNet', () => {
    expect(validateMeasurement(measurementText(imageNet), true)).toEqual([]);
  });

  it('are notes for any other measurement, and errors for an entry', () => {
    const notes = validateMeasurement(measurementText(base));
    expect(new Set(notes.map(({ kind }) => kind))).toEqual(new Set(['note']));
    const errors = errorsOf(measurementText(base), true);
    expect(errors.map(({ place }) => place)).toEqual(['data.classes', 'data.trainExamples', 'data.validationExamples']);
  });
});
