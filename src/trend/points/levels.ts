import { basename } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { groupBy } from '../../base/group-by.ts';
import { shortName } from '../../base/text/name-list.ts';
import { fitTrend } from '../fit.ts';
import type { LevelTrend, Sample } from '../types.ts';
import type { PointRow, PointsFile } from './read.ts';

const refuse = (file: string, { line }: PointRow, problem: string) => dataError(`${file}:${line}: ${problem}`);

/** @throws UserError exit code 65 if a network has several dates, at one level or at several. */
function checkDates(file: string, rows: readonly PointRow[]): void {
  const firstOf = new Map<string, PointRow>();
  for (const row of rows) {
    const first = firstOf.get(row.name) ?? row;
    firstOf.set(row.name, first);
    if (row.published !== first.published)
      throw refuse(
        file,
        row,
        `"${shortName(row.name)}" is published on ${row.published}, but on ${first.published} on line ${first.line}: expected one date per network`,
      );
  }
}

/** @throws UserError exit code 65 if several rows of one network are not its seeds. */
function checkSeeds(file: string, rows: readonly PointRow[]): void {
  const [first, ...others] = rows;
  for (const [index, row] of others.entries()) {
    const name = `"${shortName(row.name)}"`;
    const same = rows.slice(0, index + 1).find(({ seed }) => seed === row.seed);
    if (same !== undefined)
      throw refuse(
        file,
        row,
        row.seed === null
          ? `${name} is already on line ${same.line}: give every network its own name, or add the column seed if the rows are its seeds`
          : `${name} with seed ${row.seed} is already on line ${same.line}: remove one of the two rows`,
      );
    if (row.seed === null || first!.seed === null)
      throw refuse(file, row, `${name} has no seed on line ${first!.line} or ${row.line}: add one`);
  }
}

function toSamples(file: string, rows: readonly PointRow[]): Sample[] {
  return [...groupBy(rows, ({ name }) => name).values()].map((seeds) => {
    checkSeeds(file, seeds);
    const { name, published } = seeds[0]!;
    return { network: name, published, values: seeds.map(({ teraflopSecondDays }) => teraflopSecondDays) };
  });
}

/** The time for a fit and its intervals grows with the square of the number of networks. */
const MAX_NETWORKS = 500;

function fitLevel(file: string, rows: readonly PointRow[]): LevelTrend {
  const samples = toSamples(file, rows);
  if (samples.length > MAX_NETWORKS)
    throw dataError(
      `${file}: the level "${shortName(rows[0]!.level)}" has ${samples.length} networks, expected at most ${MAX_NETWORKS}: remove some, or give them another level`,
    );
  const { points, ...fit } = fitTrend(samples);
  const reached = new Set(points.map(({ network }) => network));
  const { level } = rows[0]!;
  return {
    level,
    name: `${level} (${basename(file)})`,
    metric: null,
    source: 'points',
    data: null,
    counts: 'given',
    ...fit,
    points: points.map(({ value, ...point }) => ({
      ...point,
      teraflopSecondDays: value,
      epochs: null,
      teraflopSecondDaysPerEpoch: null,
      measurements: [],
    })),
    notReached: samples.map(({ network }) => network).filter((network) => !reached.has(network)),
    split: [],
    measures: {},
  };
}

/**
 * The trend at each level of a file of points, with the same fit as for measurements: the median over seeds is used, and a
 * seed that missed the level needs an infinite amount.
 * @throws UserError exit code 65 for a network that occurs twice or with two dates, or for too many networks.
 */
export function pointLevels({ file, rows }: PointsFile): LevelTrend[] {
  const levels = [...groupBy(rows, ({ level }) => level).values()].map((atLevel) => fitLevel(file, atLevel));
  checkDates(file, rows);
  return levels;
}
