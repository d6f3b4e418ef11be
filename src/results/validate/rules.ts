import { isRecord, jsonPath } from '../read.ts';
import { TRACKER_RULES } from '../tracker.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** ILSVRC 2012: Russakovsky et al. 2015, Table 2. */
const IMAGENET = { classes: 1000, train: 1_281_167, validation: 50_000 } as const;

const numberProblem = (path: readonly PropertyKey[], what: string, is: number, wanted: number) =>
  is === wanted ? [] : [problem(path, `has ${is} ${what}, ImageNet has ${wanted}`)];

/** An entry is trained from scratch: nobody counted the compute of weights that were there before. */
function startProblems(config: Measurement['config']): Problem[] {
  const recipe = isRecord(config['recipe']) ? config['recipe'] : {};
  return recipe['initialWeights'] === undefined
    ? []
    : [
        problem(
          ['config', 'recipe', 'initialWeights'],
          'names weights that were trained before, the tracker takes runs from scratch only',
        ),
      ];
}

/**
 * The public tracker's rules for vision: training on the whole ImageNet and on nothing else, from scratch. Automatic
 * augmentation is allowed, so the rest of the recipe is not checked. If an unreadable image is left out, the dataset is only a part of ImageNet.
 */
export function ruleProblems({ data, config }: Pick<Measurement, 'data' | 'config'>): Problem[] {
  const source = isRecord(config['data']) ? config['data']['source'] : data.source;
  const natural = source !== 'synthetic' && source !== 'cifar10' && source !== 'cifar100';
  return [
    ...(natural ? [] : [problem(['data', 'source'], `is ${data.source}, the tracker takes ImageNet only`)]),
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
      : [problem(['data', 'part'], `is ${data.part}, the tracker takes the whole dataset only`)]),
    ...startProblems(config),
  ];
}

/** Whether a measurement may be an entry of the public tracker, and the rules that say so. */
export const trackerStatus = (run: Pick<Measurement, 'data' | 'config'>): NonNullable<Measurement['tracker']> => {
  const problems = ruleProblems(run).map(({ path, message }) => `${jsonPath(path)} ${message}`);
  const { mayUse, mayNotUse } = TRACKER_RULES;
  return { entry: problems.length === 0, problems, mayUse: [...mayUse], mayNotUse: [...mayNotUse] };
};

/** What the measurement says of itself must be what its data and config say. */
export function statusProblems(run: Measurement): Problem[] {
  if (run.tracker === undefined) return [];
  const { entry } = trackerStatus(run);
  return run.tracker.entry === entry
    ? []
    : [problem(['tracker', 'entry'], `is ${run.tracker.entry}, but data and config make it ${entry}`)];
}
