import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { measurementText } from '../../../src/results/store.ts';
import { doubletime } from '../../support/cli.ts';
import { makeMeasurement, makeSweep, writeSweep } from '../../support/measurements.ts';

const months = z.number().nullable();
const trendSchema = z.object({
  levels: z.array(
    z.object({
      level: z.union([z.number(), z.string()]),
      factor: months,
      doublingMonths: z.object({
        endToEnd: months,
        leastSquares: months,
        leastSquares95: z.tuple([months, months]).nullable(),
        bootstrap95: z.tuple([months, months]).nullable(),
        leaveOneOut: z.array(z.object({ without: z.string(), months })),
        theilSen: months,
      }),
      moore: z.object({ factor: z.number() }).nullable(),
      points: z.array(
        z.object({
          network: z.string(),
          published: z.string(),
          teraflopSecondDays: z.number(),
          onFrontier: z.boolean(),
          reduction: z.number(),
        }),
      ),
      notes: z.array(z.string()),
    }),
  ),
  leftOut: z.array(z.object({ file: z.string(), message: z.string() })),
});
const parse = (stdout: string) => trendSchema.parse(JSON.parse(stdout));

let folder: string;
let sweep: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-trend-'));
  sweep = join(folder, 'results', 'level');
  writeSweep(sweep, makeSweep([0, 1]));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Creates a folder with these files. */
function createFolder(name: string, files: Record<string, string>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

describe('doubletime trend', () => {
  it('prints the documented keys as JSON, by default for the results folder', () => {
    const { status, stdout, stderr } = doubletime(['trend', '--json'], folder);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { levels, leftOut } = parse(stdout);
    expect(leftOut).toEqual([]);
    expect(levels.map(({ level }) => level)).toEqual([0.791]);
    expect(levels[0]?.points).toHaveLength(8);
  });

  it('prints text tables and Markdown tables', () => {
    const text = doubletime(['trend', sweep]).stdout;
    expect(text).toMatch(/least squares +\d+\.\d\n/);
    expect(text).toMatch(/efficientnet_b0 +2019-05-28/);
    const markdown = doubletime(['trend', sweep, '--markdown', '--level', '60%']).stdout;
    expect(markdown).toMatch(/^### top-5 60\.0 % on imagenet-part/);
    expect(markdown).toMatch(/\| efficientnet_b0 +\| 2019-05-28 \|/);
  });

  it('prints the trend at every level of the learning curves with --level all', () => {
    const { stdout } = doubletime(['trend', sweep, '--level', 'all', '--json']);
    const levels = parse(stdout).levels.map(({ level }) => Number(level));
    expect(levels.length).toBeGreaterThan(4);
    expect(levels).toEqual(levels.toSorted((a, b) => a - b));
  });

  it('prints the published trend: 44x, 15.3 and 15.7 months', () => {
    const { status, stdout } = doubletime(['trend', '--published', '--json']);
    expect(status).toBe(0);
    const { levels } = parse(stdout);
    expect(Math.round(levels[0]!.factor!)).toBe(44);
    const tracker = levels.find(({ level }) => String(level).endsWith('tracker'))!.doublingMonths;
    expect([tracker.endToEnd?.toFixed(1), tracker.leastSquares?.toFixed(1)]).toEqual(['15.3', '15.7']);
    const text = doubletime(['trend', '--published', '--period', '2012..2018']).stdout;
    expect(text).toMatch(/together +7\.4\de\+6x/);
    expect(text).toMatch(/tracker, EfficientNet-b1: factor 10 but 17 \/ 0\.75 is 22\.7/);
  });

  it('leaves out damaged files, names them and exits with 65', () => {
    const whole = measurementText(makeMeasurement());
    const path = createFolder('damaged', {
      'good.json': whole,
      'half.json': whole.slice(0, 500),
      'future.json': whole.replace('"version": 1', '"version": 9'),
      'changed.json': whole.replace('"network": "alexnet"', '"network": "vgg11"'),
      'infinite.json': whole.replace(/"trainingSeconds": [\d.]+/, '"trainingSeconds": 1e999'),
    });
    const { status, stdout, stderr } = doubletime(['trend', path, '--json']);
    expect(status).toBe(65);
    const { levels, leftOut } = parse(stdout);
    expect(leftOut.map(({ file }) => file.slice(path.length + 1))).toEqual([
      'changed.json',
      'future.json',
      'half.json',
      'infinite.json',
    ]);
    expect(stderr.split('\n').filter((line) => line.startsWith('doubletime: left out'))).toHaveLength(4);
    expect(stderr).toMatch(/future\.json: measurement version 9 is newer.*update doubletime/);
    expect(levels[0]?.points.map(({ network }) => network)).toEqual(['alexnet']);
  });

  it('exits with 65 if no file can be read', () => {
    const path = createFolder('only-damaged', { 'half.json': '{"curve":' });
    const { status, stderr } = doubletime(['trend', join(path, 'half.json')]);
    expect(status).toBe(65);
    expect(stderr).toMatch(/half\.json: not JSON/);
  });

  it.each([
    ['one network only', [makeMeasurement()], /only alexnet reaches this level/],
    [
      'all networks of the same date',
      [makeMeasurement(), makeMeasurement({ network: 'vgg11', epochsToLevel: 40 })],
      /all networks at this level were published on 2012-06-01/,
    ],
  ])('prints why there is no fit: %s', (name, measurements, reason) => {
    const path = join(folder, name);
    writeSweep(path, measurements);
    const { status, stdout } = doubletime(['trend', path, '--json']);
    expect(status).toBe(0);
    const [level] = parse(stdout).levels;
    expect(level?.doublingMonths.leastSquares).toBeNull();
    expect(level?.notes.join()).toMatch(reason);
  });

  it('reports that no network reaches a level', () => {
    const { status, stdout } = doubletime(['trend', sweep, '--level', '0.99']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/no network reaches this level/);
  });

  it.each([
    [66, ['trend', 'nowhere'], /nowhere does not exist/],
    [66, ['trend', 'EMPTY'], /no measurements in/],
    [64, ['trend', 'SWEEP', '--level', '60'], /--level 60 is not an accuracy.*60%/],
    [64, ['trend', 'SWEEP', '--level', 'alexnet'], /is not an accuracy/],
    [64, ['trend', '--published', '--period', '2018..2012'], /two years/],
    [64, ['trend', 'SWEEP', '--counts', 'roughly'], /counts/],
  ])('exits with %i for %j', (code, args, message) => {
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    const given = args.map((arg) => (arg === 'SWEEP' ? sweep : arg === 'EMPTY' ? empty : arg));
    const { status, stderr } = doubletime(given, folder);
    expect(status).toBe(code);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
