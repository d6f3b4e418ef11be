import { describe, expect, it } from 'vitest';
import { trendTable } from '../../src/report/html/overview.ts';
import { readPoints } from '../../src/trend/points/read.ts';
import { leaveOneOutText } from '../../src/trend/leave-one-out.ts';
import { trendText } from '../../src/trend/text.ts';
import { composeTrend } from '../../src/trend/trend.ts';
import { pointsFolder } from '../support/points.ts';

const write = pointsFolder();

describe('the estimates with one network left out', () => {
  it('name the network without which there is no trend', () => {
    const estimates = [
      { without: 'a', months: 12 },
      { without: 'b', months: null },
      { without: 'c', months: 20 },
    ];
    expect(leaveOneOutText(estimates, (network) => ` (without ${network})`)).toBe(
      '12.0 (without a) to no trend (without b)',
    );
    expect(leaveOneOutText(estimates)).toBe('12.0 to no trend');
  });

  it('are a dash if there is no trend without any of them', () => {
    expect(leaveOneOutText([{ without: 'a', months: null }])).toBeNull();
    expect(leaveOneOutText([])).toBeNull();
  });

  it('are the same in the text and in the report', () => {
    const trend = composeTrend([], {
      levels: 'own',
      points: [
        readPoints(
          write(
            'name,published,compute,unit\na,2012-01-01,8e17,flop\nb,2014-01-01,1e17,flop\nc,2016-01-01,9e17,flop\n',
          ),
        ),
      ],
    });
    // Only b improves on a. Without b or a there is no trend; without c it is that of a and b: 24 months / 3 doublings.
    expect(trendText(trend, 'text')).toMatch(/leave one out +8\.0 \(without c\) to no trend \(without a\)/);
    expect(trendTable(trend.levels, new Set()).rows[0]).toMatchObject({ leaveOneOut: '8.0 to no trend' });
  });
});
