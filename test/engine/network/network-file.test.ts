import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRun } from '../../../src/config/load.ts';
import { countNetwork } from '../../../src/engine/count.ts';
import {
  loadNetworkFile,
  findConfiguredNetwork,
  withNetwork,
  withNetworkOfRun,
} from '../../../src/engine/network/network-file.ts';
import { runId } from '../../../src/train/accounting/result.ts';
import { checkChanges } from '../../../src/train/files/reconcile.ts';

const folder = mkdtempSync(join(tmpdir(), 'network-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
/** Writes each content to a new file, because a process reads a file only once. */
function write(content: string, name = `net-${++files}.ts`): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const network = (name: string, middle = '') => `
import { globalAveragePool, linear } from 'doubletime';
${middle}
export default {
  name: '${name}', published: '2026-01-01', input: 8, options: { classes: 4 },
  forward: ({ classes }: { classes: number }) => (net: any, images: any) =>
    linear(net.at('fc'), globalAveragePool(images), { units: classes }),
};`;

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

describe('a network file', () => {
  it('is counted with its options', () => {
    const { entry } = loadNetworkFile(write(network('tiny')));
    expect(entry).toMatchObject({ name: 'tiny', published: '2026-01-01', input: 8, aliases: [] });
    const counts = countNetwork({ forward: entry.build({ classes: 6 }), input: 8, batch: 1 });
    expect(counts.parameters).toBe(3 * 6 + 6);
    expect(counts.macs.forward).toBe(3 * 6);
  });

  it.each([
    ['a.mjs', `export const network = { name: 'named', published: '2026-01-01', forward: () => () => 1 };`, 'named'],
    ['b.cjs', `module.exports = { name: 'common', published: '2026-01-01', forward: () => () => 1 };`, 'common'],
    ['c/my net.ts', network('blank'), 'blank'],
  ])('may have the name %s', (name, content, expected) => {
    expect(loadNetworkFile(write(content, name)).entry.name).toBe(expected);
  });

  it('is stored in the config with its hash and those of imported files', () => {
    const part = write('export const filters: number = 8;', 'parts/filters.ts');
    const file = write(network('with_part', "import { filters } from './parts/filters.ts'; void filters;"));
    expect(withNetwork({ name: 'x', file, width: 2 })).toEqual({
      name: 'with_part',
      width: 2,
      file,
      sha256: sha256(file),
      imports: { 'parts/filters.ts': sha256(part) },
    });
  });

  it.each([
    ['export const x = 1;', 'exports no network: expected `export default defineNetwork({ ... })`'],
    ['export default 3;', 'not a network definition: Invalid input: expected object, received number'],
    ["export default { name: 'a b', published: '2020-01-01', forward() {} };", 'name: expected 1 to 64 letters'],
    ["export default { name: 'ab', published: 'May 2020', forward() {} };", 'published: expected a day as YYYY-MM-DD'],
    ["export default { name: 'ab', published: '2020-01-01' };", 'forward: expected a function'],
    ["export default { name: 'ab', published: '2020-01-01', forwrd: 1, forward() {} };", 'Unrecognized key: "forwrd"'],
    [
      "export default { name: 'resnet18', published: '2020-01-01', forward() {} };",
      'the name "resnet18" belongs to a shipped network: choose another name',
    ],
    ['export default {', 'line 1: '],
    ["import './none.ts'; export default 1;", 'line 1: Could not resolve "./none.ts"'],
    ["throw new Error('on\\npurpose');", 'on purpose'],
    ['process.exit(0);', 'calls process.exit, which would end doubletime without a result: remove it'],
  ])('is refused in one line that names the file: %s', (content, message) => {
    const file = write(content);
    const refused = expect(() => loadNetworkFile(file));
    refused.toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringContaining(message) as string,
      }),
    );
    refused.toThrow(file);
  });

  it.each([
    ['() => 3', 'forward(options) must return a function'],
    ['() => (net, x) => x', 'returned shape [1, 8, 8, 3], expected logits of shape [n, 4]'],
    ['() => (net, x) => undefined', 'returned undefined, expected logits of shape [n, 4]'],
    ['() => (net, x) => process.exit(0)', 'calls process.exit'],
    ['() => (net, x) => x.no.thing', "Cannot read properties of undefined (reading 'thing')"],
  ])('is refused when it is counted with the forward pass %s', (forward, message) => {
    const file = write(
      `export default { name: 'bad', published: '2020-01-01', options: { classes: 4 }, forward: ${forward} };`,
      `bad-${++files}.js`,
    );
    const { entry } = loadNetworkFile(file);
    const count = () => countNetwork({ forward: entry.build(), input: 8, batch: 1 });
    expect(count).toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringContaining(message) as string,
      }),
    );
    expect(count).toThrow(file);
  });

  const head = (name: string, units: number) =>
    `linear(net.at('${name}'), globalAveragePool(images), { units: ${units} })`;
  it.each([
    [`globalAveragePool(raw.slice(images, [0, 0, 0, 0], [1, 8, 8, 3]))`, 3, 'returned shape [1, 3], expected logits'],
    [
      `linear(net.at('a'), globalAveragePool(raw.slice(images, [0, 0, 0, 0], [2, 8, 8, 3])), { units: 4 })`,
      4,
      'returned shape [2, 4], expected logits of shape [n, 4] for n = 4',
    ],
    [`{ logits: ${head('a', 4)}, auxiliary: [${head('b', 4)}, ${head('c', 7)}] }`, 4, 'shape [4, 7] as auxiliary[1]'],
    [`{ logits: ${head('a', 4)} }`, 4, 'returned undefined as auxiliary, expected a list of logits'],
  ])('is refused if it returns other shapes than [n, classes]: %s', (output, classes, message) => {
    const file = write(
      `import { globalAveragePool, linear, raw } from 'doubletime';
      export default { name: 'bad', published: '2020-01-01', forward: () => (net, images) => (${output}) };`,
      `shapes-${++files}.js`,
    );
    const forward = loadNetworkFile(file).entry.build({ classes });
    const count = () => countNetwork({ forward, input: 8, batch: 4 });
    expect(count).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringContaining(message) as string }),
    );
    expect(count).toThrow(file);
  });

  it.each([
    [
      `const y = add(x, raw.op('Tanh', [raw.T], [x])); return fc(y);`,
      'the TensorFlow op Tanh is applied outside of defineOp',
    ],
    [`return raw.multiply(fc(x), raw.scalar(2));`, 'the TensorFlow op Mul is applied outside of defineOp'],
    [`const [y] = raw.ops('Split', [raw.T], [raw.integer(0), x], 2); return fc(y);`, 'the TensorFlow op Split'],
    [`return globalAveragePool(images);`, 'the loss depends on none of the 1 trained parameter (conv.weight)'],
  ])('is refused if its parameters get no gradient: %s', (body, message) => {
    const file = write(
      `import { add, conv2d, globalAveragePool, linear, raw } from 'doubletime';
      const forward = () => (net, images) => {
        const x = conv2d(net.at('conv'), raw.multiply(images, raw.scalar(2)), { filters: 4, kernel: 1 });
        const fc = (y) => linear(net.at('fc'), globalAveragePool(y), { units: 3 });
        ${body}
      };
      export default { name: 'bad', published: '2020-01-01', forward };`,
      `gradient-${++files}.js`,
    );
    const forward = loadNetworkFile(file).entry.build({ classes: 3 });
    expect(() => countNetwork({ forward, input: 8, batch: 2 })).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringContaining(message) as string }),
    );
  });

  it.each([
    [
      `linear(net.at('a'), globalAveragePool(conv2d(net.at('a'), images, { filters: 4, kernel: 1 })), { units: 4 })`,
      'the parameter a.weight is declared twice',
    ],
    [
      `globalAveragePool(add(conv2d(net.at('a'), images, { filters: 4, kernel: 1 }), conv2d(net.at('a'), images, { filters: 4, kernel: 1 })))`,
      'the parameter a.weight is declared twice',
    ],
    [
      `linear(net.at('a'), dropout(net.at('d'), dropout(net.at('d'), globalAveragePool(images), 0.2), 0.2), { units: 4 })`,
      'layer d draws random numbers twice, expected once',
    ],
    [
      `linear(net.at('momentum/a'), globalAveragePool(images), { units: 4 })`,
      'the parameter momentum/a.weight has "/" in its name',
    ],
    [`globalAveragePool(concat([images, images]))`, 'the network has 0 trained parameters'],
  ])('is refused if two layers have one name, or none has parameters: %s', (output, message) => {
    const file = write(
      `import { add, concat, conv2d, dropout, globalAveragePool, linear } from 'doubletime';
      export default { name: 'bad', published: '2020-01-01', forward: () => (net, images) => ${output} };`,
      `names-${++files}.js`,
    );
    const forward = loadNetworkFile(file).entry.build({ classes: output.includes('concat') ? 6 : 4 });
    expect(() => countNetwork({ forward, input: 8, batch: 2 })).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringContaining(message) as string }),
    );
  });

  it('is reported with exit code 66 if it is missing, with the line of the config that names it', () => {
    expect(() => loadNetworkFile('./none.ts')).toThrow(expect.objectContaining({ exitCode: 66 }));
    const run = write('data: { source: synthetic, input: 8 }\nnetwork: ./none.ts\n', 'none.yaml');
    expect(() => loadRun(run)).toThrow(
      expect.objectContaining({
        exitCode: 66,
        message: expect.stringContaining(
          `none.yaml:2:1: network: the file ${join(folder, 'none.ts')} does not exist`,
        ) as string,
      }),
    );
  });
});

describe('a run with a network file', () => {
  const recipe =
    'data: { source: synthetic, input: 8, classes: 4 }\nrecipe: { batch: 8, epochs: 1, learningRate: 0.1 }\n';
  write(network('mine'), 'sub/mine.ts');
  const config = withNetworkOfRun(loadRun(write(`network: ./mine.ts\n${recipe}`, 'sub/run.yaml')));

  it('finds the file relative to its config, from any working directory', () => {
    expect(config.network).toEqual({
      name: 'mine',
      file: join(folder, 'sub/mine.ts'),
      sha256: sha256(join(folder, 'sub/mine.ts')),
    });
  });

  it('accepts options besides the path', () => {
    const other = loadRun(write(`network: { name: sub/mine.ts, width: 0.5 }\n${recipe}`, 'run.yaml'));
    expect(withNetworkOfRun(other).network).toEqual({ ...config.network, width: 0.5 });
  });

  it('is the same run if the file was moved, and a different one if its content changed', () => {
    const moved = { ...config, network: { ...config.network, file: '/elsewhere/mine.ts' } };
    const changed = { ...config, network: { ...config.network, sha256: '0'.repeat(64) } };
    expect(runId(moved)).toBe(runId(config));
    expect(runId(changed)).not.toBe(runId(config));
    checkChanges(config, moved, false, 'runs/a');
    expect(() => {
      checkChanges(config, changed, false, 'runs/a');
    }).toThrow('runs/a was started with a different config: network.sha256');
    expect(() => findConfiguredNetwork(changed.network)).toThrow('mine.ts has changed since this run was planned');
  });

  it('refuses a file that exports a network with another name', () => {
    expect(() => findConfiguredNetwork({ ...config.network, name: 'yours' })).toThrow(
      'holds the network "mine", expected "yours"',
    );
  });
});
