import { describe, expect, it } from 'vitest';
import { EnergyMeter } from '../../../src/train/accounting/energy.ts';

describe('EnergyMeter', () => {
  it('integrates the power over time by the trapezoidal rule', () => {
    const times = [0, 1, 3];
    const meter = new EnergyMeter(() => times.shift()!);
    for (const watts of [100, 200, 400]) meter.sample(watts);
    expect(meter.take()).toBe(150 + 600);
    expect(meter.take()).toBe(0);
  });

  it('counts at most ten seconds of a gap, in which the process was suspended', () => {
    const times = [0, 3600];
    const meter = new EnergyMeter(() => times.shift()!);
    for (const watts of [100, 100]) meter.sample(watts);
    expect(meter.take()).toBe(1000);
  });
});
