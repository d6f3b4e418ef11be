import { ExitCode, UserError } from '../base/errors.ts';
import type { LevelTrend } from './types.ts';

/** A level of `--level`: a fraction of 1, or a part of the name of a level. */
type Requested = number | string;

const isNumber = (level: Requested): level is number => typeof level === 'number';

/** The number at the start of a level's name: 0.6 for `0.6`, `60%`, `60 % mAP` and `0.6 nats`; undefined without one. */
function leadingNumber(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)(?![\w.])/.exec(text);
  return match === null ? undefined : Number(match[1]) / (match[2] === '%' ? 100 : 1);
}

const isNamed = ({ name }: LevelTrend, requested: string): boolean =>
  name.toLowerCase().includes(requested.toLowerCase());

/**
 * Whether a level is the requested one: of measurements by its accuracy, a published one by its accuracy or a part of its name, one of
 * a file of points by the number at the start of its name or a part of its name.
 */
function isRequested(trend: LevelTrend, requested: Requested): boolean {
  if (trend.source === 'measured') return trend.level === requested;
  if (!isNumber(requested)) return isNamed(trend, requested);
  return trend.source === 'published'
    ? trend.name.includes(`(${Number((requested * 100).toFixed(3))} top-`)
    : leadingNumber(String(trend.level)) === requested;
}

/** Those of the levels that are requested. */
export const requestedLevels = (
  levels: readonly LevelTrend[],
  requested: 'own' | 'all' | readonly Requested[],
): LevelTrend[] =>
  levels.filter((trend) => typeof requested === 'string' || requested.some((level) => isRequested(trend, level)));

/**
 * @param kinds what was searched, such as `published level`; empty if only measurements were.
 * @throws UserError exit code 64 if a requested level is none of the levels.
 */
export function refuseUnmatched(
  levels: readonly LevelTrend[],
  requested: 'own' | 'all' | readonly Requested[],
  kinds: readonly string[],
): void {
  if (typeof requested === 'string') return;
  const unmatched = requested.filter((level) => !levels.some((trend) => isRequested(trend, level)));
  if (unmatched.length === 0) return;
  const names = unmatched.join(', ');
  throw new UserError(
    kinds.length === 0
      ? `--level ${names} is not an accuracy: choose a level on the curves, such as --level 0.6`
      : `${kinds.map((kind) => `no ${kind}`).join(' and ')} matches --level ${names}: leave the option out to see all of them (they have no curves, so other levels are unknown)`,
    ExitCode.usage,
  );
}
