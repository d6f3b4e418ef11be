import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageFolder, temporaryFolder, writeFileIn } from '../../data/images.ts';
import { doubletime } from '../../support/cli.ts';

const counts = { ape: { train: 2, val: 1 }, bee: { train: 1, val: 2 } };
const images = (prefix = ''): unknown[] => [
  { split: 'train', file: `${prefix}train/ape/000.jpg`, class: 'ape', position: 0 },
  { split: 'train', file: `${prefix}train/ape/001.jpg`, class: 'ape', position: 0 },
  { split: 'train', file: `${prefix}train/bee/000.jpg`, class: 'bee', position: 1 },
  { split: 'validation', file: `${prefix}val/ape/000.jpg`, class: 'ape', position: 0 },
  { split: 'validation', file: `${prefix}val/bee/000.jpg`, class: 'bee', position: 1 },
  { split: 'validation', file: `${prefix}val/bee/001.jpg`, class: 'bee', position: 1 },
];

describe('doubletime data list', () => {
  it('lists every image of a folder and of its pack, as JSON, CSV and a table', async () => {
    const folder = await imageFolder(counts);
    const json = doubletime(['data', 'list', folder, '--json']);
    expect(JSON.parse(json.stdout)).toEqual(images());
    const csv = doubletime(['data', 'list', folder, '--csv']).stdout.split('\r\n');
    expect(csv.slice(0, 2)).toEqual(['split,file,class,position', 'train,train/ape/000.jpg,ape,0']);
    expect(csv).toHaveLength(8);
    const table = doubletime(['data', 'list', folder]).stdout.split('\n');
    expect(table[4]).toMatch(/^validation +val\/ape\/000\.jpg +ape +0$/);
    const pack = join(temporaryFolder(), 'x.pack');
    expect(doubletime(['data', 'pack', folder, '--out', pack]).status).toBe(0);
    expect(JSON.parse(doubletime(['data', 'list', pack, '--json']).stdout)).toEqual(images());
  });

  it('refuses two formats', () => {
    const { status, stderr } = doubletime(['data', 'list', '.', '--json', '--csv']);
    expect([status, stderr]).toEqual([64, 'doubletime: --json and --csv are both given: remove one of them\n']);
  });
});

describe('doubletime data info', () => {
  it('refuses a seed for held-out images if none are held out', () => {
    const { status, stderr } = doubletime(['data', 'info', '.', '--part-seed', '3']);
    const problem = '--part-seed 3 has no effect, because no images are held out';
    expect([status, stderr]).toEqual([64, `doubletime: ${problem}: add --validation-fraction, or remove it\n`]);
  });

  it('shows the smallest and the largest class, the first images and the ignored files', async () => {
    const folder = await imageFolder(counts);
    writeFileIn(folder, 'train/ape/1.heic', 'x');
    const { stdout } = doubletime(['data', 'info', folder]);
    expect(stdout).toMatch(/^train smallest class +bee \(1\)$/m);
    expect(stdout).toMatch(/^train largest class +ape \(2\)$/m);
    expect(stdout).toMatch(
      /^validation first images +val\/ape\/000\.jpg is ape \(0\), val\/bee\/000\.jpg is bee \(1\), /m,
    );
    expect(stdout).toMatch(/^ignored files +1 \.heic$/m);
    const json = JSON.parse(doubletime(['data', 'info', folder, '--json']).stdout) as object;
    expect(json).toMatchObject({
      splits: { validation: { rarest: { class: 'ape', count: 1 }, first: images().slice(3) } },
      passedOver: { '.heic': 1 },
    });
    expect(doubletime(['data', 'check', folder]).stdout).toMatch(/^ignored files: 1 \.heic$/m);
  });

  it('reports a folder with one class, which training refuses', async () => {
    const folder = await imageFolder({ ape: { train: 1, val: 1 } });
    const { status, stdout, stderr } = doubletime(['data', 'check', folder]);
    expect([status, stderr]).toEqual([65, expect.stringMatching(/has only one class, ape: training needs/)]);
    expect(stdout).toMatch(/^0 bad images$/m);
  });

  it('reads a folder according to --validation-split and --labels', () => {
    const folder = temporaryFolder();
    for (const file of ['Training/1/a.png', 'Training/2/a.png', 'Training/3/a.png', 'Test/v0.png', 'Test/v1.png'])
      writeFileIn(folder, file, 'x');
    writeFileSync(join(folder, 'Test.txt'), 'v0.png 1\nv1.png 2\n');
    const listWith = (...args: string[]) =>
      doubletime(['data', 'list', folder, '--validation-split', 'Test', '--json', ...args]);
    expect(listWith()).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(/can be read in two ways.*--labels names/s) as string,
    });
    const { stdout, stderr } = listWith('--labels', 'positions');
    expect((JSON.parse(stdout) as unknown[]).slice(3)).toEqual([
      { split: 'validation', file: 'Test/v0.png', class: '2', position: 1 },
      { split: 'validation', file: 'Test/v1.png', class: '3', position: 2 },
    ]);
    expect(stderr).toMatch(/^warning: the folder Test is used for validation/);
    expect(doubletime(['data', 'info', folder, '--validation-split', 'a/b']).status).toBe(64);
  });
});

describe('a level that random guesses reach', () => {
  const dataAndLevel = (classes: number) => ({
    data: { source: 'synthetic', input: 32, classes },
    level: { metric: 'top5', value: 0.9 },
  });
  const recipe = { epochs: 1, batch: 10, optimizer: { name: 'sgd' }, learningRate: 0.1 };
  const message = /level\.metric is top5 and the dataset has 5 classes/;

  it('makes train, search, plan and sweep exit with code 78 before anything is started', () => {
    const folder = temporaryFolder();
    const write = (name: string, config: unknown): string => writeFileIn(folder, name, JSON.stringify(config));
    const run = write('run.yaml', { network: { name: 'squeezenet-1.1' }, recipe, ...dataAndLevel(5) });
    const sweep = write('sweep.yaml', {
      question: 'q',
      recipe,
      ...dataAndLevel(5),
      runs: [{ network: 'squeezenet-1.1' }],
    });
    for (const args of [
      ['train', run, '--dir', join(folder, 'run')],
      ['search', run, '--over', 'epochs', '--dir', join(folder, 'search')],
      ['plan', sweep],
      ['sweep', sweep, '--dir', join(folder, 'sweep')],
    ]) {
      const { status, stderr } = doubletime(args);
      expect({ args, status, stderr }).toMatchObject({
        status: 78,
        stderr: expect.stringMatching(message) as string,
      });
    }
  });
});
