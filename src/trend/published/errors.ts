import type { Published, TrackerRow } from './data.ts';

/** The errors of the public tracker: wrong factors, wrong dates, and the other known errors. */
export const trackerErrors = (published: Published): string[] => [
  ...factorErrors(published.tracker.rows),
  ...published.additions.dates.map(
    ({ model, tracker, right, source }) => `tracker, ${model}: published ${tracker} should be ${right} (${source})`,
  ),
  ...published.tracker.known_errors.map((error) => `tracker: ${error}`),
];

/** Rows with a wrong reduction factor: it differs by more than 10 %, which is more than rounding explains. */
function factorErrors(rows: readonly TrackerRow[]): string[] {
  return rows.flatMap((row) => {
    const base = rows.find(({ level, factor }) => level === row.level && factor === 1)!;
    const factor = base.compute / row.compute;
    return Math.abs(factor / row.factor - 1) <= 0.1
      ? []
      : [`tracker, ${row.model}: factor ${row.factor} but ${base.compute} / ${row.compute} is ${factor.toFixed(1)}`];
  });
}
