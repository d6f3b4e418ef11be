import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadMeasurements } from '../../src/results/store.ts';
import { entry, startProgram } from '../support/processes.ts';
import { writeSmallSweep } from '../support/small-sweep.ts';
import { temporaryFolder } from '../support/sweeps.ts';

const preload = new URL('../support/failing-call.mjs', import.meta.url).href;
const QUOTA = 'Unknown system error -122';

/** Files that the sweep itself writes, and the calls that write them. */
const failures = [
  ['/sweeps/small.json', 'fsyncSync', `${QUOTA} 122`],
  ['/at-work/', 'linkSync', 'EIO 5'],
  ['/claim', 'linkSync', 'ESTALE 116'],
  ['/run.yaml', 'writeSync', `${QUOTA} 122`],
  ['/output.log', 'openSync', `${QUOTA} 122`],
  ['/results/small/', 'renameSync', 'EIO 5'],
] as const;

describe("a system error in the sweep's own writes", () => {
  it.each(failures)('of %s (%s, %s) gives one line and exit code 74', async (file, call, error) => {
    const folder = temporaryFolder();
    const dir = join(folder, 'work');
    const command = ['sweep', writeSmallSweep(folder, 1, ['a']), '--dir', dir];
    // The call fails only in the process of the sweep, because only this process loads the failing function.
    const injected = { FAIL_CALL: call, FAIL_FILE: file, FAIL_ERROR: error };
    const { code, err } = await startProgram(process.execPath, ['--import', preload, entry, ...command], injected)
      .ended;
    expect(err).toMatch(/^doubletime: [^\n]+\n$/);
    expect(code, err).toBe(74);
    const again = await startProgram(process.execPath, [entry, ...command]).ended;
    expect([again.code, again.err]).toEqual([0, '']);
    expect(loadMeasurements([join(dir, 'results')]).stored).toHaveLength(1);
  });
});
