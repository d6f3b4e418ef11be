import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/base/text/csv.ts';
import { sealMeasurement } from '../../../src/results/measurement.ts';
import { measurementText } from '../../../src/results/store.ts';
import { doubletime } from '../../support/cli.ts';
import { parquetRows } from '../../support/parquet.ts';
import { makeMeasurement, makeSweep, writeSweep } from '../../support/measurements.ts';

const runs = makeSweep([0], { gpu: true });
let folder: string;
let sweep: string;
let files: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-results-'));
  sweep = join(folder, 'sweep');
  files = writeSweep(sweep, runs);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('doubletime export', () => {
  const parseRows = (text: string) => {
    const [head, ...body] = parseCsv(text)!;
    return body.map(({ cells }) => Object.fromEntries(head!.cells.map((name, i) => [name, cells[i]!])));
  };

  it('writes measurements as CSV with units in the column names', () => {
    const { status, stdout } = doubletime(['export', sweep, '--format', 'csv']);
    expect(status).toBe(0);
    const rows = parseRows(stdout);
    expect(rows.map(({ id }) => id)).toEqual(runs.map(({ id }) => id).sort());
    const first = runs.find(({ id }) => id === rows[0]!['id'])!;
    expect(Number(rows[0]!['to_level_flop'])).toBe(first.crossing!.flops);
    expect(Number(rows[0]!['training_s'])).toBe(first.totals.seconds.training);
    expect(rows[0]!['cost_currency']).toBe('USD');
  });

  it('writes a row once for a run with two files, and does not replace a measurement', () => {
    const copy = join(folder, 'copy.json');
    const text = readFileSync(files[0]!);
    writeFileSync(copy, text);
    expect(parseRows(doubletime(['export', files[0]!, copy, '--format', 'csv']).stdout)).toHaveLength(1);
    const { status, stderr } = doubletime(['export', copy, '--format', 'csv', '--out', copy]);
    expect([status, stderr.trim()]).toEqual([
      64,
      `doubletime: --out ${copy} is one of the measurements to export: choose another file`,
    ]);
    expect(readFileSync(copy).equals(text)).toBe(true);
  });

  it('follows a link, and refuses the standard output and a FIFO as a file', () => {
    const target = join(folder, 'target.csv');
    writeFileSync(target, 'old');
    symlinkSync('target.csv', join(folder, 'link.csv'));
    expect(doubletime(['export', files[0]!, '--format', 'csv', '--out', join(folder, 'link.csv')]).status).toBe(0);
    expect(parseRows(readFileSync(target, 'utf8'))).toHaveLength(1);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [out, problem] of [
      ['/dev/stdout', 'the standard output, expected a regular file: leave --out out to print'],
      [pipe, 'a FIFO, expected a regular file: name another file, or move it away'],
    ] as const) {
      const { status, stdout, stderr } = doubletime(['export', files[0]!, '--format', 'csv', '--out', out]);
      expect([status, stdout, stderr.trim()]).toEqual([65, '', `doubletime: ${out} is ${problem}`]);
    }
  });

  it('writes curves as JSON with one row per evaluation', () => {
    const { stdout } = doubletime(['export', files[0]!, '--format', 'json', '--table', 'curves']);
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows).toHaveLength(runs[0]!.curve.length);
    expect(rows[3]).toMatchObject({ id: runs[0]!.id, top5_fraction: runs[0]!.curve[3]!.top5 });
  });

  it('writes Parquet that reads back the same, with missing values as null', async () => {
    const out = join(folder, 'all.parquet');
    const args = ['export', sweep, '--format', 'parquet', '--out', out];
    expect(doubletime(args).status).toBe(0);
    const rows = await parquetRows(readFileSync(out));
    const json = JSON.parse(doubletime(['export', sweep, '--format', 'json']).stdout) as unknown;
    expect(rows).toEqual(json);
    expect(rows[0]).toMatchObject({ level_anchor: null });
  });

  it("writes the frontier in the public tracker's format, which validate accepts", () => {
    const out = join(folder, 'tracker.csv');
    const { status, stderr } = doubletime(['export', sweep, '--published', '--format', 'tracker', '--out', out]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/imagenet-part are not allowed in the tracker/);
    const text = readFileSync(out, 'utf8');
    expect(text.split('\r\n')[0]).toBe(
      'Metric,Publication Date,Publication,Publication link,Compute (teraflops-s/days),Reduction Factor,Analysis,Analysis link',
    );
    expect(text).toContain('AlexNet,5/28/2019,EfficientNet-b0,https://arxiv.org/abs/1905.11946,0.0693,44.4,');
    expect(doubletime(['validate', out])).toMatchObject({ status: 0 });
  });

  it('writes a network name so that a spreadsheet does not run it as a formula', () => {
    const path = join(folder, 'evil.json');
    writeFileSync(path, measurementText(makeMeasurement({ network: '=HYPERLINK("x"),1', id: 'e' })));
    const [row] = parseRows(doubletime(['export', path, '--format', 'csv']).stdout);
    expect(row!['network']).toBe(`'=HYPERLINK("x"),1`);
  });
});

describe('doubletime compare', () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('exits with 0 for the same result at another time or on another machine, and shows the differences', () => {
    const again = makeMeasurement({ seed: 3, gpu: true });
    const a = write('a.json', measurementText(makeMeasurement({ seed: 3 })));
    const b = write('b.json', measurementText(again));
    const { status, stdout } = doubletime(['compare', a, b]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/environment\.device +"cpu" +"gpu" +time or machine/);
    expect(stdout).toMatch(/the results are the same/);
  });

  it('cuts long values, such as an evaluation that only one measurement has', () => {
    const whole = makeMeasurement({ seed: 3 });
    const a = write('whole.json', measurementText(whole));
    const { sha256, ...body } = { ...whole, curve: whole.curve.slice(0, -1) };
    const shorter = sealMeasurement(body);
    expect(shorter.sha256).not.toBe(sha256);
    const b = write('cut.json', measurementText(shorter));
    const { status, stdout } = doubletime(['compare', a, b]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/curve\[\d+\] +\{"examples":.*\u2026 +\(missing\) +RESULT/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(220);
  });

  it('exits with 1 if a result differs', () => {
    const a = write('c.json', measurementText(makeMeasurement({ seed: 3 })));
    const b = write('d.json', measurementText(makeMeasurement({ seed: 4 })));
    const { status, stdout } = doubletime(['compare', a, b, '--json']);
    expect(status).toBe(1);
    const { equal, differences } = JSON.parse(stdout) as { equal: boolean; differences: { path: string }[] };
    expect(equal).toBe(false);
    expect(differences.map(({ path }) => path)).toContain('seed');
  });

  it('exits with 65 for a damaged measurement and with 66 for a missing one', () => {
    const bad = write('bad.json', '{');
    expect(doubletime(['compare', files[0]!, bad])).toMatchObject({ status: 65 });
    expect(doubletime(['compare', files[0]!, join(folder, 'none.json')])).toMatchObject({ status: 66 });
  });
});

describe('doubletime validate', () => {
  it('exits with 0 for valid measurements', () => {
    const { status, stdout } = doubletime(['validate', ...files.slice(0, 2)]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/alexnet-[0-9a-f]{12}\.json: a valid measurement/);
  });

  it('exits with 65 and prints every finding with its line and place', () => {
    const path = join(folder, 'forged.json');
    writeFileSync(path, measurementText({ ...runs[0]!, seed: 12 }));
    const { status, stdout } = doubletime(['validate', path]);
    expect(status).toBe(65);
    expect(stdout).toMatch(/\n +\d+ +seed +is 12, but config\.seed is 0/);
    expect(stdout).toMatch(/\n *\d+ +sha256 +is/);
    const json = JSON.parse(doubletime(['validate', path, '--json']).stdout) as { sound: boolean };
    expect(json.sound).toBe(false);
  });

  it('links to the papers of networks outside the published table', () => {
    const later = makeMeasurement({
      network: 'convnext_atto',
      published: '2022-01-10',
      epochsToLevel: 1,
      forwardMacs: 1e6,
    });
    const own = makeMeasurement({ network: 'my_net', published: '2023-01-01', epochsToLevel: 1, forwardMacs: 1e5 });
    const laterFolder = join(folder, 'later');
    const paths = writeSweep(laterFolder, [makeMeasurement(), later, own]);
    const { status, stdout } = doubletime(['export', ...paths, '--format', 'tracker']);
    expect(status).toBe(0);
    expect(stdout).toContain(',convnext_atto,https://arxiv.org/abs/2201.03545,');
    expect(stdout).toContain(',my_net,,');
  });

  it('reports broken rules of the tracker as errors with --tracker', () => {
    const { status, stdout } = doubletime(['validate', files[0]!, '--tracker', '--markdown']);
    expect(status).toBe(65);
    expect(stdout).toMatch(/\| data\.classes +\| has 10 classes, ImageNet has 1000/);
  });

  it('checks every measurement in a folder, also damaged ones, and skips other JSON', () => {
    const store = join(folder, 'store');
    mkdirSync(join(store, 'sweep'), { recursive: true });
    expect(doubletime(['validate', store])).toMatchObject({
      status: 66,
      stderr: `doubletime: no measurements in ${store}: name a file or folder of measurements\n`,
    });
    writeFileSync(join(store, 'sweep', 'a.json'), measurementText(runs[0]!));
    writeFileSync(join(store, 'search.json'), '{ "tries": [] }');
    const checked = () => {
      const { status, stdout } = doubletime(['validate', store, '--json']);
      return { status, files: (JSON.parse(stdout) as { files: { file: string }[] }).files.map(({ file }) => file) };
    };
    expect(checked()).toEqual({ status: 0, files: [join(store, 'sweep', 'a.json')] });
    writeFileSync(join(store, 'sweep', 'b.json'), measurementText(runs[1]!).slice(0, 900));
    expect(checked()).toEqual({ status: 65, files: [join(store, 'sweep', 'a.json'), join(store, 'sweep', 'b.json')] });
  });

  it('exits with 66 for a missing file', () => {
    expect(doubletime(['validate', join(folder, 'none.json')])).toMatchObject({ status: 66 });
  });
});
