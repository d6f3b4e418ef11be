import { findNetwork } from '../../models/registry.ts';
import { countNetwork } from '../../src/engine/count.ts';

/** A row of docs/counting.md: a network, optionally without its auxiliary heads, such as `googlenet_5x5 (no heads)`. */
const ROW = /^\| (?<name>\w+)(?<noHeads> \(no heads\))? *\|/;
/** The number of counted columns: forward, step, step / forward, excess of 3 x forward over the step. */
const COUNTED = 4;

const millions = (macs: number): string =>
  (macs / 1e6).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function countedCells(name: string, noHeads: boolean): string[] {
  const { build, input } = findNetwork(name);
  const forward = build(noHeads ? { auxiliary: false } : {});
  const { macs, paper } = countNetwork({ forward, input, batch: 1 });
  const excess = ((100 * (paper - macs.step)) / macs.step).toFixed(2);
  return [millions(macs.forward), millions(macs.step), (macs.step / macs.forward).toFixed(2), `+${excess} %`];
}

/** A line of the table with counted columns; any other line is unchanged. */
function recountLine(line: string): string {
  const groups = ROW.exec(line)?.groups;
  if (groups === undefined || groups['name'] === 'network') return line;
  const cells = line.split('|');
  countedCells(groups['name']!, groups['noHeads'] !== undefined).forEach((text, i) => {
    const width = cells[2 + i]!.length;
    cells[2 + i] = ` ${text}`.padEnd(width);
  });
  return cells.join('|');
}

/** The text of docs/counting.md with newly counted columns in its table. */
export function withCounts(text: string): string {
  const lines = text.split('\n');
  const rows = lines.filter((line) => ROW.test(line) && line.split('|').length > 2 + COUNTED);
  return lines.map((line) => (rows.includes(line) ? recountLine(line) : line)).join('\n');
}
