import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeMeasurement, writeSweep } from '../support/measurements.ts';

const command = fileURLToPath(new URL('../../src/cli/doubletime.mjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-report-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const report = (...args: string[]) =>
  spawnSync(process.execPath, [command, 'report', ...args], { encoding: 'utf8', cwd: folder });

test('a damaged file is left out and named on stderr and in the report; the exit code is 65', () => {
  writeSweep(join(folder, 'sweep'), [makeMeasurement({ epochs: 3, epochsToLevel: 2 })]);
  writeFileSync(join(folder, 'sweep/torn.json'), '{"version": 1, "curve": [');
  const { status, stdout, stderr } = report('sweep', '--out', 'out');
  expect(stderr).toMatch(/left out .*torn\.json/);
  expect([status, stdout.trim()]).toEqual([65, join('out', 'report.html')]);
  expect(readFileSync(join(folder, 'out/report.html'), 'utf8')).toContain('torn.json');
});

test('without measurements the command prints one line, writes nothing and exits with code 66', () => {
  const { status, stderr } = report('--out', 'out');
  expect([status, stderr.trim().split('\n').length]).toEqual([66, 1]);
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

test('a folder that cannot be created is reported in one line', () => {
  writeFileSync(join(folder, 'file'), '');
  writeSweep(join(folder, 'sweep'), [makeMeasurement({ epochs: 3, epochsToLevel: 2 })]);
  const { status, stderr } = report('sweep', '--out', 'file/out');
  expect(status).toBe(74);
  expect(stderr).toMatch(/^doubletime: cannot write file\/out\/report\.html: .*\n$/);
});
