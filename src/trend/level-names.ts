/** The names of network families as in their papers. */
const FAMILIES: readonly (readonly [prefix: string, name: string])[] = [
  ['airbench', 'airbench'],
  ['alexnet', 'AlexNet'],
  ['convnext', 'ConvNeXt'],
  ['densenet', 'DenseNet'],
  ['efficientnet_v2', 'EfficientNetV2'],
  ['efficientnet', 'EfficientNet'],
  ['googlenet', 'GoogLeNet'],
  ['mnasnet', 'MnasNet'],
  ['mobilenet', 'MobileNet'],
  ['regnet', 'RegNet'],
  ['resnext', 'ResNeXt'],
  ['resnet', 'ResNet-'],
  ['shufflenet', 'ShuffleNet'],
  ['squeezenet', 'SqueezeNet'],
  ['vgg', 'VGG-'],
  ['vit', 'ViT'],
  ['wide_resnet', 'Wide ResNet-'],
];

/** A run's id in a sweep: network, seed and the hash of its config. */
const RUN_ID = /^(.+?)-s\d+-[0-9a-f]{8,}$/;

/** The name of an anchor's run in its sweep: `alexnet` for `alexnet-s0-1d883dc9`. */
export const anchorRun = (anchor: string): string => RUN_ID.exec(anchor)?.[1] ?? anchor;

/** The name of an anchor's network as in its paper: `AlexNet` for `alexnet-s0-1d883dc9`. */
export function anchorName(anchor: string): string {
  const network = anchorRun(anchor);
  const family = FAMILIES.find(([prefix]) => network.startsWith(prefix));
  if (family === undefined) return network;
  const variant = network.slice(family[0].length).replaceAll('_', ' ');
  return variant === '' ? family[1].replace(/-$/, '') : `${family[1]}${variant}`;
}
