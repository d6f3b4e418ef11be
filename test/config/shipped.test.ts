import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageFile } from '../../src/base/files/home.ts';
import { findConfig, shippedConfigs } from '../../src/config/shipped.ts';

describe('findConfig', () => {
  const before = process.cwd();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shipped-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  it('reads a plain name as a shipped config', () => {
    expect(findConfig('cifar10-resnet18', 'runs')).toBe(packageFile('configs/runs/cifar10-resnet18.yaml'));
    expect(findConfig('alexnet-level', 'sweeps')).toBe(packageFile('configs/sweeps/alexnet-level.yaml'));
    expect(shippedConfigs('sweeps')).toContain('quickstart');
  });

  it.each(['./quickstart', 'quickstart.yaml', 'quickstart.yml', 'a/quickstart', '/x/quickstart'])(
    'reads %s as a path, whether or not the file exists',
    (given) => {
      expect(findConfig(given, 'sweeps')).toBe(given);
    },
  );

  it.each(['quickstart', 'quickstart.yaml', 'quickstart.yml'])(
    'refuses a plain name if the file %s exists too, and names both',
    (file) => {
      writeFileSync(file, '');
      const shipped = packageFile('configs/sweeps/quickstart.yaml');
      expect(() => findConfig('quickstart', 'sweeps')).toThrow(
        expect.objectContaining({
          exitCode: 64,
          message: expect.stringContaining(`write ./${file} or ${shipped}`) as string,
        }),
      );
    },
  );

  it('ignores a folder of that name', () => {
    mkdirSync('quickstart');
    expect(findConfig('quickstart', 'sweeps')).toBe(packageFile('configs/sweeps/quickstart.yaml'));
  });

  it('reads a plain name as a file if no shipped config has it', () => {
    writeFileSync('mine', '');
    expect(findConfig('mine', 'runs')).toBe('mine');
  });

  it('suggests the nearest name if neither exists', () => {
    expect(() => findConfig('quickstrat', 'sweeps')).toThrow(
      expect.objectContaining({
        exitCode: 66,
        message: '"quickstrat" is neither a shipped config nor a file; did you mean "quickstart"?',
      }),
    );
  });
});
