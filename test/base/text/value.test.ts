import { expect, it } from 'vitest';
import { formatValue } from '../../../src/base/text/value.ts';

const circular: { inner?: unknown } = {};
circular.inner = circular;

it.each([
  [NaN, 'NaN'],
  [{ a: Infinity }, '{"a":"Infinity"}'],
  ['text', '"text"'],
  [undefined, 'undefined'],
  [8n, '8n'],
  [circular, 'object'],
  ['x'.repeat(200), `"${'x'.repeat(76)}...`],
])('formatValue %#', (value, text) => {
  expect(formatValue(value)).toBe(text);
});
