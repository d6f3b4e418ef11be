import type { Claim, LevelTrend } from '../types.ts';
import type { Published, Table2Row } from './data.ts';

const MONTHS = { year: 12, month: 1, day: 1 / 30.4375 } as const;

/** The months of a period such as `6 years` or `2 months`. @throws RangeError for other text. */
export function monthsOfPeriod(period: string): number {
  const match = /^([\d.]+) (year|month|day)s?$/.exec(period);
  if (match === null)
    throw new RangeError(`the period is "${period}", expected a number and year(s), month(s) or day(s)`);
  return Number(match[1]) * MONTHS[match[2] as keyof typeof MONTHS];
}

/** The lowest and the highest value. */
type Range = readonly [number, number];

/** The rounding error of a number: half a unit of its last digit, 0.5 for 44 and 0.05 for 16.1. */
function roundingError(stated: number): number {
  const decimals = /\.(\d+)$/.exec(String(stated))?.[1]?.length ?? 0;
  return 0.5 * 10 ** -decimals;
}

/**
 * A figure and its recomputed value.
 * @param range the recomputed values for the lowest and the highest inputs that round to the published ones.
 */
function toClaim(
  what: string,
  unit: Claim['unit'],
  stated: number,
  recomputed: number,
  [low, high]: Range = [recomputed, recomputed],
): Claim {
  const error = roundingError(stated) * (1 + 1e-9);
  return { what, stated, recomputed, unit, agrees: low <= stated + error && high >= stated - error };
}

/** A stated doubling time, and the one that the stated factor and period give. */
function doublingClaim(what: string, stated: number, factor: number, period: string): Claim {
  const months = monthsOfPeriod(period);
  const number = Number.parseFloat(period);
  const monthsError = (roundingError(number) / number) * months;
  const factorError = roundingError(factor);
  const range: Range = [
    (months - monthsError) / Math.log2(factor + factorError),
    (months + monthsError) / Math.log2(factor - factorError),
  ];
  return toClaim(`${what}: ${factor}x in ${period}`, 'months', stated, months / Math.log2(factor), range);
}

/** Table 2: the doubling time that a row's factor and period give. That of Dota is stated in days. */
function table2Claim(row: Table2Row): Claim {
  const what = `Table 2, ${row.original} to ${row.improved} (${row.task})`;
  const stated = row.doubling_months ?? Number((row.doubling_days! * MONTHS.day).toFixed(1));
  return doublingClaim(what, stated, row.factor, row.period);
}

/** Table 1: epochs and compute per epoch of every frontier network, relative to AlexNet. */
function table1Claims({ table1 }: Published, { split }: LevelTrend): Claim[] {
  return table1.flatMap((row) => {
    const recomputed = split.find(({ network }) => network === row.model);
    if (recomputed === undefined) return [];
    const parts = [
      ['fewer epochs', row.epochs_factor, recomputed.epochsFactor],
      ['less work per epoch', row.flop_per_epoch_factor, recomputed.flopPerEpochFactor],
      ['efficiency', row.efficiency_factor, recomputed.efficiencyFactor],
    ] as const;
    return parts.map(([part, stated, value]) => toClaim(`Table 1, ${row.model}: ${part}`, 'times', stated, value));
  });
}

/** Table 3: the total of every row from its epochs and its count, which is rounded to 0.01 gigaFLOP. */
function table3Claims({ alexnet_level: rows, additions }: Published): Claim[] {
  return rows.map(({ model, epochs, gigaflop_per_image: count, petaflop_total: stated }) => {
    const total = (gigaflop: number): number => (3 * gigaflop * 1e9 * additions.training_images * epochs) / 1e15;
    const range: Range = [total(count - 0.005), total(count + 0.005)];
    return toClaim(`Table 3, ${model}: epochs x count x 3`, 'petaFLOP', stated, total(count), range);
  });
}

function headlineClaims({ headline }: Published, table: LevelTrend): Claim[] {
  const { endToEnd, leastSquares } = table.doublingMonths;
  const algorithms = headline.algorithmic_factor_2012_2018;
  const compute = headline.ai_and_compute_factor_2012_2018;
  const stated = headline.doubling_months;
  return [
    toClaim('less compute to the AlexNet level', 'times', headline.factor, table.factor!),
    toClaim('doubling time, least squares on the frontier', 'months', stated, leastSquares!),
    toClaim('doubling time, end to end', 'months', stated, endToEnd!),
    toClaim("Moore's law over the same time", 'times', headline.moores_law_factor, table.moore!.factor),
    toClaim(
      'effective compute 2012 to 2018',
      'times',
      headline.effective_compute_factor_2012_2018,
      compute * algorithms,
      [compute * (algorithms - 0.5), compute * (algorithms + 0.5)],
    ),
    ...headline.inference.map((row) =>
      doublingClaim(`inference, ${row.model} at the ${row.level} level`, row.doubling_months, row.factor, row.period),
    ),
  ];
}

/** Every figure of the paper that can be recomputed from the paper's own inputs, with the recomputed value. */
export const recomputeClaims = (published: Published, table: LevelTrend): Claim[] => [
  ...headlineClaims(published, table),
  ...table1Claims(published, table),
  ...published.table2.map(table2Claim),
  ...table3Claims(published),
];
