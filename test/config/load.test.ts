import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNetwork } from '../../models/registry.ts';
import { networks } from '../../models/registry.ts';
import { UserError } from '../../src/base/errors.ts';
import { schemaFiles } from '../../src/config/json-schema.ts';
import { executorOptions } from '../../src/sweep/executors/options.ts';
import { loadRun } from '../../src/config/load.ts';
import { recipeSchema } from '../../src/config/recipe.ts';
import { readYaml } from '../../src/config/yaml/yaml.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-load-'));
  mkdirSync(join(folder, 'recipes'));
  writeFileSync(
    join(folder, 'recipes/base.yaml'),
    [
      'batch: 256',
      'epochs: 90',
      'learningRate: 0.1',
      'schedule: { name: step, everyEpochs: 30 }',
      'augmentation: { flip: false, crop: { name: randomResizedCrop } }',
    ].join('\n'),
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Loads a run config with this recipe. */
function load(recipe: string, ...overrides: string[]) {
  const file = join(folder, 'run.yaml');
  writeFileSync(file, `network: { name: resnet18 }\ndata: { source: cifar10, input: 32 }\n${recipe}\n`);
  return loadRun(file, overrides);
}

const messageFrom = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  return 'no error';
};

describe('the recipe of a run', () => {
  it('may be inside the run config', () => {
    const { recipe } = load('recipe: { batch: 8, epochs: 1, learningRate: 0.1 }');
    expect(recipe).toMatchObject({ batch: 8, optimizer: { name: 'sgd', momentum: 0.9 } });
  });

  it('may be a file, relative to the run config', () => {
    expect(load('recipe: recipes/base.yaml').recipe).toMatchObject({
      batch: 256,
      schedule: { name: 'step', everyEpochs: 30, factor: 0.1 },
    });
  });

  it('may change parts of a file: groups key by key, a schedule of another name as a whole', () => {
    const { recipe } = load(
      'recipe: { from: recipes/base.yaml, batch: 64, schedule: { name: cosine }, augmentation: { flip: true } }',
    );
    expect(recipe).toMatchObject({
      batch: 64,
      epochs: 90,
      schedule: { name: 'cosine', endFraction: 0 },
    });
    expect(recipe.augmentation).toMatchObject({ flip: true, crop: { name: 'randomResizedCrop' } });
  });

  it('errors name their position: in the run config, in the recipe, in --set', () => {
    expect(messageFrom(() => load('recipe: { from: recipes/base.yaml, batch: none }'))).toMatch(
      /run\.yaml:3:\d+: recipe\.batch/,
    );
    writeFileSync(join(folder, 'recipes/bad.yaml'), 'batch: 8\nepochs: -1\nlearningRate: 0.1\n');
    expect(messageFrom(() => load('recipe: recipes/bad.yaml'))).toMatch(/bad\.yaml:2:1: recipe\.epochs/);
    expect(messageFrom(() => load('recipe: recipes/base.yaml', 'recipe.epochs=-3'))).toMatch(
      /^--set recipe\.epochs=-3: recipe\.epochs/,
    );
    expect(messageFrom(() => load('recipe: recipes/base.yaml', 'recipe.epoch=3'))).toMatch(
      /--set recipe\.epoch=3: .*did you mean "epochs"/,
    );
  });
});

describe('image sizes that do not fit the input size 32', () => {
  it.each([
    ['crop={ name: randomCrop, shorterSide: 30 }', /crop\.shorterSide.* is 30, expected at least the input size 32/],
    ['evaluationShorterSide=31', /evaluationShorterSide.* is 31, expected at least the input size 32/],
    ['evaluationShorterSide=49', /only the center 43 % .*at most 48 .*input x 256 \/ 224 = 37/],
  ])('%s is refused', (setting, message) => {
    const error = messageFrom(() => load('recipe: recipes/base.yaml', `recipe.augmentation.${setting}`));
    expect(error).toMatch(message);
    expect(error).toMatch(/^--set recipe\.augmentation/);
  });

  it('up to one and a half times the input size is accepted', () => {
    const setting = 'recipe.augmentation.evaluationShorterSide=48';
    expect(load('recipe: recipes/base.yaml', setting).recipe.augmentation).toMatchObject({
      evaluationShorterSide: 48,
    });
  });
});

describe('an augmentation with an invalid range', () => {
  it.each([
    ['crop={ name: randomResizedCrop, scale: [1, 0.08] }', /crop\.scale.* smaller number first/],
    ['crop={ name: randomResizedCrop, scale: [-1, 1] }', /crop\.scale\.0.*above 0/],
    ['crop={ name: randomResizedCrop, scale: [0.5, 2] }', /crop\.scale\.1.*at most 1/],
    ['crop={ name: randomResizedCrop, ratio: [0, 1] }', /crop\.ratio\.0.*above 0/],
    ['standardDeviation=[0.2, 0, 0.2]', /standardDeviation\.1.*above 0/],
  ])('%s is refused', (setting, message) => {
    const error = messageFrom(() => load('recipe: recipes/base.yaml', `recipe.augmentation.${setting}`));
    expect(error).toMatch(message);
  });
});

describe('--set', () => {
  it('replaces values of the file; a later --set replaces an earlier one', () => {
    const config = load('recipe: recipes/base.yaml', 'seed=4', 'recipe.epochs=3', 'seed=5');
    expect(config).toMatchObject({ seed: 5, recipe: { epochs: 3, batch: 256 } });
  });

  it('adds options to a network that is only a name, as the set of a sweep does', () => {
    const file = join(folder, 'plain.yaml');
    writeFileSync(file, 'network: resnet18\ndata: { source: cifar10, input: 32 }\nrecipe: recipes/base.yaml\n');
    expect(loadRun(file, ['network.width=0.5']).network).toEqual({ name: 'resnet18', width: 0.5 });
    expect(loadRun(file, ['network.width=0.5', 'network=vgg11']).network).toEqual({ name: 'vgg11' });
    expect(messageFrom(() => loadRun(file, ['network.wdth=0.5']))).toMatch(/unknown key "wdth".*did you mean "width"/);
  });

  it('recipe=FILE replaces the recipe, and further --set change it', () => {
    const file = join(folder, 'recipes/base.yaml');
    const config = load('recipe: { batch: 8, epochs: 1, learningRate: 1 }', `recipe=${file}`, 'recipe.batch=16');
    expect(config.recipe).toMatchObject({ batch: 16, epochs: 90 });
  });

  it.each([
    [['GROUP', 'FILE'], { batch: 256, epochs: 90 }],
    [['FILE', 'GROUP'], { batch: 4, epochs: 2 }],
    [['recipe.batch=16', 'FILE'], { batch: 256, epochs: 90 }],
    [['FILE', 'recipe.batch=16', 'GROUP', 'recipe.epochs=3'], { batch: 4, epochs: 3 }],
    [['GROUP', 'recipe.batch=16', 'FILE', 'recipe.epochs=3'], { batch: 256, epochs: 3 }],
    [['FILE', 'GROUP', 'FILE'], { batch: 256, epochs: 90 }],
  ])('replaces the recipe in the order of the settings: %j', (order, expected) => {
    const texts: Record<string, string> = {
      GROUP: 'recipe={ batch: 4, epochs: 2, learningRate: 1 }',
      FILE: `recipe=${join(folder, 'recipes/base.yaml')}`,
    };
    const settings = order.map((name) => texts[name] ?? name);
    for (const own of ['{ batch: 8, epochs: 1, learningRate: 1 }', 'recipes/base.yaml'])
      expect(load(`recipe: ${own}`, ...settings, 'seed=3')).toMatchObject({ seed: 3, recipe: expected });
  });
});

describe('an error in --set names the --set, not the file', () => {
  it.each([
    [['recip.epochs=3'], /^--set recip\.epochs=3: recip: unknown key "recip".*did you mean "recipe"/],
    [['level.value=0.5'], /^--set level\.value=0\.5: level\.metric is missing/],
    [['recipe.epochs=3', 'recipe.epochs=many'], /^--set recipe\.epochs=many: recipe\.epochs/],
    [['recipe.epochs=many', 'recipe={ batch: 8 }'], /^--set recipe={ batch: 8 }: recipe\.epochs/],
  ])('%j', (overrides, message) => {
    expect(messageFrom(() => load('recipe: recipes/base.yaml', ...overrides))).toMatch(message);
  });

  it('an error in a recipe given by --set names the line of its file', () => {
    const file = join(folder, 'recipes/wrong.yaml');
    const message = () => messageFrom(() => load('recipe: recipes/base.yaml', `recipe=${file}`));
    writeFileSync(file, 'batch: 8\nepochs: -1\nlearningRate: 0.1\n');
    expect(message()).toMatch(/wrong\.yaml:2:1: recipe\.epochs/);
    writeFileSync(file, '- batch\n');
    expect(message()).toBe(`--set recipe=${file}: recipe is ["batch"], expected keys with values`);
  });
});

const configs = new URL('../../configs/', import.meta.url).pathname;
const recipes = readdirSync(join(configs, 'recipes')).filter((name) => name.endsWith('.yaml'));

describe('the shipped recipes', () => {
  it.each(recipes)('%s is valid, and its header gives paper, command, time and accuracy', (name) => {
    const file = join(configs, 'recipes', name);
    expect(() => readYaml(file, recipeSchema)).not.toThrow();
    const header = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('#'))
      .join('\n');
    for (const part of ['# Paper ', '# Command ', '# Expected ']) expect(header).toContain(part);
    const [, network, recipe] = /network(?:\.name=|=\{name: )([\w.]+)[^]*--set recipe=(\S+)/.exec(header)!;
    expect(() => findNetwork(network!)).not.toThrow();
    expect(recipe).toBe(`configs/recipes/${name}`);
  });

  it("include the paper's, torchvision's and Hernandez & Brown's recipe for each family of theirs", () => {
    const later = ['airbench94', 'mnasnet', 'mobilenet_v3', 'resnet9', 'regnet', 'efficientnet_v2', 'convnext', 'vit'];
    for (const recipe of later) expect(recipes).toContain(`${recipe}.yaml`);
    for (const { recipe } of networks.filter((network) => !later.includes(network.recipe)))
      for (const kind of ['', '.torchvision', '.hernandez-brown']) expect(recipes).toContain(`${recipe}${kind}.yaml`);
    expect(recipes).toContain('efficientnet.one-epoch-warmup.yaml');
  });

  it('of Hernandez & Brown match their section 3.2', () => {
    for (const name of recipes.filter((one) => one.includes('hernandez-brown'))) {
      const recipe = readYaml(join(configs, 'recipes', name), recipeSchema);
      const [family] = name.split('.');
      expect(recipe).toMatchObject({
        batch: 256,
        epochs: 90,
        optimizer: { name: 'sgd', momentum: 0.9, nesterov: false },
        weightDecay: { value: 1e-4, kind: 'coupled', biases: true, norms: true },
        learningRate: ['alexnet', 'vgg', 'googlenet'].includes(family!) ? 0.01 : 0.1,
        schedule:
          family === 'alexnet'
            ? { name: 'step', everyEpochs: 30, factor: 0.1 }
            : { name: 'exponential', totalReduction: 1000 },
      });
    }
  });
});

describe('the shipped run configs', () => {
  it.each(readdirSync(join(configs, 'runs')))('%s is valid, and its network exists', (name) => {
    const config = loadRun(join(configs, 'runs', name));
    expect(() => findNetwork(config.network.name)).not.toThrow();
  });
});

describe('the JSON Schemas for editors', () => {
  it.each([...schemaFiles(executorOptions())])(
    '%s is current; otherwise run `npx tsx scripts/generate/write-schemas.ts`',
    (name, text) => {
      expect(readFileSync(join(configs, 'schema', name), 'utf8')).toBe(text);
    },
  );
});
