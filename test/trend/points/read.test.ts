import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { readPoints } from '../../../src/trend/points/read.ts';
import { pointsFolder } from '../../support/points.ts';

const write = pointsFolder();
const HEAD = 'name,published,compute,unit';

const rowsOf = (text: string | Uint8Array) =>
  readPoints(write(text)).rows.map(({ name, published, teraflopSecondDays, seed }) => [
    name,
    published,
    teraflopSecondDays,
    seed,
  ]);

/** The message without the folder. */
function refusal(text: string | Uint8Array): string {
  try {
    readPoints(write(text));
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 65) return error.message.replace(/^\S*points\.csv/, 'FILE');
    throw error;
  }
  throw new Error('the file was accepted');
}

it('reads a row as name, day and compute in teraflop/s-days', () => {
  expect(rowsOf(`${HEAD}\nAlexNet,2012-06-01,266.112,petaflop\n`)).toEqual([['AlexNet', '2012-06-01', 3.08, null]]);
});

it.each<[string, string | Uint8Array]>([
  ['a byte order mark and CRLF', `\ufeff${HEAD}\r\n"Net, small",2012-06-01,1,teraflop/s-days\r\n`],
  ['semicolons', 'name;published;compute;unit\nNet, small;2012-06-01;1;teraflop/s-days\n'],
  ['tabs', 'name\tpublished\tcompute\tunit\nNet, small\t2012-06-01\t1\tteraflop/s-days'],
  [
    'another order, another case and spaces',
    ' Unit ,COMPUTE,name, Published\nteraflop/s-days, 1 ,"Net, small",2012-6-1',
  ],
  ['CR line ends', `${HEAD}\r"Net, small",2012-06-01,1,teraflop/s-days\r`],
  ['empty lines', `\n${HEAD}\n\n"Net, small",2012-06-01,1,teraflop/s-days\n\n`],
])('reads a file with %s', (_, text) => {
  expect(rowsOf(text)).toEqual([['Net, small', '2012-06-01', 1, null]]);
});

describe.each([
  ['semicolons', ';'],
  ['tabs', '\t'],
])('a table with %s', (_, separator) => {
  const table = (amount: string): string =>
    [
      ['name', 'published', 'compute', 'unit'],
      ['a', '2012-06-01', amount, 'teraflop/s-days'],
    ]
      .map((cells) => `${cells.join(separator)}\n`)
      .join('');

  it('refuses a point that may separate thousands', () => {
    expect(refusal(table('1.250'))).toMatch(
      /:2: compute is "1\.250", which is 1250 with a point between thousands or 1\.25 with a decimal point: write 1250 or 1\.2500$/,
    );
    expect(refusal(table('1.250.000'))).toMatch(/expected a number with at most a decimal point/);
  });

  it.each(['1.2500', '1.25', '0.125', '1250'])('reads %s', (amount) => {
    expect(rowsOf(table(amount))[0]![2]).toBe(Number(amount));
  });
});

it('reads a point as decimal in a table with commas', () => {
  expect(rowsOf(`${HEAD}\na,2012-06-01,1.125,teraflop/s-days\n`)[0]![2]).toBe(1.125);
});

it('reads quotes and line breaks in a name', () => {
  expect(rowsOf(`${HEAD}\n"a ""b""\nc",2012-06-01,1,teraflop/s-days\n`)[0]![0]).toBe('a "b"\nc');
});

it('reads the level of each row, else the name of the file', () => {
  const levels = (text: string) => readPoints(write(text, 'go.csv')).rows.map(({ level }) => level);
  expect(levels(`${HEAD},level\na,2016-01-01,1,flop,Elo 3000\n`)).toEqual(['Elo 3000']);
  expect(levels(`${HEAD}\na,2016-01-01,1,flop\n`)).toEqual(['go']);
});

it('reads a seed that missed the level as infinite', () => {
  const text = `${HEAD},seed\na,2016-01-01,1,teraflop/s-days,0\na,2016-01-01,inf,teraflop/s-days,1\n`;
  expect(rowsOf(text).map(([, , compute, seed]) => [compute, seed])).toEqual([
    [1, 0],
    [Infinity, 1],
  ]);
});

it('records the hash of the file and the columns that it did not read', () => {
  const text = `${HEAD},link\na,2016-01-01,1,flop,x\n`;
  const { sha256, columnsNotRead } = readPoints(write(text));
  expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  expect(columnsNotRead).toEqual(['link']);
});

const cell = (column: 'name' | 'published' | 'compute' | 'unit', text: string): string => {
  const row = { name: 'a', published: '2016-01-01', compute: '1', unit: 'flop', [column]: text };
  return `${HEAD}\nb,2015-01-01,1,flop\n${[row.name, row.published, row.compute, row.unit].join(',')}\n`;
};

it.each<[string, string | Uint8Array, RegExp]>([
  ['an empty file', '', /^FILE is empty/],
  ['no rows', `${HEAD}\n`, /^FILE has a header line and no rows/],
  [
    'a missing column',
    'name,published,compute\na,b,c\n',
    /^FILE:1: the column "unit" is missing: expected name, published, compute and unit, and optionally level and seed$/,
  ],
  ['two missing columns', 'network,date,compute,unit\n', /the columns "name", "published" are missing/],
  ['a mistyped column', 'name,publised,compute,unit\n', /"published" is missing: .*; "publised" may be published$/],
  ['a column that occurs twice', `${HEAD},Unit\n`, /^FILE:1: the column "unit" occurs twice/],
  ['an empty name', cell('name', ''), /^FILE:3: name is empty, expected a name$/],
  ['a month only', cell('published', '2016-01'), /^FILE:3: published is "2016-01", expected year-month-day/],
  [
    'a day that does not exist',
    cell('published', '2015-02-29'),
    /^FILE:3: published is "2015-02-29", expected a day that exists$/,
  ],
  [
    'a date that can be read in two ways',
    cell('published', '6/1/2012'),
    /is "6\/1\/2012", which is 2012-06-01 or 2012-01-06: write one of the two$/,
  ],
  ['an American date', cell('published', '6/31/2012'), /expected year-month-day/],
  ['a year far away', cell('published', '1016-01-01'), /expected a date from 1943 to 2199/],
  ['text for a number', cell('compute', 'much'), /^FILE:3: compute is "much", expected a number above 0/],
  ['zero', cell('compute', '0'), /compute is "0", expected a number above 0/],
  ['a negative number', cell('compute', '-3'), /expected a number above 0/],
  ['a hexadecimal number', cell('compute', '0x10'), /expected a number above 0/],
  ['a number beyond doubles', cell('compute', '1e400'), /above 0 and below 1\.8e308/],
  [
    'a number beyond all charts',
    cell('compute', '1e300'),
    /^FILE:3: compute is 1\.\d+e\+283 teraflop\/s-days, expected a number from 1e-30 to 1e\+30$/,
  ],
  ['a missed level without seeds', cell('compute', 'inf'), /inf is only for a seed that missed the level/],
  [
    'a comma in a number',
    cell('compute', '"3,125"'),
    /is "3,125", which is 3\.125 with a decimal comma or 3125 with a thousands separator/,
  ],
  ['a decimal comma', cell('compute', '"0,125"'), /is "0,125", expected a decimal point: 0\.125$/],
  [
    'two separators',
    cell('compute', '"1,234,567"'),
    /at most a decimal point and no other separator, such as 1234\.5$/,
  ],
  ['an unknown unit', cell('unit', 'GPU-days'), /^FILE:3: unit is "GPU-days", but its FLOPs depend on the device/],
  ['a row with more cells', `${HEAD}\na,2016-01-01,1,flop,x\n`, /^FILE:2: has 5 cells, expected 4 as in the header/],
  [
    'a seed that is not a whole number',
    `${HEAD},seed\na,2016-01-01,1,flop,1.5\n`,
    /^FILE:2: seed is "1\.5", expected a whole number from 0$/,
  ],
  ['an open quote', `${HEAD}\n"a,2016-01-01,1,flop\n`, /^FILE:2: is not valid CSV: a quote is not closed/],
  [
    'another encoding',
    Buffer.from(`${HEAD}\nR\u00e9seau,2016-01-01,1,flop\n`, 'latin1'),
    /^FILE:2:2: the byte 0xE9 is not UTF-8 text/,
  ],
])('refuses %s in one line', (_, text, message) => {
  expect(refusal(text)).toMatch(message);
  expect(refusal(text)).not.toContain('\n');
});

it('refuses a file that does not exist with exit code 66', () => {
  expect(() => readPoints('/no/such.csv')).toThrow(expect.objectContaining({ exitCode: 66 }) as Error);
});
