import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measurementFile } from '../../../src/results/store.ts';
import type { SweepPlan } from '../../../src/results/sweep-plan.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const plan = (yaml: string, header = sweepHeader): SweepPlan => planOf(temporaryFolder(), `${header}${yaml}`);
const idsWithoutHash = ({ runs }: SweepPlan): string[] => runs.map(({ id }) => id.replace(/-[0-9a-f]{8}$/, ''));

describe('readSweep', () => {
  it('reads a list of runs, in which own values replace common ones', () => {
    const { runs, name } = plan(`
runs:
  - { network: alexnet, seeds: [0, 3] }
  - { id: thin, network: { name: mobilenet_v1, width: 0.5 }, recipe: { batch: 8, epochs: 1, learningRate: 1 } }
  - { network: vgg11, set: { recipe.epochs: 7, recipe.optimizer: { name: sgd, momentum: 0.5 } } }
`);
    expect(name).toBe('test');
    expect(runs.map((run) => `${run.name}-s${run.seed}`)).toEqual(['alexnet-s0', 'alexnet-s3', 'thin-s0', 'vgg11-s0']);
    expect(runs.map(({ config }) => config.recipe.epochs)).toEqual([2, 2, 1, 7]);
    expect(runs[1]?.config.seed).toBe(3);
    expect(runs[2]).toMatchObject({ network: 'mobilenet_v1', config: { network: { width: 0.5 } } });
    expect(runs[3]?.config.recipe.optimizer).toMatchObject({ momentum: 0.5 });
    expect(runs[3]?.published).toBe('2014-09-04');
  });

  it('names the sweep after its file and runs after their recipe files, with characters that a measurement file allows', () => {
    const folder = temporaryFolder();
    for (const file of ['sehr kurz.yaml', 'lang.yaml'])
      writeFileSync(join(folder, file), 'batch: 16\nepochs: 1\nlearningRate: 0.1\n');
    const yaml = `${sweepHeader}grid: { networks: [vgg11], recipes: [sehr kurz.yaml, lang.yaml] }\n`;
    const { name, runs } = planOf(folder, yaml, 'Küche & Bad 2');
    expect([name, ...runs.map((run) => run.name)]).toEqual(['Kuche-Bad-2', 'vgg11-sehr-kurz', 'vgg11-lang']);
    for (const { id } of runs) expect(measurementFile('store', name, id)).toBe(join('store', name, `${id}.json`));
    expect(() => planOf(folder, yaml, '掃描')).toThrow(/:1:1: the file name "掃描" contains no letters or digits/);
    expect(planOf(folder, `name: scan\n${yaml}`, '掃描').name).toBe('scan');
  });

  it('accepts minutes and megabytes as numbers and as text', () => {
    const { options } = plan('slurm: { time: 60, memory: 32000 }\nruns: [{ network: vgg11 }]\n');
    expect(options['slurm']).toMatchObject({ time: '60', memory: '32000' });
    const text = plan("slurm: { time: '60', memory: '32000' }\nruns: [{ network: vgg11 }]\n");
    expect(text.options).toEqual(options);
  });

  it('multiplies a grid: networks x recipes x seeds', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'recipes'));
    writeFileSync(join(folder, 'recipes', 'short.yaml'), 'batch: 16\nepochs: 1\nlearningRate: 0.1\n');
    const grid = planOf(
      folder,
      `${sweepHeader}
grid:
  networks: [vgg11, { name: mobilenet_v1, width: 0.5 }, { name: mobilenet_v1, width: 1 }]
  recipes: { short: recipes/short.yaml, long: { batch: 16, epochs: 9, learningRate: 0.1 } }
  seeds: [0, 1]
`,
    );
    expect(idsWithoutHash(grid)).toHaveLength(3 * 2 * 2);
    expect(idsWithoutHash(grid)).toContain('mobilenet_v1-width0.5-long-s1');
    expect(grid.runs.filter(({ config }) => config.recipe.epochs === 1)).toHaveLength(6);
  });

  it('lets a recipe start from a file and change parts of it, wherever a recipe is allowed', () => {
    const folder = temporaryFolder();
    const recipe = 'batch: 16\nepochs: 4\nlearningRate: 0.1\naugmentation: { flip: false }\n';
    writeFileSync(join(folder, 'base.yaml'), recipe);
    const { runs } = planOf(
      folder,
      `question: Which?
data: { source: synthetic, input: 32 }
recipe: { from: base.yaml, epochs: 5 }
runs:
  - network: alexnet
  - { network: vgg11, recipe: { from: base.yaml, augmentation: { crop: { name: paddedCrop, padding: 2 } } } }
grid:
  networks: [resnet50]
  recipes: { same: base.yaml, longer: { from: base.yaml, epochs: 9, schedule: { name: cosine } } }
  set: { recipe.batch: 8 }
`,
    );
    const settings = runs.map(({ name, config: { recipe: r } }) => [name, r.batch, r.epochs, r.schedule.name]);
    const byDefault = runs[0]!.config.recipe.schedule.name;
    expect(settings).toEqual([
      ['alexnet', 16, 5, byDefault],
      ['vgg11', 16, 4, byDefault],
      ['resnet50-same', 8, 4, byDefault],
      ['resnet50-longer', 8, 9, 'cosine'],
    ]);
    expect(runs[1]?.config.recipe.augmentation).toMatchObject({
      flip: false,
      crop: { name: 'paddedCrop', padding: 2 },
    });
    // The same recipe without a file gives the same run with the same id.
    const withoutFile = planOf(
      folder,
      `question: Which?
data: { source: synthetic, input: 32 }
recipe: { batch: 16, epochs: 5, learningRate: 0.1, augmentation: { flip: false } }
runs: [{ network: alexnet }]
`,
    );
    expect(withoutFile.runs[0]).toEqual(runs[0]);
  });

  it('puts the anchor first, trains it to its end, and makes the others depend on it', () => {
    const { runs } = plan(`
level: { metric: top1, anchor: alexnet }
runs: [{ network: vgg11 }, { network: alexnet, seeds: [0, 1] }]
`);
    const [anchor, vgg, second] = runs;
    expect(runs.map(({ name, seed }) => [name, seed])).toEqual([
      ['alexnet', 0],
      ['vgg11', 0],
      ['alexnet', 1],
    ]);
    expect(anchor).toMatchObject({ anchor: anchor?.id, config: { level: null, stopAt: 'end' } });
    for (const run of [vgg, second])
      expect(run).toMatchObject({
        anchor: anchor?.id,
        config: { stopAt: 'level', level: { metric: 'top1', anchor: anchor?.id } },
      });
  });

  it('gives a run a new id when its config changes, and only then', () => {
    const ids = (header: string, yaml: string) => plan(yaml, header).runs.map(({ id }) => id);
    const yaml = 'level: { metric: top1, anchor: alexnet }\nruns: [{ network: alexnet }, { network: vgg11 }]\n';
    const before = ids(sweepHeader, yaml);
    expect(ids(`${sweepHeader}execution: { workers: 7 }\n`, yaml)).toEqual(before);
    expect(ids(sweepHeader.replace('How', 'Why'), yaml)).toEqual(before);
    const changed = ids(sweepHeader.replace('0.1', '0.2'), yaml);
    expect(changed.filter((id) => before.includes(id))).toEqual([]);
    const anchorChanged = ids(
      sweepHeader,
      yaml.replace('{ network: alexnet }', '{ network: alexnet, set: { recipe.epochs: 3 } }'),
    );
    expect(anchorChanged.filter((id) => before.includes(id))).toEqual([]);
  });
});

describe('an error in a recipe with from names the wrong line', () => {
  it.each([
    ['in the changes', '{ from: good.yaml, epochs: -1 }', /test\.yaml:6:50: recipe\.epochs is -1/],
    [
      'deep in the changes',
      '{ from: good.yaml, augmentation: { flip: 3 } }',
      /test\.yaml:6:66: recipe\.augmentation\.flip/,
    ],
    ['in the file', '{ from: bad.yaml, epochs: 3 }', /bad\.yaml:1:1: recipe\.batch is 0/],
    [
      'in the file, in a group that is changed too',
      '{ from: deep.yaml, augmentation: { flip: true } }',
      /deep\.yaml:4:17: recipe\.augmentation\.lighting/,
    ],
    ['an unknown key in the changes', '{ from: good.yaml, epoch: 3 }', /test\.yaml:6:50: .*"epochs"/],
    [
      'a missing file',
      '{ from: none.yaml, epochs: 3 }',
      /test\.yaml:6:33: recipe\.from: .*none\.yaml: the file does not exist/,
    ],
    [
      'a number instead of a path',
      '{ from: 3 }',
      /test\.yaml:6:33: recipe\.from: expected the path of a recipe file, got 3/,
    ],
    [
      'a file that is not a recipe',
      '{ from: list.yaml, batch: 8, epochs: 1, learningRate: 1 }',
      /test\.yaml:6:33: recipe\.from: list\.yaml is not a recipe/,
    ],
    ['a file that is not YAML', '{ from: torn.yaml }', /torn\.yaml:2:1: /],
  ])('%s', (_, recipe, message) => {
    const folder = temporaryFolder();
    const put = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
    };
    put('good.yaml', 'batch: 16\nepochs: 4\nlearningRate: 0.1\n');
    put('bad.yaml', 'batch: 0\nepochs: 4\nlearningRate: 0.1\n');
    put('deep.yaml', 'batch: 8\nepochs: 4\nlearningRate: 0.1\naugmentation: { lighting: -1 }\n');
    put('list.yaml', '- batch\n');
    put('torn.yaml', 'batch: {\n');
    const yaml = `${sweepHeader}runs:\n  - { network: vgg11, recipe: ${recipe} }\n`;
    expect(() => planOf(folder, yaml)).toThrow(message);
  });
});

describe('an invalid sweep is refused with the line of the error', () => {
  it.each([
    ['an unknown network', 'runs:\n  - network: alxnet\n', /test\.yaml:6:5: .*"alxnet".*"alexnet"/],
    ['an unknown network of a grid', 'grid:\n  networks:\n    - vgg11\n    - resnet51\n', /test\.yaml:8:7: .*resnet50/],
    [
      'an option that the network does not have',
      'runs:\n  - network: { name: vgg11, width: 2 }\n',
      /:6:5: .*no option "width"/,
    ],
    ['a duplicate id', 'runs:\n  - network: vgg11\n  - network: vgg11\n', /:7:5: .*second run "vgg11".*:6:5/],
    ['a seed twice', 'runs:\n  - network: vgg11\n    seeds: [1, 1]\n', /:7:5: .*contains the seed 1 twice/],
    ['a grid without networks', 'grid:\n  networks: []\n', /:6:3: grid\.networks/],
    ['a grid without recipes', 'grid:\n  networks: [vgg11]\n  recipes: {}\n', /:7:3: grid\.recipes/],
    ['no runs', '', /expected|the sweep has no runs: add "runs"/],
    [
      'a missing anchor',
      'level: { metric: top1, anchor: alexnets }\nruns:\n  - network: alexnet\n',
      /:5:24: level\.anchor: .*"alexnet"/,
    ],
    [
      'a level with value and anchor',
      'level: { metric: top1, value: 0.2, anchor: vgg11 }\nruns:\n  - network: vgg11\n',
      /level has the value 0\.2 and the anchor vgg11: keep one/,
    ],
    [
      'an anchor that is a run or a seed of another run',
      'level: { metric: top1, anchor: a-s1 }\nseeds: [0, 1]\nruns:\n  - { id: a, network: vgg11 }\n  - { id: a-s1, network: alexnet }\n',
      /level\.anchor: "a-s1" is the run a-s1 or a seed of the run a: give one of the runs another id/,
    ],
    ['a level without value or anchor', 'runs:\n  - network: vgg11\n    level: { metric: top1 }\n', /:7:5: level/],
    [
      'a cycle of anchors',
      'runs:\n  - { network: vgg11, level: { metric: top1, anchor: alexnet } }\n  - { network: alexnet, level: { metric: top1, anchor: vgg11 } }\n',
      /:6:46: level\.anchor: .*vgg11-s0 -> alexnet-s0 -> vgg11-s0/,
    ],
    ['a mistyped key', 'runs:\n  - network: vgg11\n    budjet: {}\n', /:7:5: .*"budget"/],
    ['an invalid value', 'runs:\n  - network: vgg11\n    set: { recipe.epochs: -1 }\n', /:7:12: recipe\.epochs/],
    ['an unknown key in set', 'runs:\n  - network: vgg11\n    set: { recipe.epoch: 1 }\n', /:7:12: .*"epochs"/],
    [
      'a missing recipe file',
      'runs:\n  - network: vgg11\n    recipe: none.yaml\n',
      /:7:5: recipe: cannot read .*none\.yaml: the file does not exist/,
    ],
    [
      'a key in an unknown group',
      'runs:\n  - network: vgg11\n    set: { nothing.at: 1 }\n',
      /:7:12: nothing: unknown key "nothing"/,
    ],
    [
      'another network by set',
      'runs:\n  - network: vgg11\n    set: { network.name: alexnet }\n',
      /:7:12: .*network\.name cannot be set here: use "network"/,
    ],
    [
      'another seed by set',
      'set: { seed: 3 }\nruns:\n  - network: vgg11\n',
      /:5:8: set\.seed cannot be set here: use "seeds"/,
    ],
    [
      'an infinite number',
      'runs:\n  - network: vgg11\n    set: { recipe.epochs: .inf }\n',
      /:7:12: recipe\.epochs is Infinity/,
    ],
    ['an alias without an anchor', 'runs:\n  - network: *vgg\n', /:6:14: the alias \*vgg has no anchor &vgg before it/],
    ['two documents', 'runs:\n  - network: vgg11\n---\nruns: []\n', /:7:1: a second document begins here/],
    [
      'an early stop without a level',
      'earlyStop: { rule: cheapestSoFar }\nruns:\n  - network: vgg11\n',
      /:5:1: earlyStop has no effect because no run has a level/,
    ],
    [
      'a line break in a value of the batch file',
      'slurm: { partition: "a\\nrm -r x" }\nruns:\n  - network: vgg11\n',
      /:5:10: slurm\.partition: expected text without line breaks/,
    ],
    [
      'a line break in an extra line of the batch file',
      'slurm: { extraLines: ["#SBATCH --x\\nrm -r x"] }\nruns:\n  - network: vgg11\n',
      /:5:23: slurm\.extraLines\.0: expected one line/,
    ],
    [
      'a control character in a shell line',
      'slurm: { setup: ["a\\x1bb"] }\nruns:\n  - network: vgg11\n',
      /:5:18: slurm\.setup\.0: expected shell lines/,
    ],
    [
      'a partition that YAML reads as a number',
      'slurm: { partition: 1080 }\nruns:\n  - network: vgg11\n',
      /:5:10: slurm\.partition: .*in quotes, "1080"/,
    ],
    ['a fraction of a minute', 'slurm: { time: 1.5 }\nruns:\n  - network: vgg11\n', /:5:10: slurm\.time .*1\.5/],
    ['negative memory', 'slurm: { memory: -5 }\nruns:\n  - network: vgg11\n', /:5:10: slurm\.memory.*-5/],
    [
      'a time that is not in a format of Slurm',
      'slurm: { time: two days }\nruns:\n  - network: vgg11\n',
      /:5:10: slurm\.time: expected minutes/,
    ],
    [
      'a wrong recipe',
      'runs:\n  - network: vgg11\n    recipe: { batch: 0, epochs: 1, learningRate: 1 }\n',
      /:7:15: recipe\.batch/,
    ],
  ])('%s', (_, yaml, message) => {
    expect(() => plan(yaml)).toThrow(message);
  });
});
