import { formatInterval, formatMonths, formatNumber } from '../../base/text/format.ts';
import { printable } from '../../base/text/printable.ts';
import { loadMeasurements } from '../../results/store.ts';
import type { RunState } from '../../sweep/run-queue.ts';
import { resultsTable } from '../../sweep/terminal/table.ts';
import { readPublished } from '../../trend/published/data.ts';
import { trendOfMeasurements } from '../../trend/trend.ts';
import type { LevelTrend } from '../../trend/types.ts';

function formatFit({ name, doublingMonths, factor, notes }: LevelTrend): string {
  const { endToEnd, leastSquares, bootstrap95 } = doublingMonths;
  if (leastSquares === null && endToEnd === null)
    return `${name}: no doubling time: ${notes.join('; ') || 'too few networks reached the level'}`;
  const interval = bootstrap95 ? `, 95 % interval ${formatInterval(bootstrap95)}` : '';
  const times = factor === null ? '' : `${formatNumber(factor)}x less compute; `;
  return `${name}: ${times}doubling time ${formatMonths(leastSquares)} months by least squares (${formatMonths(endToEnd)} end to end${interval})`;
}

/** The doubling times fitted to the results of a sweep, and the published one for comparison. */
function trendText(files: readonly string[]): string {
  const measurements = loadMeasurements(files).stored.map(({ measurement }) => measurement);
  const reached = measurements.filter(({ crossing }) => crossing !== null);
  if (reached.length === 0) return 'No run reached a level, so no trend can be fitted.';
  const { factor, doubling_months: published } = readPublished().headline;
  const fits = trendOfMeasurements(measurements, { counts: 'paper', levels: 'own' }).map((level) =>
    printable(formatFit(level)),
  );
  const publishedFit = `published: ${factor}x, ${published} months (Hernandez & Brown 2020, ImageNet, AlexNet's top-5)`;
  return [...fits, publishedFit].join('\n');
}

/**
 * The final output of a sweep: the table of results, the trend, and the folder of the measurements.
 * @param width columns of the terminal; undefined if the output is not a terminal.
 */
export function summaryText(states: readonly RunState[], store: string, width?: number): string {
  const files = states.flatMap(({ result }) => result?.file ?? []);
  const parts = [resultsTable(states, width).trimEnd()];
  if (files.length > 0) parts.push(trendText(files), `measurements: ${store}`);
  return `\n${parts.join('\n\n')}\n`;
}
