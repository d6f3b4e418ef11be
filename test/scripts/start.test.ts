import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const start = join(import.meta.dirname, '../../scripts/start.mjs');

it.each([
  [['--workers=0'], '--workers is 0'],
  [['--workers', '0', '--dir', 'elsewhere'], '--workers is 0'],
  [['--dir=elsewhere', '--workers=0'], '--workers is 0'],
])('npm start -- %j replaces the default folder and number of workers', (args, message) => {
  // The sweep refuses the given value; a value given twice would be another error.
  const { status, stderr } = spawnSync(process.execPath, [start, ...args], { encoding: 'utf8' });
  expect(stderr).toMatch(/^doubletime: .*\n$/);
  expect(stderr).toContain(message);
  expect(status).toBe(64);
});
