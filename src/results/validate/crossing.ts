import type { FixedLevel } from '../../config/level.ts';
import { findCrossing } from '../crossing.ts';
import type { Crossing, Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

/** Each field of the crossing must equal that of the curve's point. */
function fieldProblems(is: Crossing, expected: Crossing): Problem[] {
  return (Object.keys(expected) as (keyof Crossing)[])
    .filter((key) => is[key] !== expected[key])
    .map((key) => problem(['crossing', key], `is ${is[key]}, but the curve crosses at ${expected[key]}`));
}

function statusProblems({ status, crossing }: Measurement): Problem[] {
  return status === 'reachedLevel' && crossing === null
    ? [problem(['status'], 'is reachedLevel, but there is no crossing')]
    : [];
}

/** A run that its sweep stopped early must name the limit, and must have spent it. */
export function earlyStopProblems({ status, earlyStop, crossing, totals }: Measurement): Problem[] {
  const at = ['earlyStop'];
  if ((status === 'stoppedEarly') !== (earlyStop !== undefined))
    return [
      problem(
        earlyStop ? at : ['status'],
        `status ${status} ${earlyStop ? 'with' : 'without'} the limit that ended the run`,
      ),
    ];
  if (earlyStop === undefined) return [];
  const { factor, cheapest, limitFlops } = earlyStop;
  return [
    ...(crossing === null ? [] : [problem(at, 'is given, but the run reached its level')]),
    ...(limitFlops === factor * cheapest.flops
      ? []
      : [
          problem(
            [...at, 'limitFlops'],
            `is ${limitFlops}, but ${factor} x ${cheapest.flops} is ${factor * cheapest.flops}`,
          ),
        ]),
    ...(totals.flops >= limitFlops
      ? []
      : [problem([...at, 'limitFlops'], `is ${limitFlops}, but only ${totals.flops} FLOPs were spent`)]),
  ];
}

/** The crossing must be the first evaluation of the curve that reaches the level by the level's rule. */
export function crossingProblems(run: Measurement): Problem[] {
  const { level, crossing, curve } = run;
  if (level?.value === undefined)
    return crossing === null ? statusProblems(run) : [problem(['crossing'], 'is given, but the run has no level')];
  const expected = findCrossing(curve, { ...level, value: level.value } satisfies FixedLevel);
  if (crossing === null && expected !== null)
    return [problem(['crossing'], `is null, but the curve crosses the level at ${expected.examples} examples`)];
  if (crossing !== null && expected === null)
    return [problem(['crossing'], `is given, but no evaluation on the curve reaches ${level.metric} ${level.value}`)];
  return [...statusProblems(run), ...(crossing !== null && expected !== null ? fieldProblems(crossing, expected) : [])];
}
