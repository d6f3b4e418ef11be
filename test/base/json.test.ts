import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/base/json.ts';

describe('canonicalJson', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: 3 }], a: 'x' })).toBe(canonicalJson({ a: 'x', b: [1, { c: 3, d: 2 }] }));
  });

  it('leaves undefined fields out, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it.each([NaN, Infinity])('refuses %s', (value) => {
    expect(() => canonicalJson({ value })).toThrow(/finite/);
  });
});
