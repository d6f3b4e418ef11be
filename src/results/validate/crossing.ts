import type { FixedLevel } from '../../config/level.ts';
import { findCrossing } from '../crossing.ts';
import type { Crossing, Measurement } from '../measurement.ts';
import { complain, type Complaint } from './finding.ts';

/** The fields of a crossing that are not those of the curve's point. */
function fieldComplaints(is: Crossing, expected: Crossing): Complaint[] {
  return (Object.keys(expected) as (keyof Crossing)[])
    .filter((key) => is[key] !== expected[key])
    .map((key) =>
      complain(['crossing', key], `is ${is[key]}, but the curve crosses at ${expected[key]}`),
    );
}

function statusComplaints({ status, crossing }: Measurement): Complaint[] {
  return status === 'reachedLevel' && crossing === null
    ? [complain(['status'], 'is reachedLevel, but there is no crossing')]
    : [];
}

/** The level must really be crossed on the curve, by its own rule, where the measurement says so and nowhere else. */
export function crossingComplaints(run: Measurement): Complaint[] {
  const { level, crossing, curve } = run;
  if (level?.value === undefined)
    return crossing === null
      ? statusComplaints(run)
      : [complain(['crossing'], 'there is one, but no level to cross')];
  const expected = findCrossing(curve, { ...level, value: level.value } satisfies FixedLevel);
  if (crossing === null && expected !== null)
    return [complain(['crossing'], `is null, but the curve crosses the level at ${expected.examples} examples`)]; // prettier-ignore
  if (crossing !== null && expected === null)
    return [complain(['crossing'], `there is one, but no evaluation on the curve reaches ${level.metric} ${level.value}`)]; // prettier-ignore
  return [
    ...statusComplaints(run),
    ...(crossing !== null && expected !== null ? fieldComplaints(crossing, expected) : []),
  ];
}
