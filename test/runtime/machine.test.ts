import { describe, expect, it } from 'vitest';
import { describeMachine } from '../../src/runtime/machine.ts';

describe('describeMachine', () => {
  it('returns the GPUs or the reason that there are none', () => {
    const { gpus, noGpu, threads } = describeMachine();
    expect(gpus.length > 0).toBe(noGpu === undefined);
    expect(threads).toBeGreaterThan(0);
  });
});
