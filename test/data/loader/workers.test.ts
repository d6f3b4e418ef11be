import { describe, expect, it } from 'vitest';
import { workerLimitProblem } from '../../../src/data/loader/workers.ts';
import { doubletime } from '../../support/cli.ts';

describe('decoding threads', () => {
  it.each([
    [8, 2, 20e9, undefined],
    [9, 2, 20e9, 'expected at most 8 on this machine with 2 cores'],
    [64, 16, 64e9, undefined],
    [256, 16, 64e9, 'expected at most 64 on this machine with 16 cores'],
    [64, 16, 2e9, 'expected at most 16 on this machine with 2.0 GB of free memory'],
    [1, 1, 1e6, undefined],
  ])('%i on %i cores with %f free bytes are limited', (workers, cores, freeBytes, problem) => {
    expect(workerLimitProblem(workers, { cores, freeBytes })).toBe(problem);
  });

  it('are refused by data check if they are too many for this machine', () => {
    const { status, stderr } = doubletime(['data', 'check', 'nowhere', '--workers', '256']);
    expect(status).toBe(64);
    expect(stderr).toMatch(/^doubletime: --workers is 256, expected at most \d+ on this machine/);
  });
});
