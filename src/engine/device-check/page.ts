import { formatCount } from '../../base/text/format.ts';
import { AttributeType } from '../../runtime/types.ts';
import { type Comparison, type OpDifference, stepsAgree } from './compare.ts';
import { formatShape } from '../../base/text/shape.ts';

const MAX_ROWS = 50;

const number = (x: number | undefined): string => (x === undefined ? '' : x === 0 ? '0' : x.toExponential(1));
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => ' --- ').join('|')}|`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
];

/** An op with its shapes and the attributes that matter for its result. */
function describeOp({ op, inputs, attributes }: OpDifference['listed']): string {
  const shapes = inputs.map(({ shape }) => formatShape(shape)).join(', ');
  const options = attributes
    .filter(({ type }) => type !== AttributeType.type)
    .map(({ name, value }) => `${name}=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`);
  return `${op}(${shapes})${options.length > 0 ? ` ${options.join(' ')}` : ''}`;
}

/** The first network and layer that have the op. */
const describePlace = ({ listed }: OpDifference): string => `${listed.networks[0] ?? ''} ${listed.layer}`;

function opSections({ kinds, beyond, failed, left, tolerance }: Comparison): string[] {
  const lines = ['## Ops', '', 'The largest relative difference of each kind of op.', ''];
  const kindRows = kinds.map(({ op, count, largest }) => [
    op,
    String(count),
    number(largest.difference),
    describePlace(largest),
  ]);
  lines.push(...table(['op', 'distinct', 'largest difference', 'where'], kindRows));
  if (beyond.length > 0) {
    const rows = beyond
      .slice(0, MAX_ROWS)
      .map((op) => [describeOp(op.listed), number(op.difference), describePlace(op)]);
    lines.push('', `### ${formatCount(beyond.length, 'op')} with a larger difference than ${tolerance}`, '');
    lines.push(...table(['op', 'difference', 'where'], rows));
    if (beyond.length > MAX_ROWS) lines.push('', `${beyond.length - MAX_ROWS} more are left out.`);
  }
  if (failed.length > 0) {
    const rows = failed.slice(0, MAX_ROWS).map((op) => [describeOp(op.listed), op.error ?? '', describePlace(op)]);
    lines.push('', `### ${formatCount(failed.length, 'op')} failed`, '', ...table(['op', 'error', 'where'], rows));
    if (failed.length > MAX_ROWS) lines.push('', `${failed.length - MAX_ROWS} more are left out.`);
  }
  const reasons = Object.entries(left).map(([op, reason]) => `- ${op} was not executed alone: ${reason}.`);
  return reasons.length > 0 ? [...lines, '', ...reasons] : lines;
}

function stepSection({ steps }: Comparison): string[] {
  const rows = steps.map(({ network, input, firstLoss, loss, change, tensor, error }) =>
    error === undefined
      ? [network, `${input} px`, number(firstLoss), number(loss), number(change), tensor ?? '']
      : [network, '', `failed: ${error}`, '', '', ''],
  );
  const head = ['network', 'input', 'first loss', 'largest of three losses', 'change by the first step', 'largest in'];
  return [
    ...[
      '## Three training steps',
      '',
      'From the same weights and images. Relative differences of the losses, and of what the',
    ],
    ...['first step changed in all tensors together.', '', ...table(head, rows)],
  ];
}

/** One line: whether the devices agree, and how far they differ. */
export function describeVerdict({ ok, executed, beyond, failed, steps, tolerance, kinds }: Comparison): string {
  const largest = kinds[0]?.largest.difference;
  if (ok)
    return `${formatCount(executed, 'op')} and the steps of ${formatCount(steps.length, 'network')} agree (largest relative difference of an op: ${number(largest)})`;
  const different = steps.filter((step) => !stepsAgree(step)).map(({ network }) => network);
  return (
    `${beyond.length} of ${formatCount(executed, 'op')} with a larger difference than ${tolerance}, ${failed.length} failed` +
    (different.length > 0 ? `; the steps of ${different.join(', ')} differ or failed` : '')
  );
}

/** A page in Markdown: the verdict, `facts` about the machine, and all tables. */
export function comparisonPage(comparison: Comparison, facts: readonly (readonly [string, string])[]): string {
  return [
    ...[
      `# Ops and steps: ${comparison.device} compared with ${comparison.reference}`,
      '',
      describeVerdict(comparison),
      '',
    ],
    ...table(['', ''], facts),
    ...['', ...opSections(comparison), '', ...stepSection(comparison), ''],
  ].join('\n');
}
