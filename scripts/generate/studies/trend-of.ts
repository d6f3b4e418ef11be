import { UserError } from '../../../src/base/errors.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { composeTrend } from '../../../src/trend/trend.ts';
import type { LevelTrend, PooledTrend } from '../../../src/trend/types.ts';
import type { Study } from './read.ts';

/** The trend of a study: at its own level, at a grid of levels, and over all of them. */
export interface StudyTrend {
  readonly own: LevelTrend;
  readonly grid: readonly LevelTrend[];
  readonly pooled: PooledTrend | undefined;
}

const hasLevel = ({ level }: Measurement): boolean => level?.value !== undefined;

/** The trends that are computed already: a bootstrap takes a second, and several parts of the text need the same trend. */
const cache = new WeakMap<Study, StudyTrend | undefined>();

/** The trend of a study; undefined while none of its runs has a level. */
export function studyTrend(study: Study): StudyTrend | undefined {
  if (!cache.has(study)) cache.set(study, computeTrend(study));
  return cache.get(study);
}

function computeTrend({ measurements }: Study): StudyTrend | undefined {
  if (!measurements.some(hasLevel)) return undefined;
  const { levels } = composeTrend(measurements, { levels: 'own', counts: 'paper' });
  const [own] = [...levels].sort((a, b) => b.points.length - a.points.length);
  return own && { own, ...computeGrid(measurements) };
}

function computeGrid(measurements: readonly Measurement[]): Pick<StudyTrend, 'grid' | 'pooled'> {
  try {
    const { levels, pooled = [] } = composeTrend(measurements, { levels: 'all', counts: 'paper' });
    return { grid: levels, pooled: pooled[0] };
  } catch (error) {
    // Networks of two dates reach no common level.
    if (error instanceof UserError) return { grid: [], pooled: undefined };
    throw error;
  }
}

/** The trend of the networks up to a date, at the same level. */
export function trendUntil({ measurements }: Study, date: string): LevelTrend | undefined {
  const early = measurements.filter(({ published }) => published <= date);
  return early.some(hasLevel) ? composeTrend(early, { levels: 'own', counts: 'paper' }).levels[0] : undefined;
}
