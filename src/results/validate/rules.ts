import { isRecord } from '../read.ts';
import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** ILSVRC 2012: Russakovsky et al. 2015, Table 2. */
const IMAGENET = { classes: 1000, train: 1_281_167, validation: 50_000 } as const;

const numberProblem = (path: readonly PropertyKey[], what: string, is: number, wanted: number) =>
  is === wanted ? [] : [problem(path, `has ${is} ${what}, ImageNet has ${wanted}`)];

/**
 * The public tracker's rules for vision: training on the whole ImageNet and on nothing else. Automatic augmentation is
 * allowed, so the recipe is not checked. If an unreadable image is left out, the dataset is only a part of ImageNet.
 */
export function ruleProblems({ data, config }: Measurement): Problem[] {
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
  ];
}
