import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/base/files/home.ts';

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');
const page = read('docs/gpu.md');

const helpOf = (script: string): string =>
  spawnSync(process.execPath, ['--import', 'tsx', join(packageRoot, script), '--help'], { encoding: 'utf8' }).stdout;

/** The command lines of the page's blocks, without comments. */
const lines = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block]) =>
  block!.split('\n').map((line) => line.replace(/ +#.*/, '')),
);

const optionsIn = (text: string): string[] => [...text.matchAll(/--([a-z][\w-]*)/g)].map(([, name]) => name!);

/** The options in the first column of the table under a heading. */
const optionsUnder = (heading: string): string[] =>
  page
    .slice(page.indexOf(heading))
    .split('\n')
    .slice(1)
    .join('\n')
    .split(/^#/m)[0]!
    .split('\n')
    .flatMap((line) => optionsIn(/^\| `(--[^`]*)`/.exec(line)?.[1] ?? ''));

/** The help of a command of doubletime, which docs/cli.md shows. */
const commandHelp = (command: string): string =>
  read('docs/cli.md').split(`## doubletime ${command}\n`)[1]!.split('## ')[0]!;

let help: Readonly<Record<string, string>>;
beforeAll(() => {
  help = { 'bench:gpu': helpOf('scripts/bench/gpu/bench-gpu.ts'), bundle: helpOf('scripts/bundle/bundle.ts') };
});

describe('docs/gpu.md', () => {
  it('names only commands and options that there are', () => {
    const checked = lines.flatMap((line) => {
      const [, script] = /npm run ([\w:]+)/.exec(line) ?? [];
      const [, command] = /doubletime ([a-z]+)/.exec(line) ?? [];
      const [, file] = /(?:tsx|import tsx) (scripts\/\S+)/.exec(line) ?? [];
      if (file !== undefined) expect(existsSync(join(packageRoot, file)), line).toBe(true);
      const known = script !== undefined ? help[script] : command === undefined ? undefined : commandHelp(command);
      const given = optionsIn(line.replace(/ -- /, ' '));
      if (known !== undefined) for (const option of given) expect(optionsIn(known), line).toContain(option);
      return known === undefined ? [] : [line];
    });
    expect(checked.length).toBeGreaterThan(5);
  });

  it.each([
    ['### `doctor --ops`', () => commandHelp('doctor')],
    ['### `bench:gpu`', () => help['bench:gpu']!],
    ['## A machine without a network', () => help['bundle']!],
  ])('%s lists options that its command has', (heading, known) => {
    const options = optionsUnder(heading);
    expect(options.length).toBeGreaterThan(4);
    for (const option of options) expect(optionsIn(known())).toContain(option);
  });

  it('lists every option of the benchmark and of the bundle', () => {
    const left = ['help', 'out'];
    expect(
      optionsIn(help['bench:gpu']!)
        .filter((name) => !left.includes(name))
        .sort(),
    ).toEqual([...new Set(optionsUnder('### `bench:gpu`'))].sort());
    expect(
      optionsIn(help['bundle']!)
        .filter((name) => !left.includes(name))
        .sort(),
    ).toEqual([...new Set(optionsUnder('## A machine without a network'))].sort());
  });
});
