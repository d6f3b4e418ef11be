import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { studiesPages, studiesText, headlineText } from '../../../scripts/generate/studies/pages.ts';
import { readStudies } from '../../../scripts/generate/studies/read.ts';
import { agreements, computeSpread, type TorchStudy } from '../../../scripts/generate/studies/torch-study.ts';
import { planSweep } from '../../../src/api/plan-sweep.ts';
import { packageFile } from '../../../src/base/files/home.ts';
import { formatNumber } from '../../../src/base/text/format.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { validateFile } from '../../../src/results/validate/file.ts';
import { composeTrend } from '../../../src/trend/trend.ts';
import { makeMeasurement, makeSweep, type MeasurementOptions } from '../../support/measurements.ts';
import { sampleNetworks } from '../../support/sample-networks.ts';
import { temporaryFolder } from '../../support/sweeps.ts';

const root = packageFile('.');
const published = packageFile('results/published.json');

/** Writes measurements under `results/STUDY/RUN.json`, a name per run. */
function write(results: string, study: string, runs: readonly (readonly [name: string, run: Measurement])[]): void {
  const folder = join(results, study);
  mkdirSync(folder, { recursive: true });
  for (const [name, run] of runs)
    writeFileSync(join(folder, `${name}-s${run.seed}-0123abcd.json`), JSON.stringify(run));
}

const named = (runs: readonly Measurement[]) => runs.map((run) => [run.network, run] as const);

const textOf = (results: string): string => studiesText(readStudies(results), published);

/** The files of measurements in a folder and those below it. */
const measurementsIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return measurementsIn(path);
    return name.endsWith('.json') && readFileSync(path, 'utf8').includes('"crossing"') ? [path] : [];
  });

describe('the pages of this checkout', () => {
  it('are current; otherwise run `npm run studies`', async () => {
    for (const [path, text] of await studiesPages(root)) expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it('use measurements that doubletime validate accepts', () => {
    const stores = readdirSync(packageFile('results'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const files = stores.flatMap(({ name }) => measurementsIn(packageFile(`results/${name}`)));
    const measured = files.filter((file) => !/\/(torch-|search)[^/]*\.json$/.test(file));
    expect(measured.length).toBeGreaterThanOrEqual(5);
    const findings = measured.flatMap((file) => validateFile(file, false).findings);
    // Notes say what keeps a measurement out of the public tracker.
    expect(findings.filter(({ kind }) => kind !== 'note')).toEqual([]);
  });
});

describe('studiesText', () => {
  it('gives the command for each study that is not measured yet', () => {
    const text = textOf(temporaryFolder());
    expect(text).toContain(
      'Not measured yet. This command measures it: `npx doubletime sweep configs/sweeps/cifar10.yaml',
    );
    expect(text).toContain('| CIFAR-10                                       | not measured yet');
    expect(text).toContain('npm run study:torch -- --torch PYTHON');
    expect(text).toContain('44.4x');
  });

  it('has the numbers of the trend with every network and seed', () => {
    const results = temporaryFolder();
    const runs = makeSweep([0, 1]);
    write(results, 'cifar10', named(runs));
    const text = textOf(results);
    const [own] = composeTrend(runs, { levels: 'own', counts: 'paper' }).levels;
    const { pooled } = composeTrend(runs, { levels: 'all', counts: 'paper' });
    expect(text).toContain(`${formatNumber(own!.factor)}x`);
    expect(text).toContain(own!.doublingMonths.leastSquares!.toFixed(1));
    expect(text).toContain(`${pooled![0]!.months!.toFixed(1)} (`);
    for (const { network } of sampleNetworks) expect(text).toMatch(new RegExp(`\\| ${network} +\\| \\d{4}-`));
    expect(text).toContain('seeds 0, 1');
    expect(text).toMatch(/\| +2 of 2 \|/);
  });

  it('counts only runs of the sweep as its progress', () => {
    const results = temporaryFolder();
    const runs = makeSweep([0]);
    write(results, 'cifar10', named(runs));
    const planned = planSweep('cifar10').runs;
    writeFileSync(join(results, `cifar10/${planned[0]!.id}.json`), JSON.stringify(runs[0]));
    expect(textOf(results)).toContain(`1 of the ${planned.length} runs of its sweep are measured so far.`);
  });

  it('says whether the settings were chosen by a search', () => {
    const results = temporaryFolder();
    write(results, 'cifar10', named(makeSweep([0])));
    expect(textOf(results)).toContain('Settings: chosen by hand, not by `doubletime search`.');
    const trials = [0.1, 0.2, 0.4].map((rate, i) => ({
      ...{ number: i + 1, settings: { 'recipe.learningRate': rate } },
      epochsTrained: 45,
    }));
    const networks = ['alexnet', 'vgg11', 'resnet50'].map((run, i) => ({
      ...{ run, trials, chosen: i + 1, best: run === 'resnet50' ? null : i + 1 },
      level: run === 'alexnet' ? {} : { value: 0.6 },
      ...{ goal: run === 'alexnet' ? 'finalAccuracy' : 'computeToLevel', budgetEpochs: run === 'alexnet' ? 24 : 12 },
    }));
    writeFileSync(join(results, 'cifar10/search.json'), JSON.stringify({ version: 2, seed: 77, networks }));
    expect(textOf(results)).toContain(
      '`doubletime search` chose the values of `recipe.learningRate`, with seed 77. Each network had 3 trials, which together trained ' +
        'for at most 12 epochs (alexnet: 24). The level of the search was 60.0 %, the accuracy of alexnet after 45 epochs. All other settings were chosen by hand. ' +
        'In the search, resnet50 missed the level in 45 epochs; here it trains for 90.',
    );
    expect(textOf(results)).toContain(
      'These runs have other values, because they are not trained again yet: alexnet (chosen: learningRate 0.1), ' +
        'vgg11 (chosen: learningRate 0.2), resnet50 (chosen: learningRate 0.4).',
    );
    expect(textOf(results)).toContain(
      'Best values at the edge of those that were tried: alexnet (learningRate 0.1, smallest), resnet50 (learningRate 0.4, largest).',
    );
  });

  it('changes if a measurement changes', () => {
    const [a, b] = [temporaryFolder(), temporaryFolder()];
    write(a, 'cifar10', named(makeSweep([0])));
    write(
      b,
      'cifar10',
      named([...makeSweep([0]).slice(0, -1), makeMeasurement({ ...sampleNetworks.at(-1)!, epochsToLevel: 6 })]),
    );
    expect(textOf(a)).not.toBe(textOf(b));
  });

  it('compares networks after the last one of the paper with the best and with the trend until then', () => {
    const results = temporaryFolder();
    const late: MeasurementOptions = {
      ...sampleNetworks.at(-1)!,
      network: 'convnext_atto',
      published: '2022-01-10',
      epochsToLevel: 2,
    };
    const early = makeSweep([0]);
    write(results, 'cifar10', named([...early, makeMeasurement(late)]));
    const text = textOf(results);
    const least = (runs: readonly Measurement[]): number =>
      Math.min(...runs.map(({ crossing }) => crossing?.paperTeraflopSecondDays ?? Infinity));
    const gain = least(early) / least([makeMeasurement(late)]);
    expect(text).toMatch(
      new RegExp(`\\| convnext_atto \\| 2022-01-10 \\| [^|]+\\| +${formatNumber(gain).replace('.', '\\.')}x \\|`),
    );
    expect(text).toContain('Tiny ImageNet with 100 classes: no network after 2019-05-28 is measured yet.');
  });

  it('compares the saved FLOPs of each change with the figure of the paper', () => {
    const results = temporaryFolder();
    const at = (epochsToLevel: number, more: MeasurementOptions = {}) =>
      makeMeasurement({ network: 'resnet18', epochsToLevel, ...more });
    const [base, plain, piecewise] = [at(10), at(30), at(25)];
    const never = at(200);
    write(results, 'ablations', [
      ['resnet18', base],
      ['resnet18-without-residual', plain],
      ['resnet18-piecewise', piecewise],
      ['resnet18-without-batchnorm', never],
      ['resnet50_scaled_down_twice', at(5)],
    ]);
    const text = textOf(results);
    const saved = (run: Measurement): string => `${formatNumber(run.crossing!.flops / base.crossing!.flops)}x`;
    expect(text).toMatch(new RegExp(`\\| residual connections \\| resnet18 .*\\| ${saved(plain)} +\\| no figure`));
    expect(text).toMatch(new RegExp(`\\| smoothed schedule +\\| resnet18 .*\\| ${saved(piecewise)} +\\| 2 to 4x`));
    expect(text).toMatch(/\| batch norm +\| resnet18 .*\| +– \(0 of 1 seed\) .*\| more than \d+(\.\d+)?x /);
    expect(text).toMatch(/\| scaled down twice +\| resnet50 .*\| no run of resnet50 +\| 2\.1x for ResNet-50/);
  });

  it('fails if a measurement cannot be read', () => {
    const results = temporaryFolder();
    write(results, 'cifar10', named(makeSweep([0])));
    writeFileSync(join(results, 'cifar10/damaged.json'), '{ "curve": [], "crossing": 1 ');
    expect(() => readStudies(results)).toThrow(/damaged\.json/);
  });
});

describe('headlineText', () => {
  it('shows CIFAR-10 once its frontier has two networks, and the quickstart before', () => {
    const results = temporaryFolder();
    expect(headlineText(readStudies(results))).toContain('Nothing is measured yet');
    write(results, 'quickstart', named(makeSweep([0])));
    expect(headlineText(readStudies(results))).toContain('On a part of CIFAR-10 (quickstart)');
    write(results, 'cifar10', named([makeMeasurement()]));
    expect(headlineText(readStudies(results))).toContain('On a part of CIFAR-10 (quickstart)');
    write(results, 'cifar10', named(makeSweep([0, 1])));
    const text = headlineText(readStudies(results));
    expect(text).toContain('On CIFAR-10, efficientnet_b0 needs ');
    expect(text).toContain('2 seeds');
    expect(text).toContain('44x and 16 months');
  });
});

describe('agreements', () => {
  const side = (...finals: readonly number[]) =>
    finals.map((top1, seed) => ({ seed, points: [{ steps: 10, epochs: 1, top1 }] }));
  const study = (ours: readonly number[], theirs: readonly number[]) =>
    ({ doubletime: side(...ours), pytorch: side(...theirs) }) as unknown as TorchStudy;

  it('test whether each mean lies within two standard deviations of the other side', () => {
    expect(computeSpread([0.1, 0.2, 0.3])).toEqual({
      mean: expect.closeTo(0.2, 12) as number,
      deviation: expect.closeTo(0.1, 12) as number,
    });
    const near = agreements(study([0.5, 0.52, 0.54], [0.51, 0.53, 0.55]))[0]!;
    expect([near.oursWithin, near.theirsWithin]).toEqual([true, true]);
    // The spread of PyTorch is small, and ours is wide.
    const oneSided = agreements(study([0.4, 0.5, 0.6], [0.54, 0.541, 0.542]))[0]!;
    expect([oneSided.oursWithin, oneSided.theirsWithin]).toEqual([false, true]);
    const far = agreements(study([0.5, 0.501], [0.6, 0.601]))[0]!;
    expect([far.oursWithin, far.theirsWithin]).toEqual([false, false]);
  });
});
