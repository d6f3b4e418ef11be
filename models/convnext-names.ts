/** Where ConvNeXt's layers stand in a state dict. */
export interface Places {
  readonly stem: readonly [convolution: string, norm: string];
  /** Before stage 1, 2 and 3. */
  readonly downsample: (stage: number) => readonly [norm: string, convolution: string];
  readonly block: (stage: number, index: number) => string;
  readonly head: readonly [norm: string, classifier: string];
  /** Within a block. */
  readonly scale: string;
  /** Dimensions of 1 after the channels of the scale. */
  readonly scaleTrailing: number;
  readonly depthwise: string;
  readonly norm: string;
  readonly expand: string;
  readonly project: string;
  readonly pointwise: 'linear' | 'convolution';
}

export const torchvision: Places = {
  stem: ['features.0.0', 'features.0.1'],
  downsample: (stage) => [`features.${2 * stage}.0`, `features.${2 * stage}.1`],
  block: (stage, index) => `features.${2 * stage + 1}.${index}`,
  head: ['classifier.0', 'classifier.2'],
  scale: 'layer_scale',
  scaleTrailing: 2,
  depthwise: 'block.0',
  norm: 'block.2',
  expand: 'block.3',
  project: 'block.5',
  pointwise: 'linear',
};

export const timm: Places = {
  stem: ['stem.0', 'stem.1'],
  downsample: (stage) => [`stages.${stage}.downsample.0`, `stages.${stage}.downsample.1`],
  block: (stage, index) => `stages.${stage}.blocks.${index}`,
  head: ['head.norm', 'head.fc'],
  scale: 'gamma',
  scaleTrailing: 0,
  depthwise: 'conv_dw',
  norm: 'norm',
  expand: 'mlp.fc1',
  project: 'mlp.fc2',
  pointwise: 'convolution',
};
