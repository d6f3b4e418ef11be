import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const start = join(import.meta.dirname, '../../scripts/start.mjs');

it.each([
  [['--workers=0'], '--workers is 0'],
  [['--workers', '0', '--dir', 'elsewhere'], '--workers is 0'],
  [['--dir=elsewhere', '--workers=0'], '--workers is 0'],
])('npm start -- %j: its own place and number of runs at once give way to those given', (args, complaint) => {
  // What is given is refused by the sweep, and is not given twice.
  const { status, stderr } = spawnSync(process.execPath, [start, ...args], { encoding: 'utf8' });
  expect(stderr).toMatch(/^doubletime: .*\n$/);
  expect(stderr).toContain(complaint);
  expect(status).toBe(64);
});
