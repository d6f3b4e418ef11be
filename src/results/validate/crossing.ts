import type { FixedLevel } from '../../config/level.ts';
import { findCrossing } from '../crossing.ts';
import type { Crossing, Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** Each field of the crossing must equal that of the evaluation on the curve. */
function fieldProblems(actual: Crossing, expected: Crossing): Problem[] {
  return (Object.keys(expected) as (keyof Crossing)[])
    .filter((key) => actual[key] !== expected[key])
    .map((key) => problem(['crossing', key], `is ${actual[key]}, but the curve crosses the level at ${expected[key]}`));
}

function statusProblems({ status, crossing }: Measurement): Problem[] {
  return status === 'reachedLevel' && crossing === null
    ? [problem(['status'], 'is reachedLevel, but the crossing is missing')]
    : [];
}

/** A run that its sweep stopped early must have the limit that stopped it, and must have reached that limit. */
export function earlyStopProblems({ status, earlyStop, crossing, totals }: Measurement): Problem[] {
  const path = ['earlyStop'];
  if ((status === 'stoppedEarly') !== (earlyStop !== undefined))
    return [
      problem(
        earlyStop ? path : ['status'],
        earlyStop ? `is given, but the status is ${status}` : `is ${status}, but earlyStop, the limit, is missing`,
      ),
    ];
  if (earlyStop === undefined) return [];
  const { factor, cheapest, limitFlops } = earlyStop;
  return [
    ...(crossing === null ? [] : [problem(path, 'is given, but the run reached its level')]),
    ...(limitFlops === factor * cheapest.flops
      ? []
      : [
          problem(
            [...path, 'limitFlops'],
            `is ${limitFlops}, but ${factor} x ${cheapest.flops} is ${factor * cheapest.flops}`,
          ),
        ]),
    ...(totals.flops >= limitFlops
      ? []
      : [problem([...path, 'limitFlops'], `is ${limitFlops}, but only ${totals.flops} FLOPs were spent`)]),
  ];
}

/** The crossing must be the first evaluation of the curve that reaches the level by the level's rule. */
export function crossingProblems(run: Measurement): Problem[] {
  const { level, crossing, curve } = run;
  if (level?.value === undefined)
    return crossing === null ? statusProblems(run) : [problem(['crossing'], 'is given, but the run has no level')];
  const expected = findCrossing(curve, { ...level, value: level.value } satisfies FixedLevel);
  if (crossing === null && expected !== null)
    return [problem(['crossing'], `is null, but the curve crosses the level at ${expected.examples} images`)];
  if (crossing !== null && expected === null)
    return [problem(['crossing'], `is given, but no evaluation on the curve reaches ${level.metric} ${level.value}`)];
  return [...statusProblems(run), ...(crossing !== null && expected !== null ? fieldProblems(crossing, expected) : [])];
}
