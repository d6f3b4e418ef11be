import { readdirSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doubletime, startDoubletime } from '../support/cli.ts';
import { writeSmallSweep } from '../support/small-sweep.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-output-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Whatever a command prints goes to a reader that has ended, as `| true` does. */
async function withoutReader(...args: string[]) {
  const { child, end } = startDoubletime(args);
  child.stdout?.destroy();
  const { status, stderr } = await end;
  return { status, stderr };
}

describe('a reader that has ended', () => {
  it('ends what only prints, without a word', async () => {
    expect(await withoutReader('models')).toEqual({ status: 0, stderr: '' });
  });

  it('ends no sweep: its runs are carried out and delivered', { timeout: 120_000 }, async () => {
    const file = writeSmallSweep(folder, 1, ['one']);
    const dir = join(folder, 'out');
    expect(await withoutReader('sweep', file, '--dir', dir)).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(join(dir, 'results', 'small'))).toHaveLength(1);
  });
});

it.each([
  [['train', 'any.yaml', '--dir', ''], 'dir: expected a value, got none'],
  [['train', 'any.yaml', '--dir'], 'dir: expected a value, got none'],
  [['train', 'any.yaml', '--dir', 'x', '--set'], 'Not enough arguments following: set'],
  [['flops', 'resnet18', '--width', 'wide'], 'width: expected a number'],
  [['flops', 'googlenet', '--auxiliaryWeight', '-1'], '--auxiliaryWeight -1: expected 0 or more'],
])('%j is wrong usage, told in one line, and nothing is made', (args, complaint) => {
  writeFileSync(join(folder, 'any.yaml'), '');
  const { status, stderr } = doubletime(args, folder);
  expect(status).toBe(64);
  expect(stderr).toMatch(/^doubletime: .*\n$/);
  expect(stderr).toContain(complaint);
  expect(readdirSync(folder)).toEqual(['any.yaml']);
});

it('an option that takes one value is refused where two are given', () => {
  writeFileSync(join(folder, 'any.yaml'), '');
  const { status, stderr } = doubletime(['sweep', 'any.yaml', '--dir', 'a', '--dir', 'b'], folder);
  expect([status, stderr]).toEqual([64, 'doubletime: --dir is given 2 times; see doubletime --help\n']);
  expect(readdirSync(folder)).toEqual(['any.yaml']);
});

it('a folder that the system does not let one read is one line', () => {
  const file = writeSmallSweep(folder, 1, ['one']);
  writeFileSync(join(folder, 'runs'), 'in the place of the folder');
  for (const args of [
    ['sweep', file, '--dir', folder],
    ['status', folder],
    ['cancel', folder],
  ]) {
    const { status, stderr } = doubletime(args);
    // What stands there is no folder: nothing can be read below it (66) nor written (74).
    expect([66, 74]).toContain(status);
    expect(stderr).toMatch(/^doubletime: .*runs.*\n$/);
  }
});
