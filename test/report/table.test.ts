import { expect, test } from 'vitest';
import { cellText, tableCsv } from '../../src/report/table.ts';

const columns = [
  { key: 'network', label: 'Network' },
  {
    key: 'compute',
    label: 'Compute',
    unit: 'teraflop/s-days',
    show: (value: number) => value.toFixed(1),
  },
];

test('CSV has units in the names, full precision, quotes where needed, and empty cells for null', () => {
  const rows = [
    { network: 'a, "b"\nc', compute: 0.1234567890123 },
    { network: 'd', compute: null },
  ];
  expect(tableCsv({ columns, rows })).toBe(
    'network,compute_teraflop_s_days\r\n"a, ""b""\nc",0.1234567890123\r\nd,\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('the text %j is not a formula in the CSV', (network) => {
  const line = tableCsv({ columns, rows: [{ network, compute: -1 }] }).split('\r\n')[1];
  expect(line).toBe(`'${network},-1`);
});

test('the page shows rounded numbers, and a dash for a missing value', () => {
  expect(cellText(columns[1]!, { compute: 3.14 })).toBe('3.1');
  expect(cellText(columns[1]!, { compute: null })).toBe('–');
});
