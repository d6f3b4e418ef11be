import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homeFolder, packageRoot } from '../../../src/base/files/home.ts';
import { countFlops, readMeasurement } from '../../../src/api/index.ts';
import { imageBytes } from '../../data/images.ts';

const work = mkdtempSync(join(tmpdir(), 'package-'));
const folder = join(work, 'user');
const installed = join(folder, 'node_modules', 'doubletime');

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

/** The environment of a user without any files of doubletime. */
const newUser = {
  HOME: join(work, 'home'),
  XDG_CACHE_HOME: '',
  DOUBLETIME_HOME: '',
  DOUBLETIME_YES: '',
};
/** The environment with the TensorFlow of this checkout, so that set-up only copies the addon. */
const withTensorFlow = { ...newUser, DOUBLETIME_HOME: homeFolder(), DOUBLETIME_YES: '1' };

const doubletime = (args: readonly string[], env: NodeJS.ProcessEnv = withTensorFlow) =>
  run(join(folder, 'node_modules', '.bin', 'doubletime'), args, folder, env);

function filesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
}

const net = `import { defineNetwork, globalAveragePool, linear } from 'doubletime';
      export default defineNetwork({ name: 'mine', published: '2026-01-01', input: 8, options: { classes: 3 },
        forward: ({ classes }) => (net, x) => linear(net.at('fc'), globalAveragePool(x), { units: classes }) });`;

beforeAll(() => {
  for (const path of [folder, newUser.HOME]) mkdirSync(path);
  writeFileSync(join(folder, 'net.mjs'), net);
  const packed = run('npm', ['pack', '--pack-destination', work], packageRoot);
  expect(packed.status, packed.stderr).toBe(0);
  const archive = readdirSync(work).find((name) => name.endsWith('.tgz'))!;
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const result = run('npm', ['install', ...options, join(work, archive)], folder);
  expect(result.status, result.stderr).toBe(0);
  const setUp = doubletime(['setup', '--yes', '--no-cifar10']);
  expect(setUp.status, setUp.stderr).toBe(0);
});
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('contains compiled code with types and source maps, and no tests', () => {
    const files = filesIn(installed);
    const modules = files.filter((file) => file.startsWith('dist/') && file.endsWith('.js'));
    expect(modules.length).toBeGreaterThan(200);
    for (const file of modules) {
      expect(files).toContain(`${file}.map`);
      expect(files).toContain(file.replace(/\.js$/, '.d.ts'));
    }
    expect(files.filter((file) => /^(test|src)\/|\.test\./.test(file))).toEqual(['src/cli/doubletime.mjs']);
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'configs/sweeps/quickstart.yaml',
        'results/published.json',
        'scripts/setup/pins.json',
        'dist/src/report/html/style.css',
      ]),
    );
  });

  it('prints the command to run in one line if it is not set up and there is no terminal', () => {
    for (const args of [['doctor'], ['sweep', 'quickstart'], ['flops', 'resnet18']]) {
      const { status, stdout, stderr } = doubletime(args, newUser);
      expect({ status, stdout }).toEqual({ status: 69, stdout: '' });
      expect(stderr).toMatch(
        /^doubletime: doubletime is not set up: run `npx doubletime setup --yes` \(it downloads .*\n$/,
      );
      expect(stderr).toContain(join(newUser.HOME, '.cache', 'doubletime'));
    }
  });

  it.each([
    ['n and Enter', 'n\r'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('asks on a terminal, and downloads nothing after %s', (_, answer) => {
    const script = join(packageRoot, 'test/support/answer.py');
    const command = [join(folder, 'node_modules', '.bin', 'doubletime'), 'doctor'];
    const { stdout } = run('python3', [script, '[Y/n]', answer, ...command], folder, newUser);
    const { status, output } = JSON.parse(stdout) as { status: number; output: string };
    expect(status, output).toBe(69);
    expect(output).toContain('Set up doubletime now? It downloads');
    expect(output.trimEnd().split('\r\n').at(-1)).toMatch(/^doubletime: doubletime was not set up: run `npx .*\)$/);
    expect(output).not.toContain(String.raw`\u001b`);
    expect(existsSync(join(newUser.HOME, '.cache'))).toBe(false);
  });

  it('needs no set-up for commands without TensorFlow', () => {
    const { status, stdout } = doubletime(['trend', join(installed, 'results', 'quickstart')], newUser);
    expect(status).toBe(0);
    expect(stdout).toContain('42.3');
  });

  it('reports that training works, and counts as the checkout does', () => {
    expect(doubletime(['doctor']).stdout).toContain('Training works on this machine.');
    const counted = doubletime(['flops', 'mobilenet_v2', '--json']);
    expect(JSON.parse(counted.stdout)).toEqual(countFlops({ network: 'mobilenet_v2' }));
  });

  it('trains a shipped config by its name and resumes it', () => {
    const train = () => doubletime(['train', 'synthetic', '--dir', 'run', '--set', 'recipe.epochs=1']);
    expect(train()).toMatchObject({ status: 0, stderr: '' });
    const { environment } = readMeasurement(join(folder, 'run'));
    expect(Object.values(environment.packages)).not.toContain('unknown');
    expect(environment.commit).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
    expect(train().status).toBe(0);
  });

  it('writes a report, which needs the compiled browser script', () => {
    const { status, stderr } = doubletime(['report', 'run', '--out', 'report']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(join(folder, 'report', 'report.html'), 'utf8')).toContain('<script');
  });

  it('counts the network of a JavaScript file in a script that imports the API', () => {
    const script = `import { countFlops } from 'doubletime';
      console.log(countFlops({ network: './net.mjs' }).macs.forward);`;
    writeFileSync(join(folder, 'script.mjs'), script);
    const { stdout, stderr } = run(process.execPath, ['script.mjs'], folder, withTensorFlow);
    expect({ stdout, stderr }).toEqual({ stdout: `${3 * 3}\n`, stderr: '' });
  });

  it('checks images and trains on them with decoding threads', async () => {
    for (const name of ['train/a', 'train/b', 'val/a', 'val/b']) {
      mkdirSync(join(folder, 'photos', name), { recursive: true });
      for (let i = 0; i < 24; i++)
        writeFileSync(join(folder, 'photos', name, `${i}.jpg`), await imageBytes(24, 20, i + 100 * name.length));
    }
    const check = doubletime(['data', 'check', 'photos', '--workers', '2']);
    expect(check.stdout).toContain('2 classes');
    const run = [
      'network: ./net.mjs',
      'data: { source: folder, path: photos, input: 8 }',
      'recipe: { batch: 8, epochs: 1, learningRate: 0.1 }',
      'execution: { workers: 2 }',
    ];
    writeFileSync(join(folder, 'photos.yaml'), run.join('\n'));
    const trained = doubletime(['train', 'photos.yaml', '--dir', 'trained']);
    expect({ status: trained.status, stderr: trained.stderr }).toEqual({ status: 0, stderr: '' });
    expect(readMeasurement(join(folder, 'trained')).network).toBe('mine');
  });
});
