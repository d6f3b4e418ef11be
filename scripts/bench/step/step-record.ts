import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../../../src/base/files/files.ts';
import { describeEnvironment } from '../../../src/train/accounting/environment.ts';

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

const sameCase = (a: StepResult, b: StepResult): boolean =>
  a.network === b.network && a.input === b.input && a.batch === b.batch && a.precision === b.precision;

interface Saved {
  readonly results: readonly (StepResult & { readonly environment: object })[];
}

/** Keeps the results in a file, and replaces those that are measured again. Without `file` nothing is written. */
export function openStepRecord(file: string | undefined) {
  const saved = file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Saved).results : [];
  const results: (StepResult & { readonly environment: object })[] = [...saved];
  const save = (): void => {
    if (file === undefined) return;
    const precisions = [...new Set(results.map(({ precision }) => precision))];
    const summary = Object.fromEntries(
      precisions.map((name) => [name, summarize(results.filter(({ precision }) => precision === name))]),
    );
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic(file, `${JSON.stringify({ benchmark: 'step', summary, results }, null, 2)}\n`);
  };
  return {
    results,
    /** Adds a result and writes the file. @throws UserError exit code 73 or 74. */
    add: (result: StepResult): void => {
      const entry = { ...result, environment: describeEnvironment() };
      const known = results.findIndex((other) => sameCase(other, result));
      if (known < 0) results.push(entry);
      else results[known] = entry;
      save();
    },
  };
}
