/** The columns of openai/ai-and-efficiency's efficiency_sota.csv. */
export const TRACKER_COLUMNS = [
  'Metric',
  'Publication Date',
  'Publication',
  'Publication link',
  'Compute (teraflops-s/days)',
  'Reduction Factor',
  'Analysis',
  'Analysis link',
] as const;
export type TrackerColumn = (typeof TRACKER_COLUMNS)[number];

/**
 * What an entry of the public tracker's vision benchmark may and may not use. Source: the FAQ of openai/ai-and-efficiency
 * ("ImageNet is the only training data source allowed ... Automated augmentation is ok"), and what follows from it.
 */
export const TRACKER_RULES = {
  mayUse: [
    'all 1,281,167 training images of ImageNet (ILSVRC 2012) and all 50,000 validation images for evaluation',
    'automated augmentation of these images, mixing of images, and any image size during training',
    'several views of an image in evaluation; they count as evaluation and must be named in the analysis',
  ],
  mayNotUse: [
    'other images, captions or labels, also as unlabelled images',
    'weights that were trained before, or a teacher network that was',
    'a part of ImageNet, such as fewer classes or fewer images',
  ],
} as const;
