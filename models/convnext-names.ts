/** The names of ConvNeXt's layers in a state dict. */
export interface LayerNames {
  readonly stem: readonly [convolution: string, norm: string];
  /** Before stage 1, 2 and 3. */
  readonly downsample: (stage: number) => readonly [norm: string, convolution: string];
  readonly block: (stage: number, index: number) => string;
  readonly head: readonly [norm: string, classifier: string];
  /** Within a block, as all names below. */
  readonly scale: string;
  /** The number of dimensions of 1 that follow the channels in the scale's shape. */
  readonly scaleTrailing: number;
  readonly depthwise: string;
  readonly norm: string;
  readonly expand: string;
  readonly project: string;
  /** The kind of the two pointwise layers. */
  readonly pointwise: 'linear' | 'convolution';
}

/** torchvision's names. */
export const torchvision: LayerNames = {
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

/** timm's names. */
export const timm: LayerNames = {
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
