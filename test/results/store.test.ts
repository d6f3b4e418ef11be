import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOfJson } from '../../src/base/json.ts';
import { migrate } from '../../src/results/migrate.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { listMeasurements, loadMeasurements, measurementText, storeMeasurement } from '../../src/results/store.ts';
import { withFailures } from '../support/file-failures.ts';
import { makeMeasurement, makeSweep, writeSweep } from '../support/measurements.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const shortRun = (seed: number) => makeMeasurement({ seed, epochs: 3, epochsToLevel: 2 });

describe('storeMeasurement', () => {
  it('writes results/<sweep>/<run id>.json, and nothing beside it', () => {
    const measurement = shortRun(0);
    const file = storeMeasurement(folder, 'level', measurement);
    expect(file).toBe(join(folder, 'level', `${measurement.id}.json`));
    expect(readMeasurement(file)).toEqual(measurement);
    expect(readdirSync(join(folder, 'level'))).toEqual([`${measurement.id}.json`]);
  });

  it('accepts the same measurement again, and refuses another one with the same name', () => {
    const file = storeMeasurement(folder, 'level', shortRun(0));
    const before = readFileSync(file, 'utf8');
    expect(storeMeasurement(folder, 'level', shortRun(0))).toBe(file);
    const other = makeMeasurement({ seed: 1, id: shortRun(0).id, epochs: 3 });
    expect(() => storeMeasurement(folder, 'level', other)).toThrow(/never overwritten/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each(['EPERM', 'ENOTSUP'])('stores without hard links (%s), and never overwrites another measurement', (error) => {
    const failing = ({ call }: { call: string }) => (call === 'link' ? error : undefined);
    return withFailures(folder, failing, () => {
      const file = storeMeasurement(folder, 'level', shortRun(0));
      expect(readMeasurement(file)).toEqual(shortRun(0));
      expect(readdirSync(join(folder, 'level'))).toEqual([`${shortRun(0).id}.json`]);
      const other = makeMeasurement({ seed: 1, id: shortRun(0).id, epochs: 3 });
      expect(() => storeMeasurement(folder, 'level', other)).toThrow(/never overwritten/);
      expect(readMeasurement(file)).toEqual(shortRun(0));
      return Promise.resolve();
    });
  });

  it.each(['../up', 'a/b', '', '.hidden'])('refuses "%s" as a name', (id) => {
    const measurement = { ...shortRun(0), id };
    expect(() => storeMeasurement(folder, 'level', measurement)).toThrow(/is not a name for a measurement/);
  });
});

describe('loadMeasurements', () => {
  it('finds measurements in nested folders, and ignores other JSON', () => {
    writeSweep(join(folder, 'a'), makeSweep([0], { epochs: 3 }));
    writeSweep(join(folder, 'b', 'c'), [shortRun(7)]);
    writeFileSync(join(folder, 'package.json'), '{"name":"x"}');
    const { stored, unreadable } = loadMeasurements([folder]);
    expect(stored).toHaveLength(9);
    expect(unreadable).toEqual([]);
  });

  it('finds the measurement of a run whose folder is a link, once, and does not follow links in a circle', () => {
    mkdirSync(join(folder, 'sweep/runs'), { recursive: true });
    mkdirSync(join(folder, 'disk'));
    writeFileSync(join(folder, 'disk/measurement.json'), measurementText(shortRun(0)));
    symlinkSync('../../disk', join(folder, 'sweep/runs/a'));
    symlinkSync('a', join(folder, 'sweep/runs/b'));
    symlinkSync('..', join(folder, 'sweep/runs/up'));
    const { stored, unreadable } = loadMeasurements([join(folder, 'sweep')]);
    expect(stored.map(({ file }) => file)).toEqual([join(folder, 'sweep/runs/a/measurement.json')]);
    expect(unreadable).toEqual([]);
  });

  it('reads only measurement.json of a run folder, and nothing of an unfinished run', () => {
    mkdirSync(join(folder, 'run'));
    mkdirSync(join(folder, 'unfinished'));
    writeFileSync(join(folder, 'run', 'measurement.json'), measurementText(shortRun(0)));
    writeFileSync(join(folder, 'run', 'config.json'), '{"totals":1}');
    writeFileSync(join(folder, 'unfinished', 'progress.json'), '{"totals":1}');
    const { stored, unreadable } = loadMeasurements([folder]);
    expect(stored).toHaveLength(1);
    expect(unreadable).toEqual([]);
  });

  const whole = measurementText(shortRun(0));
  it.each([
    ['half a file', whole.slice(0, whole.length / 2), /not JSON/],
    ['an empty file', '', /not JSON/],
    ['text that is not JSON', 'network: alexnet', /not JSON/],
    ['a changed number', whole.replace('"seed": 0', '"seed": 1'), /changed after/],
    ['an infinite count', whole.replace(/"parameters": \d+/, '"parameters": 1e999'), /parameters/],
    [
      'an infinite setting',
      whole.replace(/"batch": 250/, '"batch": 1e999'),
      /config\.recipe\.batch is a number outside/,
    ],
    ['a NaN', whole.replace(/"parameters": \d+/, '"parameters": NaN'), /not JSON/],
    ['a newer version', whole.replace('"version": 1', '"version": 2'), /update doubletime/],
    ['an older version', whole.replace('"version": 1', '"version": 0'), /version 0/],
    ['no version', whole.replace('"version": 1,', ''), /its version is missing/],
  ])('names a file with %s, and loads the others', (_, text, message) => {
    writeSweep(folder, [shortRun(1)]);
    writeFileSync(join(folder, 'bad.json'), text);
    const { stored, unreadable } = loadMeasurements([folder]);
    expect(stored).toHaveLength(1);
    expect(unreadable).toEqual([{ file: join(folder, 'bad.json'), message: expect.stringMatching(message) as string }]);
  });

  it('names the path that does not exist', () => {
    expect(() => loadMeasurements([join(folder, 'nowhere')])).toThrow(/nowhere does not exist/);
  });
});

describe('listMeasurements', () => {
  it('lists what loadMeasurements loads', () => {
    writeSweep(folder, makeSweep([0, 1], { epochs: 3 }));
    const { stored } = loadMeasurements([folder]);
    const { listings, unreadable } = listMeasurements(folder);
    expect(unreadable).toEqual([]);
    expect(listings.map(({ file, id }) => [file, id])).toEqual(
      stored.map(({ file, measurement }) => [file, measurement.id]),
    );
  });
});

describe('migrate', () => {
  const body = { version: 1, name: 'x' };
  const sealed = { ...body, sha256: hashOfJson(body) };
  const migrations = new Map([
    [1, (old: object) => ({ ...old, added: 1 })],
    [2, (old: object) => ({ ...old, added: 2 })],
  ]);

  it('migrates version by version and seals the result again', () => {
    const expected = { version: 3, name: 'x', added: 2 };
    expect(migrate(sealed, migrations, 3)).toEqual({ ...expected, sha256: hashOfJson(expected) });
  });

  it('refuses a measurement that was changed before, and a missing migration', () => {
    expect(() => migrate({ ...sealed, name: 'y' }, migrations, 3)).toThrow(/changed/);
    expect(() => migrate(sealed, migrations, 4)).toThrow(/no migration to version 4/);
  });
});
