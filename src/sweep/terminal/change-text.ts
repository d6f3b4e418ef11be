import { formatFlops, formatPercent, formatDuration } from '../../base/text/format.ts';
import { accuracyText } from '../../results/progress-text.ts';
import type { RunState } from '../run-queue.ts';
import { reasonText } from './reason.ts';

/** The name of a run for users: `alexnet-s0`. */
export const runLabel = ({ run }: RunState): string => `${run.name}-s${run.seed}`;

/** One line about a run that has just changed its state; undefined if nothing should be printed. */
export function changeText(state: RunState): string | undefined {
  const { phase, message, result, slot, run } = state;
  const name = runLabel(state);
  if (phase === 'running' && state.reservedFor !== undefined)
    return `${name}: still running on ${state.reservedFor}, started by an earlier sweep`;
  if (phase === 'running') return `${name}: starts on ${slot ?? 'this machine'} (${run.id})`;
  if (phase === 'done' && result) return `${name}: ${resultText(state)}`;
  if (phase === 'pending' && message) {
    const wait = (state.notBefore - Date.now()) / 1000;
    const when = wait > 1 ? `retry in ${formatDuration(wait)}` : 'retrying';
    return `${name}: ${message}; ${when}`;
  }
  if (phase === 'elsewhere') return `${name}: waiting for ${message ?? 'another sweep'}, which executes it`;
  if (phase === 'stopped') return `${name}: stopped ${message ?? 'after a checkpoint'}`;
  if (phase === 'failed') return `${name}: failed: ${message ?? ''}`;
  return phase === 'blocked' ? `${name}: not started, ${message ?? ''}` : undefined;
}

function resultText({ run, result }: RunState): string {
  const { crossing, totals, lastAccuracy, level } = result!;
  const accuracy = crossing?.accuracy ?? lastAccuracy;
  const reached = accuracy === null ? '' : `, ${accuracyText(run.level?.metric ?? 'top1', accuracy)}`;
  const levelText = level?.value === undefined ? '' : ` (level ${formatPercent(level.value)})`;
  const flops = formatFlops((crossing ?? totals).flops);
  if (run.anchor === run.id && result!.status !== 'diverged') return `sets the level${reached}, ${flops}`;
  return `${reasonText(result!, run.level !== null)}${reached}${levelText}, ${flops}`;
}
