import type { Measurement } from '../../results/measurement.ts';
import { describeSkipped } from '../../results/skipped.ts';
import {
  formatCount,
  formatDuration,
  formatFlops,
  formatMetric,
  formatPercent,
  groupDigits,
  pluralize,
} from '../../base/format.ts';
import { significant } from '../numbers.ts';
import { anchorName } from '../../trend/level-names.ts';
import type { Run } from '../runs.ts';
import { html, type Markup } from './escape.ts';

/** A line of a record; it is left out if its value is null or empty. */
type Fact = readonly [name: string, value: string | null];

const facts = (list: readonly Fact[]): Markup =>
  html`<dl>
    ${list
      .filter(([, value]) => value !== null && value !== '')
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
  </dl>`;

function resultFacts({ status, level, crossing, curve, published, seed }: Measurement): Fact[] {
  return [
    ['Published', published],
    ['Seed', String(seed)],
    ['Status', status],
    [
      'Level',
      level === null
        ? null
        : `${level.value === undefined ? '' : formatPercent(level.value)} ${formatMetric(level.metric)}${level.anchor === undefined ? '' : `, ${anchorName(level.anchor)}'s own (run ${level.anchor})`}; rounded to ${level.rule.roundToPoints} points, ${level.rule.evaluationsInARow} in a row${level.rule.strict ? ', strictly above' : ''}`,
    ],
    [
      'Crossing',
      crossing === null
        ? 'not reached'
        : `${formatPercent(crossing.accuracy)} after ${significant(crossing.epochs)} ${pluralize('epoch', crossing.epochs)}, ${formatFlops(crossing.flops)}, ${significant(crossing.paperTeraflopSecondDays)} teraflop/s-days of paper compute, ${formatDuration(crossing.trainingSeconds)}`,
    ],
    ['Evaluations', String(curve.length)],
  ];
}

const precisionText = ({ macsByPrecision, stepMacs }: Measurement['counts']): string | null =>
  macsByPrecision === undefined
    ? null
    : Object.entries(macsByPrecision)
        .map(([format, macs = 0]) => `${format} ${formatPercent(macs / stepMacs)}`)
        .join(', ');

const countFacts = ({ counts, totals }: Measurement): Fact[] => [
  ['Parameters', groupDigits(counts.parameters)],
  ['Forward MACs per image', groupDigits(counts.forwardMacsPerExample)],
  [`MACs per step of ${counts.batch}`, groupDigits(counts.stepMacs)],
  ['MACs by precision', precisionText(counts)],
  [`FLOPs per step of ${counts.batch}`, groupDigits(counts.stepFlops)],
  ...(counts.stages ?? []).map(({ fromStep, input, stepFlops }): Fact => [
    `FLOPs per step from step ${fromStep} at ${input} px`,
    groupDigits(stepFlops),
  ]),
  ['Training FLOPs', significant(totals.flops, 6)],
  ['Wasted work', totals.wasted.flops > 0 ? formatFlops(totals.wasted.flops) : 'none'],
];

function timeFacts({ totals }: Measurement): Fact[] {
  const { seconds, energyJoules, cost, utilization } = totals;
  return [
    ['Training', formatDuration(seconds.training)],
    ['Evaluation', formatDuration(seconds.evaluation)],
    ['Waiting for images', formatDuration(seconds.inputWait)],
    ['Speed', `${significant(totals.examplesPerSecond)} images/s, ${significant(totals.flopPerSecond)} FLOP/s`],
    ['Utilization', utilization === null ? null : formatPercent(utilization)],
    ['Energy', energyJoules === null ? null : `${significant(energyJoules / 3.6e6)} kWh`],
    [
      'Cost',
      cost === null ? null : `${significant(cost.amount)} ${cost.currency} at ${significant(cost.perHour)} per hour`,
    ],
  ];
}

const dataFacts = ({ data }: Measurement): Fact[] => [
  [
    'Dataset',
    `${data.name} (${data.source}), ${groupDigits(data.trainExamples)} training images, ${groupDigits(data.validationExamples)} validation images, ${formatCount(data.classes.length, 'class')}, ${data.input} px`,
  ],
  ['Part of the dataset', data.part ?? null],
  ['Skipped images', describeSkipped(data) ?? null],
  ['sha256 of the dataset', data.sha256],
];

/** Whether the run may be an entry of the public tracker; if not, the rules that it breaks. */
const trackerFacts = ({ tracker, warnings = [] }: Measurement): Fact[] => [
  [
    'Public tracker',
    tracker === undefined ? null : tracker.entry ? 'may be an entry' : `not an entry: ${tracker.problems.join('; ')}`,
  ],
  ['Warnings', warnings.join('; ')],
];

const environmentFacts = ({ environment: e }: Measurement): Fact[] => [
  [
    'Ran on',
    `${e.device}: ${e.gpus.length > 0 ? e.gpus.map(({ name, driver }) => `${name}, driver ${driver}`).join('; ') : `${e.cpu}, ${formatCount(e.threads, 'thread')}`}`,
  ],
  ['Host', `${e.host}, ${e.platform}`],
  [
    'Software',
    `Node ${e.node}, TensorFlow ${e.tensorflow}, ${Object.entries(e.packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  ],
  ['Commit', e.commit],
  ['Time', `${e.startedAt} to ${e.finishedAt}`],
];

/** The record of a run: result, counts, time, data, hardware, software, config and hash. */
export const recordHtml = ({ measurement, name, source }: Run): Markup =>
  html` <details class="record">
    <summary><strong>${name}</strong> – ${measurement.id}</summary>
    <div class="facts" id="${source}" tabindex="-1">
      ${facts([
        ...resultFacts(measurement),
        ...countFacts(measurement),
        ...timeFacts(measurement),
        ...dataFacts(measurement),
        ...trackerFacts(measurement),
        ...environmentFacts(measurement),
        ['sha256 of the measurement', measurement.sha256],
      ])}
      <details>
        <summary>Config with all defaults</summary>
        <pre tabindex="0">${JSON.stringify(measurement.config, null, 2)}</pre>
      </details>
    </div>
  </details>`;
