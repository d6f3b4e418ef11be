/**
 * ResNet-9, for CIFAR-10's images of 32 pixels: David Page's entry to DAWNBench of 2018-11-06 (github.com/davidcpage/
 * cifar10-fast, "Custom ResNet 9"). The layers have the names of its code, with points between the parts.
 */
import { add, flatten, type Forward, linear, relu, scaleBy, type Scope, type Tensor } from '../src/nn/index.ts';
import { convNorm, maxPoolAt } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry } from './entry.ts';
import type { Options } from './options.ts';

/** Each layer is a convolution and a max pool of 2; two of them end in a residual block of two convolutions. */
const layers = [
  { name: 'layer1', channels: 128, ends: 'residual' }, // [n, 16, 16, 128]
  { name: 'layer2', channels: 256, ends: 'pool' }, // [n, 8, 8, 256]
  { name: 'layer3', channels: 512, ends: 'residual' }, // [n, 4, 4, 512]
] as const;

/** The logits are an eighth of the last layer's outputs. */
const LOGIT_SCALE = 0.125;

type ResNet9Options = Pick<Options, 'classes' | 'width' | 'batchNorm' | 'residual'>;

/** A 3x3 convolution, its norm and a relu. */
const convRelu = (net: Scope, x: Tensor, filters: number, batchNorm: boolean): Tensor =>
  relu(convNorm(net, ['conv', 'bn'], x, { filters, kernel: 3, batchNorm }));

function resnet9({ classes, width, batchNorm, residual }: ResNet9Options): Forward {
  return (net, images) => {
    let x = convRelu(net.at('prep'), images, scaled(64, width), batchNorm); // [n, 32, 32, 64]
    for (const { name, channels, ends } of layers) {
      const filters = scaled(channels, width);
      const layer = net.at(name);
      x = maxPoolAt(layer.at('pool'), convRelu(layer, x, filters, batchNorm), { kernel: 2, stride: 2 });
      if (ends === 'pool') continue;
      const y = convRelu(layer.at('residual.res1'), x, filters, batchNorm);
      const branch = convRelu(layer.at('residual.res2'), y, filters, batchNorm);
      x = residual ? add(x, branch) : branch;
    }
    x = flatten(maxPoolAt(net.at('pool'), x, { kernel: 4, stride: 4 })); // [n, 512]
    return scaleBy(linear(net.at('linear'), x, { units: classes, bias: false }), LOGIT_SCALE);
  };
}

export const resnets9: readonly NetworkEntry[] = [
  network<keyof ResNet9Options>({
    name: 'resnet9',
    aliases: [],
    family: 'resnet9',
    published: '2018-11-06',
    paper: { title: 'How to Train Your ResNet (DAWNBench, CIFAR-10)', arxiv: null },
    input: 32,
    accuracy: null,
    recipe: 'resnet9',
    options: { classes: 10, width: 1, batchNorm: true, residual: true },
    forward: resnet9,
  }),
];
