import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageFile } from '../../src/base/home.ts';
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

  it('takes a bare name for the shipped config', () => {
    expect(findConfig('cifar10-resnet18', 'runs')).toBe(packageFile('configs/runs/cifar10-resnet18.yaml'));
    expect(findConfig('alexnet-level', 'sweeps')).toBe(packageFile('configs/sweeps/alexnet-level.yaml'));
    expect(shippedConfigs('sweeps')).toContain('quickstart');
  });

  it.each(['./quickstart', 'quickstart.yaml', 'quickstart.yml', 'a/quickstart', '/x/quickstart'])(
    'takes %s for a path, whether there is a file or not',
    (given) => {
      expect(findConfig(given, 'sweeps')).toBe(given);
    },
  );

  it.each(['quickstart', 'quickstart.yaml', 'quickstart.yml'])(
    'refuses the bare name where a file %s is here, and names both',
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

  it('is not confused by a folder of that name', () => {
    mkdirSync('quickstart');
    expect(findConfig('quickstart', 'sweeps')).toBe(packageFile('configs/sweeps/quickstart.yaml'));
  });

  it('takes a bare name that no config has for the file of that name', () => {
    writeFileSync('mine', '');
    expect(findConfig('mine', 'runs')).toBe('mine');
  });

  it('suggests the nearest name where there is neither', () => {
    expect(() => findConfig('quickstrat', 'sweeps')).toThrow(
      expect.objectContaining({
        exitCode: 66,
        message: 'there is no shipped config "quickstrat" and no such file; did you mean "quickstart"?',
      }),
    );
  });
});
