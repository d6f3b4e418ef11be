import { nameList } from '../base/text/name-list.ts';

const isVariance = (name: string): boolean => name.endsWith('.running_var');

/** Maximum number of names in the warning. */
const MAX_NAMES = 10;

/** A one-line warning about NaN, infinite values and negative variances; undefined if there are none. */
export function weightWarning(values: ReadonlyMap<string, Float32Array>): string | undefined {
  const named = (test: (name: string, tensor: Float32Array) => boolean): string[] =>
    [...values].filter(([name, tensor]) => test(name, tensor)).map(([name]) => name);
  const kinds = [
    { what: 'NaN', names: named((_, tensor) => tensor.some(Number.isNaN)) },
    { what: 'infinite values', names: named((_, tensor) => tensor.some((v) => Math.abs(v) === Infinity)) },
    { what: 'negative variances', names: named((name, tensor) => isVariance(name) && tensor.some((v) => v < 0)) },
  ].filter(({ names }) => names.length > 0);
  if (kinds.length === 0) return undefined;
  const namesPerKind = Math.floor(MAX_NAMES / kinds.length);
  return kinds.map(({ what, names }) => `${what} in ${nameList(names, namesPerKind)}`).join('; ');
}
