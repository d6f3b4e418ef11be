import type { Trend } from '../../trend/types.ts';
import type { Command } from '../command.ts';
import { measurementPaths, type TrendArguments, trendOptions } from '../options/trend-options.ts';

interface Options extends TrendArguments {
  json: boolean | undefined;
  markdown: boolean | undefined;
}

export const trendCommand: Command<Options> = {
  command: 'trend [paths..]',
  describe: 'fit how fast the compute to reach a level falls, from measurements or published numbers',
  examples: [
    ['trend runs/quickstart/results', 'frontier and doubling time of your measurements'],
    ['trend --points translation.csv', 'the same for your own table: name, published, compute, unit'],
  ],
  builder: (cli) =>
    trendOptions(measurementPaths(cli), 'part of the name of a published level, or all')
      .option('json', { type: 'boolean', describe: 'print JSON' })
      .option('markdown', { type: 'boolean', conflicts: 'json', describe: 'print Markdown tables' }),
  handler: async ({ paths, published, json, markdown, ...options }) => {
    const { loadForTrend, reportLeftOut } = await import('../loaded.ts');
    const { checkCounts, checkMetric, parseLevels, parsePeriod, parseUntil } = await import('../../trend/options.ts');
    const { readPoints } = await import('../../trend/points/read.ts');
    const { composeTrend } = await import('../../trend/trend.ts');
    const levels = parseLevels(options.level, options.points.length > 0);
    const until = parseUntil(options.until);
    const points = options.points.map(readPoints);
    const { stored, unreadable } = loadForTrend(paths, published || points.length > 0);
    checkMetric(options.metric, levels, stored.length + unreadable.length);
    checkCounts(options.counts, published || stored.length + unreadable.length > 0);
    reportLeftOut(unreadable);
    const composed = composeTrend(
      stored.map(({ measurement }) => measurement),
      { ...options, levels, published, until, points, period: parsePeriod(options.period) },
    );
    await print({ ...composed, leftOut: unreadable }, json === true, markdown === true, levels === 'all');
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
