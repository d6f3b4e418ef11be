import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countLogged, loggedSizes } from '../../../scripts/generate/logged-counts.ts';
import { composeTrend } from '../../../src/trend/trend.ts';
import { readExactCounts, readPublished } from '../../../src/trend/published/data.ts';
import { epochsToLevel, levelsWithLogs } from '../../../src/trend/published/logs.ts';

const published = readPublished();
const exact = readExactCounts();
const { rows, images_per_epoch: images } = published.logs;
const [ALEXNET_LEVEL, resNet] = levelsWithLogs('2026-12-31', published, exact);

describe('the training logs in results/published.json', () => {
  it.each(rows)('$name has one accuracy and one image size per epoch', ({ sizes, top5 }) => {
    expect(sizes.reduce((sum, { epochs }) => sum + epochs, 0)).toBe(top5.length);
  });

  it('have counts for every network and size; otherwise run `npx tsx scripts/generate/write-exact-counts.ts`', () => {
    const recounted = loggedSizes(rows).map((size) => ({ ...size, forwardMacs: countLogged(size) }));
    expect(exact.logged).toEqual(recounted);
  });

  it('count the blur before a convolution with a stride: 9 MACs per pixel and channel', () => {
    const [blurred, plain] = [true, false].map((blurPool) => countLogged({ model: 'resnet50', input: 160, blurPool }));
    // The convolutions with a stride see 40, 20 and 10 pixels: the 3 x 3 and the shortcut of the stages 2 to 4.
    expect(blurred! - plain!).toBe(9 * (40 ** 2 * (128 + 256) + 20 ** 2 * (256 + 512) + 10 ** 2 * (512 + 1024)));
  });
});

it('the epochs to a level end at the first epoch at the level, with the accuracy rounded to 0.1 points', () => {
  const row = { ...rows[0]!, top5: [10, 79.04, 79.05, 70, 90] };
  expect(epochsToLevel(row, 79.1)).toBe(3);
  expect(epochsToLevel(row, 95)).toBe(0);
});

it('the compute of a log is 3 x MACs x images, each epoch at its own size', () => {
  const alibaba = ALEXNET_LEVEL!.points.find(({ network }) => network.includes('Alibaba'))!;
  const macs = (input: number) => exact.logged.find((one) => one.input === input && !one.blurPool)!.forwardMacs;
  expect(alibaba.epochs).toBe(17);
  expect(alibaba.teraflopSecondDays).toBeCloseTo((3 * images * (12 * macs(96) + 5 * macs(128))) / 8.64e16, 12);
});

it('no log moves the frontier at the AlexNet level; four do at the ResNet-50 level', () => {
  const frontier = (level: typeof ALEXNET_LEVEL) => level!.points.filter(({ onFrontier }) => onFrontier);
  expect(frontier(ALEXNET_LEVEL).map(({ network }) => network)).toEqual(published.table1.map(({ model }) => model));
  expect(frontier(resNet).map(({ published: day }) => day)).toEqual([
    '2015-12-10',
    '2018-04-20',
    '2018-09-06',
    '2018-09-07',
    '2019-05-28',
    '2020-03-10',
  ]);
});

it('--until leaves out what was published after its day', () => {
  const [level] = levelsWithLogs('2018-09-06', published, exact);
  expect(level!.points.every(({ published: day }) => day <= '2018-09-06')).toBe(true);
  expect(level!.points.map(({ network }) => network)).toContain('ResNet-50, fast.ai 16');
  expect(level!.name).toContain('until 2018-09-06');
});

it('--until does not change the other levels of the published trend', () => {
  const before = composeTrend([], { levels: 'own', published: true });
  const after = composeTrend([], { levels: 'own', published: true, until: '2026-12-31' });
  expect({ ...after, levels: after.levels.filter(({ name }) => !name.includes('training logs')) }).toEqual(before);
});

it('--until is refused without the published numbers, and with counts that logs do not have', () => {
  expect(() => composeTrend([], { levels: 'own', until: '2026-12-31' })).toThrow(/add --published/);
  const options = { levels: 'own', published: true, until: '2026-12-31', counts: 'paper' } as const;
  expect(() => composeTrend([], options)).toThrow(/only have exact counts/);
});

describe('docs/trend.md', () => {
  const page = readFileSync(new URL('../../../docs/trend.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ');

  it.each(rows)('has the figures of $name', (row) => {
    const cells = [ALEXNET_LEVEL, resNet].flatMap((level) => {
      const point = level!.points.find(({ network }) => network === row.name);
      return point === undefined ? ['–', '–'] : [String(point.epochs), point.teraflopSecondDays.toFixed(3)];
    });
    expect(page).toContain(`| ${row.name} | ${row.date} | ${cells.join(' | ')} |`);
  });

  it('states what the logs change at the ResNet-50 level', () => {
    const { endToEnd, leastSquares, bootstrap95 } = resNet!.doublingMonths;
    const digits = (value: number | null | undefined) => value!.toFixed(1);
    expect(page.replaceAll(/\s+/g, ' ')).toContain(
      `${digits(resNet!.factor)}x less in ${resNet!.moore!.months.toFixed(0)} months, a doubling time of ${digits(endToEnd)} months end to end ` +
        `(${digits(leastSquares)} by least squares, 95 % ${digits(bootstrap95![0])} to ${digits(bootstrap95![1])})`,
    );
  });

  it('gives the reason for every source that was left out', () => {
    for (const { what, why } of published.logs.left_out)
      expect(page.replaceAll(/\s+/g, ' ')).toContain(`${what}: ${why}`);
  });
});
