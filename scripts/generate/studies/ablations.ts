import { formatNumber } from '../../../src/base/format.ts';
import type { Cell } from '../../../src/base/table.ts';
import { median } from '../../../src/trend/statistics.ts';
import { table } from './markdown.ts';
import { readPublishedChanges, runName, type Study } from './read.ts';

type Change = 'batchNorm' | 'residual' | 'smoothedSchedule' | 'scaledDown' | 'scaledDownTwice';

interface Ablation {
  readonly change: Change;
  readonly text: string;
  /** The end of a run's name. */
  readonly suffix: RegExp;
  /** Whether the run with the suffix lacks the change, or has it. */
  readonly lacks: boolean;
}

/** How runs of an ablation are named: the name of the run that they differ from, and one of these ends. */
const ablations: readonly Ablation[] = [
  { change: 'batchNorm', text: 'batch norm', suffix: /[-_]without[-_]batch[-_]?norm$/, lacks: true },
  { change: 'batchNorm', text: 'batch norm', suffix: /_bn$/, lacks: false },
  { change: 'residual', text: 'residual connections', suffix: /[-_]without[-_]residual$/, lacks: true },
  { change: 'smoothedSchedule', text: 'smoothed schedule', suffix: /[-_]piecewise$/, lacks: true },
  { change: 'scaledDownTwice', text: 'scaled down twice', suffix: /[-_]scaled[-_]down[-_]twice$/, lacks: false },
  { change: 'scaledDown', text: 'scaled down', suffix: /[-_]scaled[-_]down$/, lacks: false },
];

/** The exact training FLOPs of a run's seeds to the level; infinite for a seed that missed it. */
function needOf(study: Study, name: string): { flops: number; spent: number; seeds: number } | undefined {
  const runs = study.stored.filter((stored) => runName(stored) === name).map(({ measurement }) => measurement);
  if (runs.length === 0) return undefined;
  return {
    flops: median(runs.map(({ crossing }) => crossing?.flops ?? Infinity)),
    spent: median(runs.map(({ totals }) => totals.flops)),
    seeds: runs.length,
  };
}

/** `2.1x`, `more than 3x` where the network without the change never reached the level, and words where both did not. */
function savedText(without: { flops: number; spent: number }, changed: { flops: number }): string {
  if (Number.isFinite(without.flops) && Number.isFinite(changed.flops))
    return `${formatNumber(without.flops / changed.flops)}x`;
  if (Number.isFinite(changed.flops))
    return `more than ${formatNumber(without.spent / changed.flops)}x: never reached without it`;
  return Number.isFinite(without.flops) ? 'never reached with it' : 'never reached';
}

function rowOf(study: Study, name: string, published: ReturnType<typeof readPublishedChanges>): Cell[][] {
  const ablation = ablations.find(({ suffix }) => suffix.test(name));
  if (!ablation) return [];
  const base = name.replace(ablation.suffix, '');
  const [variant, plain] = [needOf(study, name)!, needOf(study, base)];
  const paper = published.get(ablation.change);
  if (!plain) return [[ablation.text, base, null, null, `no run of ${base}`, paper?.text ?? null]];
  const [without, changed] = ablation.lacks ? [variant, plain] : [plain, variant];
  return [
    [
      ablation.text,
      base,
      Number.isFinite(without.flops) ? formatNumber(without.flops / 1e12) : null,
      Number.isFinite(changed.flops) ? formatNumber(changed.flops / 1e12) : null,
      savedText(without, changed),
      paper?.text ?? 'no figure',
    ],
  ];
}

/** What each change saved in FLOPs to the level, beside the figures of the paper. */
export function ablationSection(study: Study, publishedFile: string): string {
  const names = [...new Set(study.stored.map(runName))].sort();
  const published = readPublishedChanges(publishedFile);
  const rows = names.flatMap((name) => rowOf(study, name, published));
  if (rows.length === 0) return `Not measured yet. This command measures it: \`${study.command}\`\n`;
  return table(['change', 'network', '>teraFLOP without', '>teraFLOP with', 'saved', 'the paper'], rows);
}
