import type { FixedLevel } from '../../config/level.ts';
import { findCrossing } from '../crossing.ts';
import type { Crossing, Measurement } from '../measurement.ts';
import { complain, type Complaint } from './finding.ts';

/** Each field of the crossing must equal that of the curve's point. */
function fieldComplaints(is: Crossing, expected: Crossing): Complaint[] {
  return (Object.keys(expected) as (keyof Crossing)[])
    .filter((key) => is[key] !== expected[key])
    .map((key) => complain(['crossing', key], `is ${is[key]}, but the curve crosses at ${expected[key]}`));
}

function statusComplaints({ status, crossing }: Measurement): Complaint[] {
  return status === 'reachedLevel' && crossing === null
    ? [complain(['status'], 'is reachedLevel, but there is no crossing')]
    : [];
}

/** A run that its sweep stopped early must name the limit, and must have spent it. */
export function earlyStopComplaints({ status, earlyStop, crossing, totals }: Measurement): Complaint[] {
  const at = ['earlyStop'];
  if ((status === 'stoppedEarly') !== (earlyStop !== undefined))
    return [
      complain(
        earlyStop ? at : ['status'],
        `status ${status} ${earlyStop ? 'with' : 'without'} the limit that ended the run`,
      ),
    ];
  if (earlyStop === undefined) return [];
  const { factor, cheapest, limitFlops } = earlyStop;
  return [
    ...(crossing === null ? [] : [complain(at, 'is given, but the run reached its level')]),
    ...(limitFlops === factor * cheapest.flops
      ? []
      : [
          complain(
            [...at, 'limitFlops'],
            `is ${limitFlops}, but ${factor} x ${cheapest.flops} is ${factor * cheapest.flops}`,
          ),
        ]),
    ...(totals.flops >= limitFlops
      ? []
      : [complain([...at, 'limitFlops'], `is ${limitFlops}, but only ${totals.flops} FLOPs were spent`)]),
  ];
}

/** The crossing must be the first evaluation of the curve that reaches the level by the level's rule. */
export function crossingComplaints(run: Measurement): Complaint[] {
  const { level, crossing, curve } = run;
  if (level?.value === undefined)
    return crossing === null ? statusComplaints(run) : [complain(['crossing'], 'is given, but the run has no level')];
  const expected = findCrossing(curve, { ...level, value: level.value } satisfies FixedLevel);
  if (crossing === null && expected !== null)
    return [complain(['crossing'], `is null, but the curve crosses the level at ${expected.examples} examples`)];
  if (crossing !== null && expected === null)
    return [complain(['crossing'], `is given, but no evaluation on the curve reaches ${level.metric} ${level.value}`)];
  return [
    ...statusComplaints(run),
    ...(crossing !== null && expected !== null ? fieldComplaints(crossing, expected) : []),
  ];
}
