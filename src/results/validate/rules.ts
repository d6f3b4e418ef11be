import { isRecord } from '../read.ts';
import type { Measurement } from '../measurement.ts';
import { complain, type Complaint } from './finding.ts';

/** ILSVRC 2012: Russakovsky et al. 2015, Table 2. */
const IMAGENET = { classes: 1000, train: 1_281_167, validation: 50_000 } as const;

const numberComplaint = (path: readonly PropertyKey[], what: string, is: number, wanted: number) =>
  is === wanted ? [] : [complain(path, `has ${is} ${what}, ImageNet has ${wanted}`)];

/**
 * The public tracker's rules for vision: training on the whole ImageNet and on nothing else. Automatic augmentation is
 * allowed, so the recipe is not checked. If an unreadable image is left out, the dataset is only a part of ImageNet.
 */
export function ruleComplaints({ data, config }: Measurement): Complaint[] {
  const source = isRecord(config['data']) ? config['data']['source'] : data.source;
  const natural = source !== 'synthetic' && source !== 'cifar10' && source !== 'cifar100';
  return [
    ...(natural ? [] : [complain(['data', 'source'], `is ${data.source}, the tracker takes ImageNet only`)]),
    ...numberComplaint(['data', 'classes'], 'classes', data.classes.length, IMAGENET.classes),
    ...numberComplaint(
      ['data', 'trainExamples'],
      'training images (no extra data, no part)',
      data.trainExamples,
      IMAGENET.train,
    ),
    ...numberComplaint(
      ['data', 'validationExamples'],
      'validation images',
      data.validationExamples,
      IMAGENET.validation,
    ),
    ...(data.part === undefined
      ? []
      : [complain(['data', 'part'], `is ${data.part}, the tracker takes the whole dataset only`)]),
  ];
}
