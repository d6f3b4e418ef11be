import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { packageFile } from '../../../src/base/files/home.ts';
import { currentCommit } from '../../../src/train/accounting/environment.ts';
import { temporaryFolder } from '../../support/training.ts';

const isRepository = spawnSync('git', ['-C', packageFile('.'), 'rev-parse', 'HEAD']).status === 0;

const NOBODY = 65_534;
const canTryAsNobody =
  process.getuid?.() === 0 && spawnSync('test', ['-r', packageFile('package.json')], { uid: NOBODY }).status === 0;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.runIf(isRepository)('the commit of a measurement', () => {
  it('is that of this code in a hook of another repository, for which git sets GIT_DIR', () => {
    const folder = temporaryFolder();
    execFileSync('git', ['init', '--quiet', folder.at('other')]);
    const before = currentCommit();
    vi.stubEnv('GIT_DIR', folder.at('other/.git'));
    expect(currentCommit()).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
    folder.remove();
  });

  it.runIf(canTryAsNobody)('is known if another user owns the checkout', () => {
    const module = JSON.stringify(packageFile('src/train/accounting/environment.ts'));
    const script = `import { currentCommit } from ${module}; process.stdout.write(String(currentCommit()));`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = spawnSync(process.execPath, args, {
      ...{ encoding: 'utf8', cwd: packageFile('.'), uid: NOBODY },
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    });
    expect(stdout).toBe(currentCommit());
  });
});
