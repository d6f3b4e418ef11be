import { formatCount, formatMetric, formatNumber, formatPercent } from '../../../src/base/text/format.ts';
import type { Cell } from '../../../src/base/text/table.ts';
import { median } from '../../../src/trend/statistics.ts';
import { table } from '../markdown.ts';
import { readPublishedChanges, runName, type Study } from './read.ts';

type Change = 'batchNorm' | 'residual' | 'smoothedSchedule' | 'scaledDown' | 'scaledDownTwice';

interface Ablation {
  readonly change: Change;
  readonly text: string;
  /** The end of the run's name. */
  readonly suffix: RegExp;
  /** True if the run with the suffix lacks the change, false if it has the change. */
  readonly lacks: boolean;
}

/** The name of an ablation's run is the name of the unchanged run with one of these suffixes. */
const ablations: readonly Ablation[] = [
  { change: 'batchNorm', text: 'batch norm', suffix: /[-_]without[-_]batch[-_]?norm$/, lacks: true },
  { change: 'batchNorm', text: 'batch norm', suffix: /_bn$/, lacks: false },
  { change: 'residual', text: 'residual connections', suffix: /[-_]without[-_]residual$/, lacks: true },
  { change: 'smoothedSchedule', text: 'smoothed schedule', suffix: /[-_]piecewise$/, lacks: true },
  { change: 'scaledDownTwice', text: 'scaled down twice', suffix: /[-_]scaled[-_]down[-_]twice$/, lacks: false },
  { change: 'scaledDown', text: 'scaled down', suffix: /[-_]scaled[-_]down$/, lacks: false },
];

interface Need {
  /** The median over the seeds of the exact training FLOPs to the level; infinite for a seed that missed it. */
  readonly flops: number;
  /** The median of all training FLOPs. */
  readonly spent: number;
  readonly seeds: number;
  readonly seedsAtLevel: number;
}

/** What a run's seeds needed; undefined if the study has no such run. */
function computeNeed(study: Study, name: string): Need | undefined {
  const runs = study.stored.filter((stored) => runName(stored) === name).map(({ measurement }) => measurement);
  if (runs.length === 0) return undefined;
  return {
    flops: median(runs.map(({ crossing }) => crossing?.flops ?? Infinity)),
    spent: median(runs.map(({ totals }) => totals.flops)),
    seeds: runs.length,
    seedsAtLevel: runs.filter(({ crossing }) => crossing).length,
  };
}

/** `2.1x`; `more than 3x` if most seeds missed the level without the change; words if they missed it with the change. */
function savedText(without: Need, changed: Need): string {
  if (Number.isFinite(without.flops) && Number.isFinite(changed.flops))
    return `${formatNumber(without.flops / changed.flops)}x`;
  if (Number.isFinite(changed.flops)) return `more than ${formatNumber(without.spent / changed.flops)}x`;
  return 'unknown';
}

/** The teraFLOPs that most seeds needed, and how many seeds reached the level if some missed it. */
function needText({ flops, seeds, seedsAtLevel }: Need): string {
  const amount = Number.isFinite(flops) ? formatNumber(flops / 1e12) : '–';
  return seedsAtLevel === seeds ? amount : `${amount} (${seedsAtLevel} of ${formatCount(seeds, 'seed')})`;
}

function createRow(study: Study, name: string, published: ReturnType<typeof readPublishedChanges>): Cell[][] {
  const ablation = ablations.find(({ suffix }) => suffix.test(name));
  if (!ablation) return [];
  const base = name.replace(ablation.suffix, '');
  const [variant, plain] = [computeNeed(study, name)!, computeNeed(study, base)];
  const paper = published.get(ablation.change);
  if (!plain) return [[ablation.text, base, null, null, `no run of ${base}`, paper?.text ?? null]];
  const [without, changed] = ablation.lacks ? [variant, plain] : [plain, variant];
  return [
    [
      ablation.text,
      base,
      needText(without),
      needText(changed),
      savedText(without, changed),
      paper?.text ?? 'no figure',
    ],
  ];
}

/** The FLOPs to the level that each change saved, beside the figures of the paper. */
export function ablationSection(study: Study, publishedFile: string): string {
  const names = [...new Set(study.stored.map(runName))].sort();
  const published = readPublishedChanges(publishedFile);
  const rows = names.flatMap((name) => createRow(study, name, published));
  if (rows.length === 0) return `Not measured yet. This command measures it: \`${study.command}\`\n`;
  const levels = study.measurements.flatMap(({ level }) =>
    level?.value === undefined ? [] : [`${formatPercent(level.value)} ${formatMetric(level.metric)}`],
  );
  return `Level: ${[...new Set(levels)].join(', ')}. If a seed missed the level, its FLOPs count as infinite.

${table(['change', 'network', '>teraFLOP without', '>teraFLOP with', 'saved', 'the paper'], rows)}`;
}
