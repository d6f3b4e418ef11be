import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../../src/base/text/csv.ts';
import { TRACKER_COLUMNS } from '../../../src/results/tracker.ts';
import { validateTracker } from '../../../src/results/validate/tracker.ts';

const published = JSON.parse(readFileSync(new URL('../../../results/published.json', import.meta.url), 'utf8')) as {
  tracker: { columns: string[] };
};

const paper = 'https://arxiv.org/abs/1905.11946';
const first = ['AlexNet', '6/1/2012', 'AlexNet', '', '3.1', '1', 'paper', ''];
const later = ['AlexNet', '5/28/2019', 'EfficientNet', paper, '0.069', '44', 'paper', paper];
const csv = (...rows: string[][]) => toCsv(TRACKER_COLUMNS, rows);

describe('validateTracker', () => {
  it('knows the columns of the published tracker', () => {
    expect(published.tracker.columns).toEqual([...TRACKER_COLUMNS]);
  });

  it('accepts correct rows', () => {
    expect(validateTracker(csv(first, later))).toEqual([]);
  });

  it.each<[string, number, string, RegExp]>([
    ['Metric', 0, '', /empty/],
    ['Publication Date', 1, '13/40/2019', /not a date/],
    ['Publication Date', 1, '2/30/2019', /not a date/],
    ['Publication Date', 1, '1/28/2019', /arXiv number of the paper is from 2019-05/],
    ['Publication link', 3, 'javascript:alert(1)', /is not a link/],
    ['Compute (teraflops-s/days)', 4, '-0.069', /not a positive number/],
    ['Compute (teraflops-s/days)', 4, '4', /not a new state of the art/],
    ['Reduction Factor', 5, '10', /3\.1 \/ 0\.069 is 44\.9/],
    ['Reduction Factor', 5, 'much', /not a positive number/],
    ['Analysis', 6, '', /empty/],
  ])('finds a wrong %s (cell %i: "%s")', (place, cell, text, message) => {
    const bad = later.with(cell, text);
    expect(validateTracker(csv(first, bad))).toContainEqual({
      place,
      line: 3,
      kind: 'error',
      message: expect.stringMatching(message) as string,
    });
  });

  it('finds rows out of order', () => {
    const early = ['AlexNet', '6/1/2010', 'x', '', '0.05', '62', 'paper', ''];
    expect(validateTracker(csv(first, early)).map(({ place }) => place)).toEqual(['Publication Date']);
  });

  it('refuses other columns, other widths and an open quote', () => {
    expect(validateTracker('a,b\n1,2\n')[0]?.message).toMatch(/has other columns, expected Metric/);
    expect(validateTracker(`${csv(first)}AlexNet,6/1/2013\r\n`)[0]?.message).toMatch(/2 cells/);
    expect(validateTracker(`${csv(first)}"AlexNet`)[0]?.message).toMatch(/quote/);
  });
});
