import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import { entry } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/training.ts';
import { withoutSuperuserRights } from '../../support/unprivileged.ts';

it('a sweep that may not be read is refused with 77 and its folder, not as a folder without a sweep', () => {
  const folder = temporaryFolder();
  onTestFinished(() => {
    folder.remove();
  });
  const { plans } = sweepPaths(folder.at('sweep'));
  mkdirSync(plans, { recursive: true });
  for (const closed of [plans, dirname(plans)]) {
    chmodSync(closed, 0);
    const [program, args] = withoutSuperuserRights(process.execPath, [entry, 'status', dirname(plans)]);
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    chmodSync(closed, 0o700);
    expect(stderr).toBe(`doubletime: cannot read ${plans}: reading it is not permitted: give read permission\n`);
    expect(status).toBe(77);
  }
});
