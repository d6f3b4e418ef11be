import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countFlops, fitTrend, planSweep, readMeasurement, train } from '../../src/api/index.ts';
import { packageFile } from '../../src/base/files/home.ts';
import { doubletime } from '../support/cli.ts';

const quickstart = packageFile('results/quickstart');
const measurements = readdirSync(quickstart).map((name) => readMeasurement(`${quickstart}/${name}`));

/** What a script in JavaScript may pass, whose types nothing checks. */
type Untyped = Parameters<typeof fitTrend>[1] & Parameters<typeof countFlops>[0] & Parameters<typeof train>[0];
const untyped = (value: unknown): Untyped => value as Untyped;

const userError = (exitCode: number, message: string): unknown =>
  expect.objectContaining({ name: 'UserError', exitCode, message });

describe('fitTrend refuses', () => {
  it.each([
    [{ levels: [79.1] }, 'fitTrend: levels.0 is 79.1, expected a number of at most 1'],
    [{ levels: [0] }, 'fitTrend: levels.0 is 0, expected a number above 0'],
    [{ levels: [] }, 'fitTrend: levels is [], expected a list of at least 1 item'],
    [{ level: 0.3 }, 'fitTrend: unknown key "level" (value 0.3); did you mean "levels"?'],
    [{ counts: 'Exact' }, 'fitTrend: counts is "Exact", expected one of: exact, paper; did you mean "exact"?'],
    [
      { metric: 'top-1', levels: [0.3] },
      'fitTrend: metric is "top-1", expected one of: top1, top5; did you mean "top1"?',
    ],
    [
      { metric: 'top5' },
      '--metric top5 has no effect: it chooses the accuracy of --level 0.6 or --level all; add one, or remove --metric',
    ],
  ])('the options %j', (options, message) => {
    expect(() => fitTrend(measurements, untyped(options))).toThrow(userError(64, message));
  });

  it('what are no measurements', () => {
    expect(() => fitTrend(untyped([{}]) as never)).toThrow(
      userError(64, 'fitTrend: measurements.0.version is missing, expected 1'),
    );
  });

  it.each([
    [{ published: 'yesterday' }, 'published is "yesterday": Invalid ISO date'],
    [{ published: '1850-01-01' }, 'published is 1850-01-01, expected a date from 1943 to 2199'],
    [{ data: null }, 'data is null, expected keys with values'],
    [{ crossing: undefined }, 'crossing is missing, expected keys with values'],
    [{ curve: [{}] }, 'curve.0.examples is missing, expected a number'],
    [
      { counts: { ...measurements[0]!.counts, stepMacs: 1e300 } },
      /counts\.stepMacs is 1e\+300, expected 0 or a number/,
    ],
  ])('a measurement with %j, which gave a wrong point or an internal error', (change, message) => {
    const list = [measurements[0]!, { ...measurements[1]!, ...(change as object) }];
    const start = 'fitTrend: measurements.1.';
    const text: unknown = typeof message === 'string' ? start + message : expect.stringMatching(message);
    expect(() => fitTrend(list)).toThrow(expect.objectContaining({ exitCode: 64, message: text }) as Error);
  });
});

it('fitTrend fits a level once that is given twice', () => {
  expect(fitTrend(measurements, { levels: [0.3, 0.3] })).toEqual(fitTrend(measurements, { levels: [0.3] }));
});

describe('countFlops refuses', () => {
  it.each([
    [{ network: undefined }, 'countFlops: network is missing, expected a name, the path of a file, or a definition'],
    [{ width: NaN }, 'resnet18: width is NaN, expected a number from 0.05 to 10'],
    [{ batch: 8n }, 'countFlops: batch is 8n, expected a number'],
    [{ toString: 1 }, /^resnet18 has no option toString: /],
    [{ input: 32.5 }, 'countFlops: input is 32.5, expected a whole number'],
    [{ batch: 65_537 }, 'countFlops: batch is 65537, expected a number of at most 65536'],
    [{ batch: '8' }, 'countFlops: batch is "8", expected a number'],
    [{ auxiliaryWeight: -1 }, 'countFlops: auxiliaryWeight is -1, expected a number of at least 0'],
    [{ precision: 'fp16' }, 'countFlops: precision is "fp16", expected one of: float32, tf32, bfloat16'],
  ])('request %#', (request, message) => {
    const text: unknown = typeof message === 'string' ? message : expect.stringMatching(message);
    const error = expect.objectContaining({ exitCode: 78, message: text }) as Error;
    expect(() => countFlops(untyped({ network: 'resnet18', ...request }))).toThrow(error);
  });
});

it.each(['resnet18', 'ResNet-18'])('countFlops refuses a definition with the name of a shipped network: %s', (name) => {
  const network = { name, published: '2026-01-01', forward: () => undefined as never };
  expect(() => countFlops(untyped({ network }))).toThrow(
    userError(78, `the name "${name}" belongs to a shipped network: choose another name`),
  );
});

it('train refuses a key that it does not know, which would change nothing', async () => {
  const request = untyped({ run: 'missing.yaml', dir: 'missing', sets: ['seed=1'] });
  await expect(train(request)).rejects.toEqual(
    userError(64, 'train: unknown key "sets" (value ["seed=1"]); did you mean "set"?'),
  );
});

describe('a path', () => {
  it.each([
    [undefined, 'is missing'],
    [null, 'is null'],
    [5, 'is 5'],
    [{}, 'is {}'],
  ])('may not be %j', (path, problem) => {
    const of = (name: string): unknown => userError(64, `${name} ${problem}, expected text`);
    expect(() => readMeasurement(path as string)).toThrow(of('readMeasurement: path'));
    expect(() => planSweep(path as string)).toThrow(of('planSweep: sweep'));
  });

  it('with a NUL character does not exist', async () => {
    const missing = expect.objectContaining({ exitCode: 66 }) as Error;
    expect(() => readMeasurement('a\0b')).toThrow(missing);
    expect(() => planSweep('a\0b')).toThrow(missing);
    expect(() => planSweep('./a\0b')).toThrow(missing);
    await expect(train({ run: 'a\0b', dir: 'missing' })).rejects.toEqual(missing);
  });
});

it.each([[null], [{}], [undefined]])('train refuses %j as a stream for the progress', async (stream) => {
  const request = untyped({ run: 'synthetic', dir: 'missing', progress: { stream, format: 'text' } });
  await expect(train(request)).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(/^train: progress\.stream is \S+, expected a stream to write to, such as/) as string,
  });
});

it.each([
  [['--batch', '65537'], '--batch is 65537, expected a whole number from 1 to 65536'],
  [['--auxiliary-weight', '1e400'], '--auxiliary-weight is Infinity, expected a number of at least 0'],
])('flops %j is refused in one line', (options, message) => {
  expect(doubletime(['flops', 'resnet18', ...options])).toMatchObject({
    status: 64,
    stderr: `doubletime: ${message}\n`,
  });
});
