import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const guide = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The files and the registration lines that the guide tells a reader to write. */
const files = [...guide.matchAll(/^New file `([^`]+)`:\n\n```ts\n(.*?)^```$/gms)].map(([, path, text]) => ({
  path: path!,
  text: text!,
}));
const lines = [...guide.matchAll(/^One line in `([^`]+)`(?:, after `([^`]+)`)?:\n\n```ts\n(.*?)^```$/gms)].map(
  ([, path, after, line]) => ({ path: path!, after, line: line! }),
);

let copy = '';
const inCopy = (path: string): string => join(copy, path);

/** Writes one registration line: after the line that the guide names, else at the end of the file. */
function register({ path, after, line }: (typeof lines)[number]): void {
  const text = readFileSync(inCopy(path), 'utf8');
  if (after === undefined) {
    writeFileSync(inCopy(path), text + line);
    return;
  }
  expect(text.split(`${after}\n`), `${path}: ${after}`).toHaveLength(2);
  writeFileSync(
    inCopy(path),
    text.replace(`${after}\n`, () => `${after}\n${line}`),
  );
}

const node = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', ...args], { cwd: copy, encoding: 'utf8' });

/** Runs the command line of the copy. Returns its standard output. */
function doubletime(...args: readonly string[]): string {
  const { status, stdout, stderr } = node('src/cli/main.ts', ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) as string });
  return stdout;
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'doubletime-contributing-'));
  const copied = ['src', 'models', 'configs', 'package.json', 'package-lock.json', 'tsconfig.json', '.prettierrc.json'];
  for (const name of [...copied, 'results/quickstart']) cpSync(join(root, name), inCopy(name), { recursive: true });
  for (const name of ['node_modules', '.doubletime'])
    if (existsSync(join(root, name))) symlinkSync(join(root, name), inCopy(name));
  for (const { path, text } of files) {
    expect(existsSync(inCopy(path)), `${path} is new`).toBe(false);
    writeFileSync(inCopy(path), text);
  }
  lines.forEach(register);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

describe('CONTRIBUTING.md, followed literally in a copy of the source', () => {
  it('has one new file and one line that registers it for each of the eight kinds', () => {
    expect(files).toHaveLength(8);
    expect(lines.map(({ path }) => path)).toEqual([
      'models/families.ts',
      'src/recipe/optimizers/registry.ts',
      'src/recipe/methods/registry.ts',
      'src/trace/ops/table.ts',
      'src/sweep/executors/registry.ts',
      'src/report/charts/registry.ts',
      'src/data/sources/registry.ts',
      'src/cli/commands/index.ts',
    ]);
    for (const { line } of lines) expect(line.trimEnd().split('\n')).toHaveLength(1);
  });

  it('gives code that passes the type check and is formatted', () => {
    writeFileSync(inCopy('tsconfig.copy.json'), '{ "extends": "./tsconfig.json", "include": ["src", "models"] }');
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const types = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.copy.json'], { cwd: copy, encoding: 'utf8' });
    expect(types.stdout).toBe('');
    const prettier = join(root, 'node_modules/prettier/bin/prettier.cjs');
    const changed = [...files, ...lines].map(({ path }) => path);
    const format = spawnSync(process.execPath, [prettier, '--list-different', ...changed], {
      cwd: copy,
      encoding: 'utf8',
    });
    expect(format.stdout + format.stderr).toBe('');
  });

  it('adds a network that the registry finds by name and alias, and that is counted', () => {
    const counted = JSON.parse(doubletime('flops', 'Network-in-Network', '--json')) as { parameters: number };
    const conv = (kernel: number, from: number, to: number): number => kernel ** 2 * from * to + to;
    const block = (kernel: number, from: number, to: number): number => conv(kernel, from, to) + 2 * conv(1, to, to);
    const last = conv(3, 384, 1024) + conv(1, 1024, 1024) + conv(1, 1024, 1000);
    expect(counted.parameters).toBe(block(11, 3, 96) + block(5, 96, 256) + block(3, 256, 384) + last);
    // Publication orders the families: AlexNet 2012, Network in Network 2013, VGG 2014.
    const script = `import { networkNames } from './models/registry.ts'; console.log(networkNames().join(' '));`;
    writeFileSync(inCopy('names.ts'), script);
    expect(node('names.ts').stdout).toMatch(/^alexnet.* nin vgg11 /);
  });

  it('adds an op that is executed, differentiated and counted', () => {
    writeFileSync(
      inCopy('elu-net.ts'),
      `import { countNetwork } from './src/engine/count.ts';
import { elu } from './src/nn/layers/elu.ts';
import { globalAveragePool, linear, relu, type Forward } from './src/nn/index.ts';
const net = (activation: typeof elu): Forward => (scope, images) =>
  linear(scope.at('out'), globalAveragePool(activation(linear(scope.at('in'), globalAveragePool(images), { units: 8 })
    .reshape([-1, 1, 1, 8]))), { units: 2 });
const flops = (activation: typeof elu) => countNetwork({ forward: net(activation), input: 4, batch: 5 }).flops.step;
console.log(flops(elu) - flops(relu));
`,
    );
    const { stdout, stderr } = node('elu-net.ts');
    // 5 x 8 outputs. Elu has 3 FLOPs per output in each pass, ReLU has 1.
    expect({ stdout, stderr }).toEqual({ stdout: `${5 * 8 * (2 + 2)}\n`, stderr: '' });
  });

  it('adds a training method whose ops are counted', () => {
    writeFileSync(
      inCopy('clip.ts'),
      `import { recipeSchema } from './src/config/recipe.ts';
import { planStep } from './src/engine/plan.ts';
import { trainingStep } from './src/engine/step.ts';
import { countRecording } from './src/flops/count.ts';
import { globalAveragePool, linear, type Forward } from './src/nn/index.ts';
import { record } from './src/trace/record.ts';
const forward: Forward = (scope, images) => linear(scope.at('out'), globalAveragePool(images), { units: 2 });
const flops = (method: object) => {
  const recipe = recipeSchema.parse({ batch: 4, epochs: 1, learningRate: 0.1, ...method });
  return countRecording(record(trainingStep(planStep({ forward, recipe, input: 8, side: 8, padding: 0 })))).flops.step;
};
console.log(flops({ clipGradientValue: 0.5 }) - flops({}));
`,
    );
    const { stdout, stderr } = node('clip.ts');
    // 3 x 2 weights and 2 biases, with 2 comparisons each.
    expect({ stdout, stderr }).toEqual({ stdout: `${2 * (3 * 2 + 2)}\n`, stderr: '' });
  });

  it('adds an optimizer, a training method and a data source that a run trains with', () => {
    writeFileSync(
      inCopy('run.yaml'),
      `network: { name: resnet18, stem: small, width: 0.125 }
data: { source: stripes, input: 16 }
recipe: { batch: 32, epochs: 2, learningRate: 0.01, optimizer: { name: adagrad }, clipGradientValue: 0.5 }
stopAt: end
`,
    );
    doubletime('train', 'run.yaml', '--dir', 'run');
    const { data, config, curve } = JSON.parse(readFileSync(inCopy('run/measurement.json'), 'utf8')) as {
      data: { name: string; classes: string[] };
      config: { recipe: { optimizer: object; clipGradientValue: number } };
      curve: { top1: number }[];
    };
    expect(data).toMatchObject({ name: 'stripes-16', classes: ['horizontal', 'vertical'] });
    expect(config.recipe.optimizer).toEqual({ name: 'adagrad', epsilon: 1e-10 });
    expect(config.recipe.clipGradientValue).toBe(0.5);
    expect(curve.at(-1)!.top1).toBeGreaterThan(0.5);
  });

  it('adds an executor that carries a sweep to its script', () => {
    const out = doubletime('sweep', 'quickstart', '--dir', 'sweep', '--executor', 'script');
    expect(out).toContain('sweep/script/runs.sh');
    const script = readFileSync(inCopy('sweep/script/runs.sh'), 'utf8');
    expect(script.match(/ sweep-run /g)).toHaveLength(5);
  });

  it('adds a chart to the report, as SVG, PNG and CSV', () => {
    doubletime('report', 'results/quickstart', '--out', 'report');
    const files = ['charts/loss-cifar10.svg', 'charts/loss-cifar10.png', 'data/loss-cifar10.csv'];
    expect(files.filter((file) => !existsSync(inCopy(`report/${file}`)))).toEqual([]);
    expect(readFileSync(inCopy('report/report.html'), 'utf8')).toContain('id="loss-cifar10"');
  });

  it('adds a command that works and has its examples in its help', () => {
    expect(doubletime('configs', 'sweeps').split('\n')).toContain('quickstart');
    expect(doubletime('configs', '--help')).toMatch(/Examples:\s+doubletime configs runs/);
    expect(doubletime('--help')).toContain('list the shipped configs');
  });
});
