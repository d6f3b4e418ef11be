import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findNetwork, networkNames, networks } from '../../models/registry.ts';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { countForward } from '../../src/engine/count.ts';

function refusal(body: () => unknown): UserError {
  try {
    body();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the registry', () => {
  it('has every name and alias once, regardless of case and separators', () => {
    const names = networks.flatMap(({ name, aliases }) => [name, ...aliases]);
    const simple = names.map((name) => name.toLowerCase().replaceAll(/[-_. ]/g, ''));
    expect(new Set(simple).size).toBe(names.length);
    for (const { name } of networks) expect(findNetwork(name).name).toBe(name);
  });

  it('finds the networks that Hernandez & Brown measured by their names', () => {
    const paper = {
      'VGG-11': 'vgg11',
      Wide_ResNet_50: 'wide_resnet50_2',
      AlexNet: 'alexnet',
      'ResNet-50': 'resnet50',
      ResNeXt_50: 'resnext50_32x4d',
      DenseNet121: 'densenet121',
      SqueezeNet_v1_1: 'squeezenet1_1',
      GoogLeNet: 'googlenet',
      MobileNet_v1: 'mobilenet_v1',
      MobileNet_v2: 'mobilenet_v2',
      ShuffleNet_v2_1_5x: 'shufflenet_v2_x1_5',
      ShuffleNet_v1_1x: 'shufflenet_v1_x1_0_g3',
      ShuffleNet_v2_1x: 'shufflenet_v2_x1_0',
      'EfficientNet-b0': 'efficientnet_b0',
      mobilenetv1_100: 'mobilenet_v1',
    };
    for (const [alias, name] of Object.entries(paper)) expect(findNetwork(alias).name).toBe(name);
  });

  it.each(networks.map((entry) => [entry.name, entry] as const))(
    '%s has a date, a paper, and accuracies as fractions',
    (_, { published, paper, accuracy, input }) => {
      expect(published).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(paper.arxiv ?? '0000.00000').toMatch(/^\d{4}\.\d{4,5}$/);
      // Images of CIFAR-10 have 32 pixels, those of ImageNet more than 100.
      expect(input === 32 || input > 100).toBe(true);
      for (const value of [accuracy?.top1, accuracy?.top5]) {
        if (typeof value === 'number') expect(value > 0.5 && value < 1).toBe(true);
      }
    },
  );

  it('names a default recipe that exists for every network', () => {
    for (const recipe of new Set(networks.map((entry) => entry.recipe)))
      expect(existsSync(`configs/recipes/${recipe}.yaml`), recipe).toBe(true);
  });

  it('suggests similar names for an unknown name', () => {
    const error = refusal(() => findNetwork('resnet19'));
    expect(error.exitCode).toBe(ExitCode.config);
    expect(error.message).toMatch(/the network "resnet19" does not exist.*resnet1[80]/);
    expect(networkNames()).not.toContain('resnet19');
  });
});

describe('options', () => {
  it.each([
    ['resnet18', { width: -1 }, /resnet18: width is -1, expected a number from 0.05 to 10/],
    ['resnet18', { classes: 1.5 }, /classes is 1.5, expected a whole number from 2 to 100000/],
    ['resnet18', { dropout: 0.5 }, /resnet18 has no option dropout: its options are classes, width, depth/],
    ['efficientnet_b0', { dropout: 1 }, /dropout is 1, expected a number of at least 0 and less than 1/],
  ])('%s %o is refused, naming the option, its value and the expected values', (name, options, message) => {
    const error = refusal(() => findNetwork(name).build(options));
    expect(error.exitCode).toBe(ExitCode.config);
    expect(error.message).toMatch(message);
  });

  it.each([
    ['alexnet', 32, /layer features\.12 would have no output/],
    ['vgg11', 16, /layer features\.20 would have no output/],
    ['densenet121', 16, /layer features\.transition3\.pool would have no output/],
    ['squeezenet1_0', 4, /layer features\.0 would have no output/],
    ['convnext_atto', 16, /layer stages\.3\.downsample\.1 would have no output/],
    ['vit_tiny_patch16_224', 100, /patches of 16 x 16 pixels do not cover an input of 100 x 100: .* such as 96 or 112/],
  ])('%s at %i px is refused, and the error names the layer without output', (name, input, message) => {
    const error = refusal(() => countForward({ forward: findNetwork(name).build(), input }));
    expect(error.exitCode).toBe(ExitCode.config);
    expect(error.message).toMatch(message);
  });

  it.each(networks.filter(({ options }) => 'stem' in options).map(({ name }) => [name]))(
    '%s accepts 32 px with the small stem',
    (name) => {
      const forward = findNetwork(name).build({ stem: 'small', classes: 10 });
      expect(countForward({ forward, input: 32 }).macs).toBeGreaterThan(0);
    },
  );

  it('without batch norm, convolutions have biases; without shortcuts, there are no projections', () => {
    const parameters = (options: object) =>
      countForward({ forward: findNetwork('resnet18').build(options), input: 224 }).parameters;
    // Twenty norms with a scale and an offset per channel become twenty biases.
    const channels = 64 + 4 * 64 + 5 * 128 + 5 * 256 + 5 * 512;
    expect(parameters({}) - parameters({ batchNorm: false })).toBe(channels);
    const projections = 64 * 128 + 128 * 256 + 256 * 512 + 2 * (128 + 256 + 512);
    expect(parameters({}) - parameters({ residual: false })).toBe(projections);
  });

  it('ResNet-50 scaled down twice has depth / 1.4, width / 1.2 and resolution / 1.3, twice', () => {
    const large = findNetwork('resnet50');
    const small = findNetwork('resnet50_scaled_down_twice');
    expect(small.options.depth).toBeCloseTo(1 / 1.4 ** 2, 12);
    expect(small.options.width).toBeCloseTo(1 / 1.2 ** 2, 12);
    expect(Math.abs(small.input - large.input / 1.3 ** 2)).toBeLessThan(1);
    const macs = ({ build, input }: typeof large) => countForward({ forward: build(), input }).macs;
    const ratio = macs(large) / macs(small);
    // Odd sizes of feature maps and the number of blocks are rounded up, so the saving is smaller than the product of the factors.
    const unrounded = (1.4 * 1.2 ** 2 * 1.3 ** 2) ** 2;
    expect(ratio).toBeLessThan(unrounded);
    expect(ratio).toBeGreaterThan(unrounded / 2);
  });
});
