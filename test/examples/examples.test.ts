import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageFile, packageRoot } from '../../src/base/files/home.ts';
import { readMeasurement } from '../../src/api/index.ts';
import { doubletime } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'examples-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(script: string, ...args: string[]): string {
  const command = ['--import', 'tsx', packageFile(`examples/${script}`), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    cwd: packageRoot,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('the examples', () => {
  it('count.ts counts shipped networks and one of a file', () => {
    const lines = run('count.ts').trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^alexnet: 61100840 parameters, /);
    expect(lines[2]).toMatch(/^my_net: 5466 parameters, 35420160 MACs /);
  });

  it('trend.ts fits the shipped measurements', () => {
    expect(run('trend.ts')).toContain('3.4 times less compute, halved every 42.3 months');
  });

  it('train.ts trains the network of a file, and gives the same result again', () => {
    const dir = join(folder, 'run');
    const first = run('train.ts', dir);
    expect(first).toMatch(/^my_net: top-1 [\d.]+ % after \d+ FLOPs of training\n$/);
    expect(run('train.ts', dir)).toBe(first);
    const { network, config } = readMeasurement(dir);
    expect(network).toBe('my_net');
    expect(config['network']).toMatchObject({ file: packageFile('examples/my-net.ts') });
  });

  it('my-net.ts can be swept, and the same command trains no run again', () => {
    copyFileSync(packageFile('examples/my-net.ts'), join(folder, 'net.ts'));
    const recipe = readFileSync(packageFile('examples/my-net.yaml'), 'utf8')
      .split('\n')
      .filter((line) => /^(data|recipe)/.test(line));
    const grid = 'grid: { networks: [./net.ts, { name: ./net.ts, width: 0.5 }] }';
    writeFileSync(join(folder, 'sweep.yaml'), ['question: Does it learn?', ...recipe, grid].join('\n'));
    const sweep = () => doubletime(['sweep', 'sweep.yaml', '--dir', 'swept'], folder);
    expect(sweep()).toMatchObject({ status: 0, stderr: '' });
    const again = sweep();
    expect(again.status).toBe(0);
    expect(again.stdout).not.toContain('starting');
    expect(again.stdout).toMatch(/^net-width0\.5 /m);
  });
});
