import { formatDuration, formatNumber, formatWithSiPrefix, groupDigits } from '../../base/format.ts';
import { formatTable, type Cell } from '../../base/table.ts';
import { stepsByStage } from '../../config/stages.ts';
import type { RunEstimate } from './estimate.ts';
import { makespan, type Task } from './makespan.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';

const sum = (runs: readonly RunEstimate[], of: (run: RunEstimate) => number | null): number | null =>
  runs.reduce<number | null>((total, run) => {
    const value = of(run);
    return total === null || value === null ? null : total + value;
  }, 0);

type PerStep = (step: { readonly stepMacs: number; readonly stepFlops: number }) => number;

const product = (steps: number, perStep: number): bigint => BigInt(steps) * BigInt(Math.round(perStep));

/** The sum over all steps of a step's count, to the unit also beyond 2^53. */
function exactTotal(run: RunEstimate, perStep: PerStep): bigint {
  if (!run.stages) return product(run.steps, perStep(run));
  const byStage = stepsByStage(run.stages, 0, run.steps);
  return run.stages.reduce((total, stage, index) => total + product(byStage[index]!, perStep(stage)), 0n);
}

const exactSum = (runs: readonly RunEstimate[], perStep: PerStep): string =>
  groupDigits(runs.reduce((total, run) => total + exactTotal(run, perStep), 0n));

const money = (amount: number | null): string | null => (amount === null ? null : amount.toFixed(2));

function rowOf(run: RunEstimate): Cell[] {
  return [
    run.id,
    run.published,
    groupDigits(run.examples),
    groupDigits(exactTotal(run, ({ stepMacs }) => stepMacs)),
    groupDigits(exactTotal(run, ({ stepFlops }) => stepFlops)),
    formatNumber(run.paperTeraflopSecondDays),
    formatDuration(run.seconds),
    money(run.cost),
  ];
}

function totalRow(runs: readonly RunEstimate[]): Cell[] {
  const flops = sum(runs, ({ trainingFlops }) => trainingFlops)!;
  const compute = sum(runs, ({ paperTeraflopSecondDays }) => paperTeraflopSecondDays)!;
  return [
    `all ${runs.length} runs`,
    '',
    groupDigits(sum(runs, ({ examples }) => examples)!),
    exactSum(runs, ({ stepMacs }) => stepMacs),
    `${exactSum(runs, ({ stepFlops }) => stepFlops)} (${formatWithSiPrefix(flops)})`,
    formatNumber(compute),
    formatDuration(sum(runs, ({ seconds }) => seconds)),
    money(sum(runs, ({ cost }) => cost)),
  ];
}

/** The hours of the whole sweep with so many runs at a time, anchors first; null where a run's time is unknown. */
export function sweepSeconds(runs: readonly RunEstimate[], workers: number): number | null {
  const tasks = runs.map(({ id, seconds, anchor }) => ({ id, seconds, after: anchor === id ? null : anchor }));
  return tasks.some(({ seconds }) => seconds === null) ? null : makespan(tasks as readonly Task[], workers);
}

function wholeText(runs: readonly RunEstimate[], workers: number | undefined): string[] {
  const seconds = workers === undefined ? null : sweepSeconds(runs, workers);
  if (seconds === null) return [];
  const cost = sum(runs, (run) => run.cost);
  const price = cost === null ? '' : `, cost ${money(cost)}`;
  const at = workers === 1 ? 'one run after the other' : `${workers} runs at a time`;
  return [`The whole sweep, ${at}: at most ${formatDuration(seconds)} (${(seconds / 3600).toFixed(2)} hours)${price}.`];
}

function timeNote(runs: readonly RunEstimate[]): string {
  if (runs.some(({ seconds }) => seconds === null))
    return 'No time without a speed: --measure times a few steps, or --flop-per-second 2e12, or --measured with results of this machine.';
  return runs.every(({ timing }) => timing !== undefined)
    ? 'Time is measured on this machine: start, training steps and evaluations, each the median of a few after a warm-up.'
    : 'Time is training and evaluation one run after the other, without input that keeps a run waiting.';
}

/**
 * The plan as a table with its sum; every number is an upper bound, because runs end at their level.
 * @param workers runs at a time, for the hours of the whole sweep.
 */
export function planText(plan: SweepPlan, runs: readonly RunEstimate[], workers?: number): string {
  const right = (name: string) => ({ name, align: 'right' }) as const;
  const columns = [
    ...[{ name: 'run' }, { name: 'date' }, right('examples'), right('MACs'), right('FLOPs')],
    ...[right('teraflop/s-days'), right('time'), right('cost')],
  ];
  const anchors = plan.runs.filter(({ anchor, id }) => anchor === id).map(({ name }) => name);
  const notes = [
    'At most: to the end of the epochs or the budget; a run that reaches its level earlier ends there.',
    'FLOPs are counted from the recorded training step; teraflop/s-days as the paper counts (3 x forward MACs).',
    ...(anchors.length > 0 ? [`${anchors.join(', ')} first: its own result is the level.`] : []),
    timeNote(runs),
    ...wholeText(runs, workers),
  ];
  return `${plan.question}\n\n${formatTable(columns, [...runs.map(rowOf), totalRow(runs)])}\n${notes.join('\n')}\n`;
}
