import { formatCount, formatDuration, formatNumber, formatWithSiPrefix, groupDigits } from '../../base/text/format.ts';
import { asSentence } from '../../base/text/sentence.ts';
import { formatTable, type Cell } from '../../base/text/table.ts';
import { stepsByStage } from '../../config/stages.ts';
import type { RunEstimate } from './estimate.ts';
import { makespan, type Task } from './makespan.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';

/** The sum of a value over all runs; null if a value is null. */
const sum = (runs: readonly RunEstimate[], getValue: (run: RunEstimate) => number | null): number | null =>
  runs.reduce<number | null>((total, run) => {
    const value = getValue(run);
    return total === null || value === null ? null : total + value;
  }, 0);

/** Selects a count of one step. */
type PerStep = (step: { readonly stepMacs: number; readonly stepFlops: number }) => number;

const product = (steps: number, perStep: number): bigint => BigInt(steps) * BigInt(Math.round(perStep));

/** The sum of a count over all steps of a run; exact also beyond 2^53. */
function exactTotal(run: RunEstimate, perStep: PerStep): bigint {
  if (!run.stages) return product(run.steps, perStep(run));
  const byStage = stepsByStage(run.stages, 0, run.steps);
  return run.stages.reduce((total, stage, index) => total + product(byStage[index]!, perStep(stage)), 0n);
}

const exactSum = (runs: readonly RunEstimate[], perStep: PerStep): string =>
  groupDigits(runs.reduce((total, run) => total + exactTotal(run, perStep), 0n));

const formatCost = (amount: number | null): string | null => (amount === null ? null : amount.toFixed(2));

function runRow(run: RunEstimate): Cell[] {
  return [
    run.id,
    run.published,
    groupDigits(run.examples),
    groupDigits(exactTotal(run, ({ stepMacs }) => stepMacs)),
    groupDigits(exactTotal(run, ({ stepFlops }) => stepFlops)),
    formatNumber(run.paperTeraflopSecondDays),
    formatDuration(run.seconds),
    formatCost(run.cost),
  ];
}

function totalRow(runs: readonly RunEstimate[]): Cell[] {
  const flops = sum(runs, ({ trainingFlops }) => trainingFlops)!;
  const compute = sum(runs, ({ paperTeraflopSecondDays }) => paperTeraflopSecondDays)!;
  return [
    runs.length === 1 ? '1 run' : `all ${runs.length} runs`,
    '',
    groupDigits(sum(runs, ({ examples }) => examples)!),
    exactSum(runs, ({ stepMacs }) => stepMacs),
    `${exactSum(runs, ({ stepFlops }) => stepFlops)} (${formatWithSiPrefix(flops)})`,
    formatNumber(compute),
    formatDuration(sum(runs, ({ seconds }) => seconds)),
    formatCost(sum(runs, ({ cost }) => cost)),
  ];
}

/** The seconds of the whole sweep with `workers` runs at the same time, anchors first; null if the time of a run is unknown. */
export function sweepSeconds(runs: readonly RunEstimate[], workers: number): number | null {
  const tasks = runs.map(({ id, seconds, anchor }) => ({ id, seconds, after: anchor === id ? null : anchor }));
  return tasks.some(({ seconds }) => seconds === null) ? null : makespan(tasks as readonly Task[], workers);
}

function sweepTimeText(runs: readonly RunEstimate[], workers: number | undefined): string[] {
  const seconds = workers === undefined ? null : sweepSeconds(runs, workers);
  if (seconds === null) return [];
  const cost = sum(runs, (run) => run.cost);
  const price = cost === null ? '' : `, cost ${formatCost(cost)}`;
  const at = workers === 1 ? 'one run after the other' : `${workers} runs at a time`;
  return [`The whole sweep, ${at}: at most ${formatDuration(seconds)} (${(seconds / 3600).toFixed(2)} hours)${price}.`];
}

const ADD_SPEED =
  'add --measure (times a few steps here), --flop-per-second 2e12, or --measured with results of this machine and this precision';

/** Which runs have no time and no cost, and how to get them; undefined if all have a time. */
export function missingTime(runs: readonly RunEstimate[]): string | undefined {
  const unknown = runs.filter(({ seconds }) => seconds === null).length;
  return unknown === 0
    ? undefined
    : `the time and so the cost of ${unknown} of ${formatCount(runs.length, 'run')} are unknown: ${ADD_SPEED}`;
}

/** Runs with a speed that is not that of their own steps, so that their time is a guess. */
function speedNotes(runs: readonly RunEstimate[]): string[] {
  const networksWith = (of: RunEstimate['speedOf']) =>
    [...new Set(runs.filter(({ speedOf }) => speedOf === of).map(({ network }) => network))].join(', ');
  const sameNetwork = networksWith('sameNetwork');
  const otherNetworks = networksWith('otherNetworks');
  return [
    ...(sameNetwork === '' ? [] : [`The speed is that of the same network in another size or batch: ${sameNetwork}.`]),
    ...(otherNetworks === '' ? [] : [`The speed is the median of other networks: ${otherNetworks}.`]),
  ];
}

function timeNote(runs: readonly RunEstimate[]): string {
  const missing = missingTime(runs);
  if (missing !== undefined) return asSentence(missing);
  return runs.every(({ timing }) => timing !== undefined)
    ? 'Times are measured on this machine: the start, and the medians of a few training steps and evaluations after a warm-up.'
    : 'Times include training and evaluation, without waiting for images.';
}

/**
 * The plan as a table with a row of sums. Every number is an upper bound, because a run may end at its level.
 * @param workers number of runs at the same time, for the time of the whole sweep.
 */
export function planText(plan: SweepPlan, runs: readonly RunEstimate[], workers?: number): string {
  const right = (name: string) => ({ name, align: 'right' }) as const;
  const columns = [
    ...[{ name: 'run' }, { name: 'date' }, right('images'), right('MACs'), right('FLOPs')],
    ...[right('teraflop/s-days'), right('time'), right('cost')],
  ];
  const anchors = plan.runs.filter(({ anchor, id }) => anchor === id).map(({ name }) => name);
  const notes = [
    'All numbers are upper bounds, to the end of the epochs or the budget. A run that reaches its level ends earlier.',
    'FLOPs are counted from the recorded training step; teraflop/s-days as in the paper (3 x forward MACs).',
    ...(anchors.length > 0 ? [`Trained first, because its result is the level: ${anchors.join(', ')}.`] : []),
    timeNote(runs),
    ...speedNotes(runs),
    ...sweepTimeText(runs, workers),
  ];
  return `${plan.question}\n\n${formatTable(columns, [...runs.map(runRow), totalRow(runs)])}\n${notes.join('\n')}\n`;
}
