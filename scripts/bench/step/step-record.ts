import { openGrowingRecord } from '../record.ts';

/** The results of one process. Times are milliseconds per step. */
export interface StepRun {
  /** `graph`, `eager`, or `torch LAYOUT`. */
  readonly name: string;
  readonly note: string;
  /** Seconds from the start of the process. The machine has the files in its cache. */
  readonly secondsToFirstStep: number;
  readonly peakMegabytes: number;
  readonly best: number;
  readonly median: number;
  readonly rounds: readonly number[];
}

/** The results of one network; the first run is doubletime's graph. */
export interface StepResult {
  readonly network: string;
  readonly input: number;
  readonly batch: number;
  readonly precision: string;
  readonly stepsInARound: number;
  readonly rounds: number;
  readonly measuredAt: string;
  readonly runs: readonly StepRun[];
}

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function summarizeBy(results: readonly StepResult[], key: 'best' | 'median' | 'peakMegabytes') {
  const ratios = results.map(({ network, runs }) => {
    const theirs = runs.find(({ name }) => name.startsWith('torch'))!;
    return { network, ratio: theirs[key] / runs[0]![key] };
  });
  const worst = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  return {
    geometricMean: geometricMean(ratios.map(({ ratio }) => ratio)),
    worst: worst.ratio,
    worstNetwork: worst.network,
  };
}

/** PyTorch's figures divided by doubletime's, over all networks that were measured in both; undefined if there is none. */
export function summarize(all: readonly StepResult[]) {
  const results = all.filter(({ runs }) => runs.some(({ name }) => name.startsWith('torch')));
  if (results.length === 0) return undefined;
  return {
    networks: results.length,
    median: summarizeBy(results, 'median'),
    best: summarizeBy(results, 'best'),
    peakMegabytes: summarizeBy(results, 'peakMegabytes'),
  };
}

/** The summary of each precision. */
const summarizePrecisions = (results: readonly StepResult[]) => ({
  summary: Object.fromEntries(
    [...new Set(results.map(({ precision }) => precision))].map((name) => [
      name,
      summarize(results.filter(({ precision }) => precision === name)),
    ]),
  ),
});

/**
 * Keeps the results in a file, and replaces those that are measured again. Without `file` nothing is written.
 * @throws UserError exit code 65 if the file is something else.
 */
export const openStepRecord = (file: string | undefined) =>
  openGrowingRecord<StepResult>(
    'step',
    file,
    ({ network, input, batch, precision }) => [network, input, batch, precision].join(' '),
    summarizePrecisions,
  );
