import { TERAFLOP_SECOND_DAY } from '../base/numbers/paper-compute.ts';
import type { CurvePoint } from '../results/measurement.ts';
import type { Counts } from './types.ts';

/** Training compute up to an evaluation or a crossing, in teraflop/s-days, by one of the two counts. */
export const computeAt = (point: Pick<CurvePoint, 'flops' | 'paperTeraflopSecondDays'>, counts: Counts): number =>
  counts === 'exact' ? point.flops / TERAFLOP_SECOND_DAY : point.paperTeraflopSecondDays;
