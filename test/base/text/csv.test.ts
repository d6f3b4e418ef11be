import { describe, expect, it } from 'vitest';
import { describeCsvProblem, parseCsv, toCsv } from '../../../src/base/text/csv.ts';

describe('toCsv', () => {
  it('quotes commas, quotes and line breaks, and leaves null empty', () => {
    const text = toCsv(
      ['a', 'b_s'],
      [
        ['x,"y"\nz', 1.5],
        [null, true],
      ],
    );
    expect(text).toBe('a,b_s\r\n"x,""y""\nz",1.5\r\n,true\r\n');
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@x',
    '\tx',
    '\n=1',
    ' =1',
    '\r=1',
    '\u00a0+1',
    '\ufeff=1',
    '\u200b@x',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    ' ＝1',
  ])('keeps a spreadsheet from running %j', (text) => {
    expect(parseCsv(toCsv(['a'], [[text]]))![1]!.cells).toEqual([`'${text}`]);
  });

  it('leaves negative numbers alone', () => {
    expect(toCsv(['a'], [[-1]])).toBe('a\r\n-1\r\n');
  });
});

describe('parseCsv', () => {
  it('reads back what toCsv wrote, with the line each row begins on', () => {
    const rows = [
      ['x,"y"\nz', 'plain'],
      ['', 'end'],
    ];
    expect(parseCsv(toCsv(['a', 'b'], rows))).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: rows[0] },
      { line: 4, cells: rows[1] },
    ]);
  });

  it('accepts plain line feeds, empty lines and a missing last line break', () => {
    expect(parseCsv('a,b\n\n1,')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['1', ''] },
    ]);
  });

  it('returns undefined for broken quotes', () => {
    expect(parseCsv('"open')).toBeUndefined();
    expect(parseCsv('"a"b,c')).toBeUndefined();
    expect(describeCsvProblem('a\n\nb,"open\nc').line).toBe(3);
  });
});
