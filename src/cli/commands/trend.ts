import type { Counts, Trend } from '../../trend/types.ts';
import type { Command } from '../command.ts';

interface Options {
  paths: string[];
  published: boolean;
  level: string[];
  metric: 'top1' | 'top5' | undefined;
  counts: Counts | undefined;
  period: string | undefined;
  until: string | undefined;
  points: string[];
  json: boolean;
  markdown: boolean;
}

export const trendCommand: Command<Options> = {
  command: 'trend [paths..]',
  describe: 'fit how fast the compute to reach a level falls, from measurements or published numbers',
  examples: [
    ['trend runs/quickstart/results', 'frontier and doubling time of your measurements'],
    ['trend --points translation.csv', 'of your own table: name, published, compute, unit'],
  ],
  builder: (cli) =>
    cli
      .positional('paths', {
        type: 'string',
        array: true,
        default: [],
        describe: 'measurement files, or folders of them',
      })
      .option('published', {
        type: 'boolean',
        default: false,
        describe: 'add the published numbers of Hernandez & Brown 2020',
      })
      .option('level', {
        type: 'string',
        array: true,
        default: [],
        nargs: 1,
        describe: 'level to compare at: an accuracy (0.6 or 60%), part of the name of a published level, or all',
      })
      .option('metric', { choices: ['top1', 'top5'] as const, describe: 'accuracy metric of the levels' })
      .option('counts', {
        choices: ['exact', 'paper'] as const,
        describe: 'exact FLOPs, or 3 x forward MACs as in the paper',
      })
      .option('period', { type: 'string', describe: 'years for the effective compute, such as 2012..2018' })
      .option('until', {
        type: 'string',
        describe: 'with --published: add training logs of others up to this year or day, such as 2026',
      })
      .option('points', {
        type: 'string',
        array: true,
        default: [],
        nargs: 1,
        describe: 'CSV file of points: name, published, compute, unit, and optionally level and seed; may be repeated',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('markdown', { type: 'boolean', default: false, describe: 'print Markdown tables' }),
  handler: async ({ paths, published, json, markdown, ...options }) => {
    const { loadForTrend, reportLeftOut } = await import('../loaded.ts');
    const { parseLevels, parsePeriod, parseUntil } = await import('../../trend/options.ts');
    const { readPoints } = await import('../../trend/points/read.ts');
    const { composeTrend } = await import('../../trend/trend.ts');
    const until = parseUntil(options.until);
    const points = options.points.map(readPoints);
    const { stored, unreadable } = loadForTrend(paths, published || points.length > 0);
    reportLeftOut(unreadable);
    const levels = parseLevels(options.level);
    const composed = composeTrend(
      stored.map(({ measurement }) => measurement),
      { ...options, levels, published, until, points, period: parsePeriod(options.period) },
    );
    await print({ ...composed, leftOut: unreadable }, json, markdown, levels === 'all');
  },
};

async function print(trend: Trend, json: boolean, markdown: boolean, asGrid: boolean) {
  if (json) {
    process.stdout.write(`${JSON.stringify(trend, null, 1)}\n`);
    return;
  }
  const { trendText } = await import('../../trend/text.ts');
  process.stdout.write(trendText(trend, markdown ? 'markdown' : 'text', asGrid));
}
