import { ExitCode, UserError } from '../../base/errors.ts';
import type { Counts } from '../../trend/types.ts';

export const FORMATS = ['json', 'csv', 'parquet', 'tracker'] as const;
export const TABLES = ['measurements', 'curves', 'points'] as const;

/** The options of `export` that say which table is written. */
export interface TableOptions {
  format: (typeof FORMATS)[number];
  /** By default `measurements`. The format `tracker` has rows of its own. */
  table: (typeof TABLES)[number] | undefined;
  published: boolean;
  level: string[];
  counts: Counts | undefined;
}

/** Why an option has no effect, and what to do; undefined if every option has one. */
function unusedOption({ format, table, published, level, counts }: TableOptions): string | undefined {
  if (format === 'tracker') {
    if (table !== undefined) return `--table ${table} has no effect: --format tracker has its own rows; remove --table`;
    return counts === 'exact'
      ? '--counts exact has no effect: the tracker has paper compute; remove --counts'
      : undefined;
  }
  if (table === 'points') return undefined;
  const option = published
    ? '--published'
    : level.length > 0
      ? `--level ${level.join(', ')}`
      : counts && `--counts ${counts}`;
  return option === undefined
    ? undefined
    : `${option} has no effect: the table ${table ?? 'measurements'} has no levels; add --table points, or remove ${option.split(' ')[0]!}`;
}

/** @throws UserError exit code 64 if an option has no effect on the table. */
export function checkTableOptions(options: TableOptions): void {
  const problem = unusedOption(options);
  if (problem !== undefined) throw new UserError(problem, ExitCode.usage);
}
