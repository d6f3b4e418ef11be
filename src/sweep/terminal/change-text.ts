import { formatFlops, formatPercent, formatDuration } from '../../base/format.ts';
import { accuracyText } from '../../results/progress-text.ts';
import type { RunState } from '../run-queue.ts';
import { reasonText } from './reason.ts';

/** `alexnet-s0`: what people call a run. */
export const label = ({ run }: RunState): string => `${run.name}-s${run.seed}`;

/** One line for a run that has just changed its state; undefined if there is nothing to tell. */
export function changeText(state: RunState): string | undefined {
  const { phase, message, result, slot, run } = state;
  const name = label(state);
  if (phase === 'running' && state.reservedFor !== undefined)
    return `${name}: still at work on ${state.reservedFor}, left by an earlier sweep`;
  if (phase === 'running') return `${name}: starts on ${slot ?? 'this machine'} (${run.id})`;
  if (phase === 'done' && result) return `${name}: ${resultText(state)}`;
  if (phase === 'pending' && message) {
    const wait = (state.notBefore - Date.now()) / 1000;
    const when = wait > 1 ? `tried again in ${formatDuration(wait)}` : 'tried again';
    return `${name}: ${message}; ${when}`;
  }
  if (phase === 'elsewhere') return `${name}: held by ${message ?? 'another sweep'}; waiting`;
  if (phase === 'stopped') return `${name}: stopped ${message ?? 'after a checkpoint'}`;
  if (phase === 'failed') return `${name}: failed: ${message ?? ''}`;
  return phase === 'blocked' ? `${name}: not started, ${message ?? ''}` : undefined;
}

function resultText({ run, result }: RunState): string {
  const { crossing, totals, lastAccuracy, level } = result!;
  const accuracy = crossing?.accuracy ?? lastAccuracy;
  const reached = accuracy === null ? '' : `, ${accuracyText(run.level?.metric ?? 'top1', accuracy)}`;
  const wanted = level?.value === undefined ? '' : ` (level ${formatPercent(level.value)})`;
  const flops = formatFlops((crossing ?? totals).flops);
  if (run.anchor === run.id) return `sets the level${reached}, ${flops}`;
  return `${reasonText(result!, run.level !== null)}${reached}${wanted}, ${flops}`;
}
