import { basename } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { shortName } from '../../base/name-list.ts';
import { fitTrend } from '../fit.ts';
import type { LevelTrend, Sample } from '../types.ts';
import type { PointRow, PointsFile } from './read.ts';

const refuse = (file: string, { line }: PointRow, what: string) => dataError(`${file}:${line}: ${what}`);

/** Rows by a text of theirs, in the order of first appearance. */
function grouped(rows: readonly PointRow[], key: 'level' | 'name'): PointRow[][] {
  const groups = new Map<string, PointRow[]>();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return [...groups.values()];
}

/** Several rows of one name must be its seeds, published on one day. */
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
          ? `${name} is on line ${same.line} already: give every network its own name, or add the column seed if the rows are its seeds`
          : `${name} with seed ${row.seed} is on line ${same.line} already: remove one of the two rows`,
      );
    if (row.seed === null || first!.seed === null)
      throw refuse(
        file,
        row,
        `${name} has no seed on one of its lines ${first!.line} and ${row.line}: give all of them one`,
      );
    if (row.published !== first!.published)
      throw refuse(
        file,
        row,
        `${name} is published on ${row.published}, but on ${first!.published} on line ${first!.line}: expected one date per network`,
      );
  }
}

function samplesOf(file: string, rows: readonly PointRow[]): Sample[] {
  return grouped(rows, 'name').map((same) => {
    checkSeeds(file, same);
    const { name, published } = same[0]!;
    return { network: name, published, values: same.map(({ teraflopSecondDays }) => teraflopSecondDays) };
  });
}

/** The time for a fit and its intervals grows with the square of the networks. */
const MAX_NETWORKS = 500;

function levelOf(file: string, rows: readonly PointRow[]): LevelTrend {
  const samples = samplesOf(file, rows);
  if (samples.length > MAX_NETWORKS)
    throw dataError(
      `${file}: the level "${shortName(rows[0]!.level)}" has ${samples.length} networks, expected at most ${MAX_NETWORKS}`,
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
 * The trend at each level of a file of points, by the same fit as measurements: the median over seeds, and a seed that
 * missed the level counts as infinite.
 * @throws UserError exit code 65 for a network that occurs twice, or with two dates.
 */
export const pointLevels = ({ file, rows }: PointsFile): LevelTrend[] =>
  grouped(rows, 'level').map((level) => levelOf(file, level));
