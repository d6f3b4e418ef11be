import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageFolder } from '../data/images.ts';
import { doubletime, startDoubletime } from '../support/cli.ts';
import { syntheticRun } from '../support/processes.ts';
import { writeSmallSweep } from '../support/small-sweep.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-output-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command with a reader that has ended, as in `doubletime ... | true`. */
async function withoutReader(...args: string[]) {
  const { child, end } = startDoubletime(args);
  child.stdout?.destroy();
  const { status, stderr } = await end;
  return { status, stderr };
}

describe('if the reader of the output has ended', () => {
  it('a command that only prints ends without an error', async () => {
    expect(await withoutReader('models')).toEqual({ status: 0, stderr: '' });
  });

  it('a sweep continues and saves its measurements', async () => {
    const file = writeSmallSweep(folder, 1, ['one']);
    const dir = join(folder, 'out');
    expect(await withoutReader('sweep', file, '--dir', dir)).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(join(dir, 'results', 'small'))).toHaveLength(1);
  });
});

const cannotWrite = /^(checking: .*\n)*doubletime: cannot write to the standard output: ENOSPC: [^\n]*\n$/;

/** Runs a command whose standard output is a full disk. */
function withFullOutput(args: readonly string[]) {
  const full = openSync('/dev/full', 'w');
  try {
    return doubletime(args, folder, full);
  } finally {
    closeSync(full);
  }
}

it.each([
  ...['--help', '--version', 'train --help', 'completion', 'models', 'flops alexnet', 'plan quickstart'],
  ...['data --help', 'data info FOLDER', 'data list FOLDER', 'data check FOLDER', 'data check FOLDER --json'],
])('%s ends with 74 and one line if it cannot write its text', async (line) => {
  const images = await imageFolder({ ape: { train: 1, val: 1 }, bee: { train: 1, val: 1 } });
  const { status, stderr } = withFullOutput(line.replace('FOLDER', images).split(' '));
  expect([status, stderr]).toEqual([74, expect.stringMatching(cannotWrite)]);
});

it('a sweep whose output cannot be written saves its measurements, and then ends with 74', () => {
  const file = writeSmallSweep(folder, 1, ['one']);
  const { status, stderr } = withFullOutput(['sweep', file, '--dir', 'out']);
  expect([status, stderr]).toEqual([74, expect.stringMatching(cannotWrite)]);
  expect(readdirSync(join(folder, 'out', 'results', 'small'))).toHaveLength(1);
});

it('a search whose output cannot be written makes all of its trials, and then ends with 74', () => {
  const set = ['level.metric=top1', 'level.value=0.5', 'recipe.epochs=4'].flatMap((text) => ['--set', text]);
  const args = ['search', syntheticRun, '--over', 'epochs', '--dir', 'out', '--precision', '0.9', ...set];
  const { status, stderr } = withFullOutput(args);
  expect(stderr).toMatch(/^(doubletime: cannot write to the standard output: [^\n]*\n)+$/);
  expect(status).toBe(74);
  const { tries } = JSON.parse(readFileSync(join(folder, 'out', 'search.json'), 'utf8')) as { tries: unknown[] };
  expect(tries.length).toBeGreaterThan(1);
});

it.each([
  [['train', 'any.yaml', '--dir', ''], '--dir is empty, expected a value; see doubletime train --help'],
  [['train', 'any.yaml', '--dir'], '--dir is empty, expected a value'],
  [['train', 'any.yaml', '--dir', 'x', '--set'], '--set has no value: add one; see doubletime train --help'],
  [['train', 'any.yaml'], '--dir is missing: add it; see doubletime train --help'],
  [['sweep', 'any.yaml', '--executor', 'pbs'], '--executor is "pbs", expected one of: local, slurm'],
  [['flops', 'alexnet', '--json', '--csv'], '--csv and --json are both given: remove one of them'],
  [['flops', 'resnet18', '--width', 'wide'], '--width is "wide", expected a number'],
  [['flops', 'resnet18', '--batch', '010'], '--batch is 010, which is 10, or octal in some programs: write 10'],
  [['flops', 'googlenet', '--auxiliaryWeight', '-1'], '--auxiliary-weight is -1, expected a number of at least 0'],
])('%j is refused in one line, and no file is written', (args, message) => {
  writeFileSync(join(folder, 'any.yaml'), '');
  const { status, stderr } = doubletime(args, folder);
  expect(status).toBe(64);
  expect(stderr).toMatch(/^doubletime: .*\n$/);
  expect(stderr).toContain(message);
  expect(readdirSync(folder)).toEqual(['any.yaml']);
});

it('an option that takes one value is refused if it is given twice', () => {
  writeFileSync(join(folder, 'any.yaml'), '');
  const { status, stderr } = doubletime(['sweep', 'any.yaml', '--dir', 'a', '--dir', 'b'], folder);
  expect([status, stderr]).toEqual([
    64,
    'doubletime: --dir is given 2 times, expected once; see doubletime sweep --help\n',
  ]);
  expect(readdirSync(folder)).toEqual(['any.yaml']);
});

it('a path with a line break is shown in one line', () => {
  const dir = join(folder, 'a\nb');
  const { status, stderr } = doubletime(['status', dir]);
  expect([status, stderr.split('\n').length]).toEqual([66, 2]);
  expect(stderr).toContain(String.raw`a\nb contains no sweep`);
});

it('a folder that cannot be read is reported in one line', () => {
  const file = writeSmallSweep(folder, 1, ['one']);
  writeFileSync(join(folder, 'runs'), 'a file instead of a folder');
  for (const [args, code] of [
    [['sweep', file, '--dir', folder], 74],
    [['status', folder], 66],
    [['cancel', folder], 66],
  ] as const) {
    const { status, stderr } = doubletime(args);
    expect(status).toBe(code);
    expect(stderr).toMatch(/^doubletime: .*runs.*\n$/);
  }
});
