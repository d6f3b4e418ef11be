import type { Argv } from 'yargs';
import type { Counts } from '../../trend/types.ts';
import { pathsArgument } from './path-argument.ts';

/** The arguments that say what a trend is fitted to. */
export interface TrendArguments {
  paths: string[];
  published: boolean;
  level: string[];
  metric: 'top1' | 'top5' | undefined;
  counts: Counts | undefined;
  period: string | undefined;
  until: string | undefined;
  points: string[];
}

/** Adds the positional argument `paths`, the files and folders of measurements. */
export const measurementPaths = <Arguments>(cli: Argv<Arguments>, places = 'folders of them') =>
  cli.positional('paths', {
    ...pathsArgument,
    default: [],
    describe: `measurement files, or ${places}; default: the folder results`,
  });

/** Adds `--published`. */
export const publishedOption = <Arguments>(cli: Argv<Arguments>, to = '') =>
  cli.option('published', {
    type: 'boolean',
    default: false,
    describe: `add the published numbers of Hernandez & Brown 2020${to}`,
  });

/** Adds `--level`, which may be repeated. */
export const levelsOption = <Arguments>(cli: Argv<Arguments>, describe: string) =>
  cli.option('level', { type: 'string', array: true, default: [], nargs: 1, describe });

/** Adds the options of a trend: levels, metric, counts, period, training logs and points. */
export const trendOptions = <Arguments>(cli: Argv<Arguments>, namedLevels: string) =>
  levelsOption(publishedOption(cli), `level to compare at: an accuracy (0.6 or 60%), ${namedLevels}; may be repeated`)
    .option('metric', { choices: ['top1', 'top5'] as const, describe: 'accuracy metric of the levels' })
    .option('counts', {
      choices: ['exact', 'paper'] as const,
      describe:
        'exact FLOPs, or 3 x forward MACs as in the paper; default: paper for measurements, both for published numbers',
    })
    .option('period', { type: 'string', describe: 'years for the effective compute, such as 2012..2018' })
    .option('until', {
      type: 'string',
      describe: 'with --published: add training logs of others up to this year or day, such as 2026',
    })
    .option('points', {
      ...pathsArgument,
      default: [],
      nargs: 1,
      describe: 'CSV file of points: name, published, compute, unit, and optionally level and seed; may be repeated',
    });
