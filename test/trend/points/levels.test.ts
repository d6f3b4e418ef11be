import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { toCsv } from '../../../src/base/text/csv.ts';
import { TRACKER_COLUMNS } from '../../../src/results/tracker.ts';
import { pointLevels } from '../../../src/trend/points/levels.ts';
import { readPoints } from '../../../src/trend/points/read.ts';
import { readExactCounts, readPublished } from '../../../src/trend/published/data.ts';
import { publishedLevels } from '../../../src/trend/published/levels.ts';
import { parseLevels } from '../../../src/trend/options.ts';
import { composeTrend } from '../../../src/trend/trend.ts';
import { pointsFolder } from '../../support/points.ts';

const write = pointsFolder();
const HEAD = 'name,published,compute,unit,seed';
const levelsOf = (text: string) => pointLevels(readPoints(write(text)));
const published = readPublished();
const ofPaper = publishedLevels(published, readExactCounts(), 'both');

it('gives the doubling times of Appendix A for examples/translation.csv', () => {
  const file = fileURLToPath(new URL('../../../examples/translation.csv', import.meta.url));
  const levels = pointLevels(readPoints(file));
  expect(levels.map(({ level }) => level)).toEqual(['Seq2Seq (34.8 BLEU EN-FR)', 'GNMT (39.92 BLEU EN-FR)']);
  for (const { level, points, doublingMonths } of levels) {
    const paper = ofPaper.find((one) => one.level === level)!;
    for (const [index, { network, teraflopSecondDays }] of points.entries()) {
      expect(network).toBe(paper.points[index]!.network);
      expect(teraflopSecondDays / paper.points[index]!.teraflopSecondDays).toBeCloseTo(1, 12);
    }
    expect(doublingMonths.endToEnd).toBeCloseTo(paper.doublingMonths.endToEnd!, 10);
  }
});

it.each([
  ['34.8', 'goal', ['34.8 BLEU']],
  ['0.35', '0.35 nats', ['0.35 nats']],
  ['35%', '35 % mAP', ['35 % mAP']],
])('finds the level that --level %s names', (level, other, expected) => {
  const rows = ['34.8 BLEU', '60%', other].map(
    (name) => `a,2016-01-01,1,flop,${name}\nb,2017-01-01,0.5,flop,${name}\n`,
  );
  const points = [readPoints(write(`name,published,compute,unit,level\n${rows.join('')}`))];
  const { levels } = composeTrend([], { levels: parseLevels([level], true), points });
  expect(levels.map((one) => one.level)).toEqual(expected);
});

it("fits the public tracker's own CSV as the published tracker levels are fitted", () => {
  const rows = published.tracker.rows.map(({ level, model, date, compute, factor }) => {
    const [year, month, day] = date.split('-').map(Number);
    return [level, `${month!}/${day!}/${year!}`, model, 'https://x.org', compute, factor, 'paper', ''];
  });
  const levels = levelsOf(toCsv(TRACKER_COLUMNS, rows));
  const ALEXNET_LEVEL = ofPaper.find(({ name }) => name.startsWith('AlexNet (79.1 top-5), tracker'))!;
  expect(levels).toHaveLength(4);
  expect(levels[0]!.doublingMonths).toEqual(ALEXNET_LEVEL.doublingMonths);
  expect(levels[0]!.points.map(({ published: day, onFrontier }) => [day, onFrontier])).toEqual(
    ALEXNET_LEVEL.points.map(({ published: day, onFrontier }) => [day, onFrontier]),
  );
});

it('takes the median over seeds, with an infinite need for seeds that missed the level', () => {
  const [level] = levelsOf(
    `${HEAD}\na,2012-01-01,8,teraflop,0\na,2012-01-01,4,teraflop,1\na,2012-01-01,inf,teraflop,2\nb,2014-01-01,2,teraflop,0\n` +
      'c,2015-01-01,inf,teraflop,0\nc,2015-01-01,inf,teraflop,1\nc,2015-01-01,1,teraflop,2\n',
  );
  const [a] = level!.points;
  expect(a).toMatchObject({ network: 'a', seeds: 3, seedsAtLevel: 2 });
  expect(a!.teraflopSecondDays * 86_400).toBeCloseTo(8, 10);
  expect(level!.notReached).toEqual(['c']);
  expect(level!.factor).toBeCloseTo(4, 10);
});

it('gives the same trend for any order of the rows and any unit', () => {
  const one = levelsOf(
    'name,published,compute,unit\na,2012-01-01,1,petaflop/s-days\nb,2014-01-01,250,teraflop/s-days\n',
  );
  const other = levelsOf(
    'name,published,compute,unit\nb,2014-01-01,250,teraflop/s-days\na,2012-01-01,1000,teraflop/s-days\n',
  );
  expect(one).toEqual(other);
});

it.each<[string, string, RegExp]>([
  [
    'a network that occurs twice',
    'a,2012-01-01,1,flop,\na,2012-01-01,2,flop,\n',
    /points\.csv:3: "a" is already on line 2: give every network its own name, or add the column seed/,
  ],
  [
    'a seed that occurs twice',
    'a,2012-01-01,1,flop,0\na,2012-01-01,2,flop,0\n',
    /:3: "a" with seed 0 is already on line 2/,
  ],
  ['a row without its seed', 'a,2012-01-01,1,flop,0\na,2012-01-01,2,flop,\n', /has no seed on line 2 or 3/],
  [
    'two dates of one network',
    'a,2012-01-01,1,flop,0\na,2013-01-01,2,flop,1\n',
    /published on 2013-01-01, but on 2012-01-01 on line 2/,
  ],
])('refuses %s', (_, rows, message) => {
  expect(() => levelsOf(`${HEAD}\n${rows}`)).toThrow(message);
});

it('refuses a network that has another date at another level', () => {
  const head = 'name,published,compute,unit,level';
  const rows = ['A,2012-01-01,8,pflop,one', 'B,2014-01-01,4,pflop,one', 'A,2013-01-01,8,pflop,two'];
  const file = write([head, ...rows].join('\n'));
  expect(() => pointLevels(readPoints(file))).toThrow(
    expect.objectContaining({
      exitCode: 65,
      message: `${file}:4: "A" is published on 2013-01-01, but on 2012-01-01 on line 2: expected one date per network`,
    }),
  );
  const same = write([head, ...rows.slice(0, 2), 'A,2012-01-01,8,pflop,two'].join('\n'));
  expect(pointLevels(readPoints(same)).map(({ level }) => level)).toEqual(['one', 'two']);
});
