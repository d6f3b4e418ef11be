import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ExitCode } from '../src/base/errors.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'results/README.md', ...list('docs').map((name) => `docs/${name}`)];

function list(folder: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'));
}

function folders(path: string): string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}

/** The cells of a page's table rows that begin with code, as text without the backquotes. */
const codeRows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));

describe('README.md', () => {
  it('has at most 200 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200);
  });

  it('maps every folder, and no missing one', () => {
    const generated = ['node_modules', 'runs', 'coverage', 'dist'];
    const top = folders('.').filter((name) => !generated.includes(name) && name !== 'src');
    const rooms = folders('src').map((name) => `src/${name}`);
    const mapped = codeRows(read('README.md')).map(([folder]) => folder!.replace(/\/$/, ''));
    expect(mapped.sort()).toEqual([...top, ...rooms].sort());
  });
});

describe('the documentation', () => {
  it.each(pages)('%s links only to existing files', (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target!);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    const broken = local.filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(broken).toEqual([]);
  });

  it('names only npm scripts of package.json', () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
    const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]*\w)/g)].map(([, name]) => name!));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names only existing commands of doubletime', () => {
    const commands = readFileSync(join(root, 'src/cli/commands/index.ts'), 'utf8');
    const files = [...commands.matchAll(/'\.\/([\w-]+)\.ts'/g)].map(([, name]) => name!);
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/npx doubletime ([a-z]+)/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !files.includes(name))).toEqual([]);
  });

  it('lists every exit code with its name', () => {
    const rows = [...read('docs/exit-codes.md').matchAll(/^\| +(\d+) +\| (\w+) +\|/gm)];
    const listed = Object.fromEntries(rows.map(([, code, name]) => [name!, Number(code)]));
    expect(listed).toEqual(ExitCode);
  });

  it('states the versions and sizes of TensorFlow that are pinned', () => {
    const wheels = z.object({ gigabytes: z.number(), downloadMegabytes: z.number().optional() });
    const pins = z
      .object({ tensorflow: z.string(), platforms: z.object({ 'linux-x64': z.object({ cpu: wheels, cuda: wheels }) }) })
      .parse(JSON.parse(read('scripts/setup/pins.json')));
    const { cpu, cuda } = pins.platforms['linux-x64'];
    const rows = read('docs/setup.md').replaceAll(/ +/g, ' ');
    expect(rows).toContain(`the wheel \`tensorflow-cpu\` ${pins.tensorflow} | ${cpu.gigabytes} GB |`);
    expect(rows).toMatch(new RegExp(`\\| \`cuda\` \\|.* \\| ${cuda.gigabytes} GB \\|`));
    expect(read('README.md')).toContain(`TensorFlow (${cpu.downloadMegabytes} MB)`);
  });

  it('defines each term of the glossary once', () => {
    const terms = [...read('docs/glossary.md').matchAll(/^\| ([\w /,-]+?) +\|/gm)].map(([, term]) => term!);
    const named = terms.filter((term) => term !== 'term' && !/^-+$/.test(term));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((term, index) => named.indexOf(term) !== index)).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const ruleSchema = z.object({
    comment: z.string().optional(),
    from: z.object({ path: z.string().optional() }),
    to: z.object({ pathNot: z.array(z.string()).optional() }),
  });
  const rules = z
    .object({ forbidden: z.array(z.unknown()) })
    .parse(createRequire(import.meta.url)('../.dependency-cruiser.cjs'))
    .forbidden.flatMap((rule) => ruleSchema.safeParse(rule).data ?? [])
    .filter(({ comment }) => comment?.includes('may import only'));
  const room = (pattern: string) => pattern.replace(/^\^/, '').replace(/[/$]$/, '');

  it('shows exactly the arrows that are enforced', () => {
    const enforced = rules.map(({ from, to }) => {
      const [self, ...others] = [room(from.path!), ...to.pathNot!.map(room)];
      return [self, ...others.filter((other) => other !== self).sort()];
    });
    const shown = codeRows(read('docs/architecture.md')).map(([self, ...others]) => [self, ...others.sort()]);
    expect(enforced.length).toBeGreaterThan(10);
    const byRoom = (a: (string | undefined)[], b: (string | undefined)[]) => (a[0]! < b[0]! ? -1 : 1);
    expect(shown.sort(byRoom)).toEqual(enforced.sort(byRoom));
  });
});
