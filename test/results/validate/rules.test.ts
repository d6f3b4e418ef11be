import { describe, expect, it } from 'vitest';
import { sealMeasurement, type Measurement } from '../../../src/results/measurement.ts';
import { measurementText } from '../../../src/results/store.ts';
import { TRACKER_RULES } from '../../../src/results/tracker.ts';
import { validateMeasurement } from '../../../src/results/validate/measurement.ts';
import type { RunConfig } from '../../../src/config/run.ts';
import { configProblems } from '../../../src/results/validate/config.ts';
import { runId } from '../../../src/train/accounting/result.ts';
import { ruleProblems, trackerStatus } from '../../../src/results/validate/rules.ts';
import { makeMeasurement } from '../../support/measurements.ts';

const classes = Array.from({ length: 1000 }, (_, index) => `n${index}`);

/** A measurement on data of this size, with this recipe beside its own. */
function measurementOn(data: Partial<Measurement['data']>, recipe: object = {}): Measurement {
  const made = makeMeasurement();
  const config = {
    ...made.config,
    data: { source: 'folder' },
    recipe: { ...(made.config['recipe'] as object), ...recipe },
  };
  return { ...made, config, data: { ...made.data, source: 'folder', classes, ...IMAGENET, ...data } };
}
const IMAGENET = { trainExamples: 1_281_167, validationExamples: 50_000 };

const placesOf = (run: Measurement): string[] => ruleProblems(run).map(({ path }) => path.join('.'));
const given = { initialWeights: { file: '/w.safetensors', sha256: 'a'.repeat(64) } };

describe('the rules of the public tracker', () => {
  it('accept a run on the whole ImageNet from scratch', () => {
    expect(trackerStatus(measurementOn({}))).toEqual({ entry: true, problems: [], ...TRACKER_RULES });
  });

  it.each<[string, Measurement, string[]]>([
    ['weights that were trained before', measurementOn({}, given), ['config.recipe.initialWeights']],
    ['extra images', measurementOn({ trainExamples: 1_281_168 }), ['data.trainExamples']],
    ['fewer classes', measurementOn({ classes: classes.slice(1) }), ['data.classes']],
    ['a part', measurementOn({ part: '1281167 of 1281170 train images' }), ['data.part']],
  ])('refuse %s', (_, run, places) => {
    expect(placesOf(run)).toEqual(places);
    expect(trackerStatus(run)).toMatchObject({ entry: false, problems: [expect.stringContaining(places[0]!)] });
  });

  it('name what an entry may use and what it may not: test-time views, extra data, pretrained weights', () => {
    expect(TRACKER_RULES.mayUse.join()).toMatch(/automated augmentation.*views of an image in evaluation/);
    expect(TRACKER_RULES.mayNotUse.join()).toMatch(/other images.*trained before.*teacher.*part of ImageNet/);
  });
});

it('a measurement whose tracker problems name other numbers than its data is invalid', () => {
  const run = measurementOn({ trainExamples: 1_281_168 });
  const tracker = trackerStatus(run);
  const forged = { ...tracker, problems: tracker.problems.map((text) => text.replace('1281168', '1281169')) };
  const findings = (stated: Measurement['tracker']) =>
    validateMeasurement(measurementText({ ...run, tracker: stated }))
      .map(({ place }) => place)
      .filter((place) => place.startsWith('tracker'));
  expect(findings(tracker)).toEqual([]);
  expect(findings(forged)).toEqual(['tracker.problems[0]']);
  expect(findings({ ...tracker, problems: [...tracker.problems, 'data.classes has 3 classes'] })).toEqual([
    'tracker.problems[1]',
  ]);
});

it('the id of a measurement does not depend on the paths of files that its config names with their hash', () => {
  const { config } = makeMeasurement();
  const recipe = { ...(config['recipe'] as object), ...given };
  const network = { name: 'alexnet', file: '/a/net.ts', sha256: 'b'.repeat(64) };
  const moved = {
    ...config,
    network: { ...network, file: '/b/net.ts' },
    recipe: { ...recipe, initialWeights: { ...given.initialWeights, file: '/x' } },
  };
  const id = runId({ ...config, network, recipe } as unknown as RunConfig);
  const problems = (changed: object) =>
    configProblems({ ...makeMeasurement(), id, config: { ...config, ...changed } }).filter(
      ({ path }) => path[0] === 'id',
    );
  expect(problems({ network, recipe })).toEqual([]);
  expect(problems(moved)).toEqual([]);
  expect(problems({ network: { ...network, sha256: 'c'.repeat(64) }, recipe })).toHaveLength(1);
});

describe('the statement in a measurement that it is an entry', () => {
  const sealed = (entry: boolean): string => {
    const { sha256, ...body } = makeMeasurement();
    const made = sealMeasurement({ ...body, tracker: { ...trackerStatus(body), entry } });
    expect(made.sha256).not.toBe(sha256);
    return measurementText(made);
  };
  const errorsOf = (text: string) => validateMeasurement(text).filter(({ place }) => place.startsWith('tracker'));

  it('is checked against its data and config', () => {
    const isEntry = trackerStatus(makeMeasurement()).entry;
    expect(errorsOf(sealed(isEntry))).toEqual([]);
    expect(errorsOf(sealed(!isEntry))).toMatchObject([{ place: 'tracker.entry', kind: 'error' }]);
  });
});
