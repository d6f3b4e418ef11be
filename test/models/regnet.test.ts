import { describe, expect, it } from 'vitest';
import { computeStages } from '../../models/regnet.ts';

describe('the stages of a RegNet', () => {
  it('of X 1.6GF have the depths and widths of table 11', () => {
    const stages = computeStages({ depth: 18, w0: 80, wa: 34.01, wm: 2.25, group: 24 });
    expect(stages.map(({ repeat }) => repeat)).toEqual([2, 4, 10, 2]);
    expect(stages.map(({ channels }) => channels)).toEqual([72, 168, 408, 912]);
  });

  it.each([0.05, 0.3, 0.5, 1.5, 2])('have groups that divide the channels at width %f', (width) => {
    for (const { channels, group } of computeStages({ depth: 27, w0: 48, wa: 20.71, wm: 2.65, group: 24 }, width))
      expect(channels % group).toBe(0);
  });
});
