import { readFileSync } from 'node:fs';
import { packageFile } from '../../../src/base/files/home.ts';
import { table } from '../markdown.ts';

/** A page of `profile:step`: what it measured, and the milliseconds of each op and its part of the step. */
interface Profile {
  readonly network: string;
  readonly precision: string;
  readonly batch: number;
  /** The sum of all ops in milliseconds, also of those that the page does not list. */
  readonly total: number;
  readonly ops: readonly { readonly name: string; readonly milliseconds: number }[];
}

/** @throws Error if the text is not a page of `profile:step`. */
function readProfile(page: string): Profile {
  const [, network, batch, precision] = /^# (\S+), \d+ px, batch (\d+), (\w+), kernels of/.exec(page) ?? [];
  const [, total] = /add up to ([\d.]+) ms/.exec(page) ?? [];
  const [, rows] = /^\| op and its part of the step +\|.*\n\| -.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
  if (network === undefined || precision === undefined || rows === undefined)
    throw new Error(`expected a page of profile:step, found: ${page.slice(0, 100)}`);
  const ops = rows
    .trimEnd()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, name = '', , milliseconds]) => ({ name, milliseconds: Number(milliseconds) }));
  return { network, precision, batch: Number(batch), total: Number(total), ops };
}

const isConvolution = (op: string): boolean => /^(Conv2D|DepthwiseConv2d)/.test(op);
const isBatchNorm = (op: string): boolean => op.startsWith('FusedBatchNorm');
const isUpdate = (op: string): boolean => op.endsWith(' update');

/** The milliseconds of a profile by kind of op, in one row. `link`: where the page is. */
function row(link: string, { network, precision, batch, total, ops }: Profile): string[] {
  const sum = (isKind: (op: string) => boolean): number =>
    ops.reduce((milliseconds, op) => milliseconds + (isKind(op.name) ? op.milliseconds : 0), 0);
  const kinds = [isConvolution, isBatchNorm, isUpdate].map(sum);
  const others = kinds.reduce((rest, milliseconds) => rest - milliseconds, total);
  return [`[${network}](${link})`, precision, String(batch), ...[total, ...kinds, others].map((ms) => ms.toFixed(1))];
}

/** Where the time of a step goes, from pages of `profile:step` by the links of a page to them. */
export const gpuProfileText = (pages: ReadonlyMap<string, string>): string =>
  table(
    ['network', 'precision', '>batch', '>all ops', '>convolutions', '>batch norms', '>update', '>other ops'],
    [...pages].map(([link, page]) => row(link, readProfile(page))),
  );

/** The profiles on a GPU in docs/benchmarks/profile. */
export const gpuProfiles = (): Map<string, string> =>
  new Map(
    ['resnet50', 'mobilenet_v1', 'efficientnet_b0']
      .map((network) => `benchmarks/profile/gpu-${network}-bfloat16.md`)
      .map((link) => [link, readFileSync(packageFile(`docs/${link}`), 'utf8')]),
  );
