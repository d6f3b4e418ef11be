import { isRecord, jsonPath } from '../read.ts';
import { TRACKER_RULES } from '../tracker.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** ILSVRC 2012: Russakovsky et al. 2015, Table 2. */
const IMAGENET = { classes: 1000, train: 1_281_167, validation: 50_000 } as const;

const numberProblem = (path: readonly PropertyKey[], items: string, actual: number, expected: number) =>
  actual === expected ? [] : [problem(path, `has ${actual} ${items}, ImageNet has ${expected}`)];

/** An entry must be trained from scratch: the compute of earlier training is not counted. */
function startProblems(config: Measurement['config']): Problem[] {
  const recipe = isRecord(config['recipe']) ? config['recipe'] : {};
  return recipe['initialWeights'] === undefined
    ? []
    : [
        problem(
          ['config', 'recipe', 'initialWeights'],
          'names weights of an earlier training, the tracker only takes runs from scratch',
        ),
      ];
}

/**
 * Checks the public tracker's rules for vision: training from scratch, on the whole ImageNet and on no other data. A dataset
 * with skipped images is only a part of ImageNet. The rest of the recipe is not checked, because automatic augmentation is
 * allowed.
 */
export function ruleProblems({ data, config }: Pick<Measurement, 'data' | 'config'>): Problem[] {
  const source = isRecord(config['data']) ? config['data']['source'] : data.source;
  const mayBeImageNet = source !== 'synthetic' && source !== 'cifar10' && source !== 'cifar100';
  return [
    ...(mayBeImageNet ? [] : [problem(['data', 'source'], `is ${data.source}, the tracker only takes ImageNet`)]),
    ...numberProblem(['data', 'classes'], 'classes', data.classes.length, IMAGENET.classes),
    ...numberProblem(
      ['data', 'trainExamples'],
      'training images (no extra data, no part)',
      data.trainExamples,
      IMAGENET.train,
    ),
    ...numberProblem(['data', 'validationExamples'], 'validation images', data.validationExamples, IMAGENET.validation),
    ...(data.part === undefined
      ? []
      : [problem(['data', 'part'], `is ${data.part}, the tracker only takes the whole dataset`)]),
    ...startProblems(config),
  ];
}

/** Whether a measurement may be an entry of the public tracker, the rules that it breaks, and what an entry may use. */
export const trackerStatus = (run: Pick<Measurement, 'data' | 'config'>): NonNullable<Measurement['tracker']> => {
  const problems = ruleProblems(run).map(({ path, message }) => `${jsonPath(path)} ${message}`);
  const { mayUse, mayNotUse } = TRACKER_RULES;
  return { entry: problems.length === 0, problems, mayUse: [...mayUse], mayNotUse: [...mayNotUse] };
};

/** The numbers in each line. They are facts; the words around them may differ between versions. */
const numbersIn = (lines: readonly string[]): string[] => lines.map((line) => (line.match(/\d+/g) ?? []).join(' '));

/** `tracker.entry` and the numbers in `tracker.problems` must follow from the data and the config. */
export function statusProblems(run: Measurement): Problem[] {
  if (run.tracker === undefined) return [];
  const { entry, problems } = trackerStatus(run);
  if (run.tracker.entry !== entry)
    return [problem(['tracker', 'entry'], `is ${run.tracker.entry}, but by its data and config it must be ${entry}`)];
  const [stated, expected] = [numbersIn(run.tracker.problems), numbersIn(problems)];
  const differs = Array.from({ length: Math.max(stated.length, expected.length) }, (_, i) => i).filter(
    (i) => stated[i] !== expected[i],
  );
  return differs.map((i) =>
    problem(
      ['tracker', 'problems', i],
      `is "${run.tracker!.problems[i] ?? ''}", but by its data and config it must be "${problems[i] ?? ''}"`,
    ),
  );
}
