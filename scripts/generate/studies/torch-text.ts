import { formatPercent } from '../../../src/base/text/format.ts';
import { table } from '../markdown.ts';
import { studies } from './read.ts';
import { agreements, DEVIATIONS, type Spread, type TorchStudy } from './torch-study.ts';

const spreadText = ({ mean, deviation }: Spread): string => `${formatPercent(mean)} ± ${(deviation * 100).toFixed(1)}`;

const yes = (holds: boolean): string => (holds ? 'yes' : 'no');

/** The learning curves of both sides, and whether each side's mean lies within the other's spread. */
export function torchSection(found: readonly TorchStudy[]): string {
  if (found.length === 0) return `Not measured yet. This command measures it: \`${studies.pytorch.command}\`\n`;
  const rows = found.map((study) => {
    const all = agreements(study);
    const last = all.at(-1)!;
    const inside = all.filter(({ oursWithin, theirsWithin }) => oursWithin && theirsWithin).length;
    return [
      study.network,
      `${study.doubletime.length} and ${study.pytorch.length}`,
      spreadText(last.ours),
      spreadText(last.theirs),
      yes(last.oursWithin),
      yes(last.theirsWithin),
      `${inside} of ${all.length}`,
    ];
  });
  const columns = [
    'network',
    'seeds',
    '>top-1, doubletime',
    '>top-1, PyTorch',
    'doubletime within PyTorch',
    'PyTorch within doubletime',
    '>evaluations inside',
  ];
  return `Both sides have the same recipe, images, steps and evaluations. "±" is the standard deviation over seeds (n - 1). "Within" means that the two
means differ by at most ${DEVIATIONS} standard deviations of the other side. "Evaluations inside" are those at which both hold.

${table(columns, rows)}`;
}
