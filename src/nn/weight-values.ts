import { nameList } from '../base/name-list.ts';

const isVariance = (name: string): boolean => name.endsWith('.running_var');

/** What is suspicious about weights, a line for each kind: values that are not finite, variances below zero. */
export function weightWarnings(values: ReadonlyMap<string, Float32Array>): string[] {
  const named = (test: (name: string, tensor: Float32Array) => boolean): string[] =>
    [...values].filter(([name, tensor]) => test(name, tensor)).map(([name]) => name);
  const kinds: [string, string[]][] = [
    ['NaN', named((_, tensor) => tensor.some(Number.isNaN))],
    [
      'infinite values',
      named((_, tensor) => tensor.includes(Infinity) || tensor.includes(-Infinity)),
    ],
    ['negative variances', named((name, tensor) => isVariance(name) && tensor.some((v) => v < 0))],
  ];
  return kinds
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} in ${names.length === 1 ? '1 tensor' : `${names.length} tensors`}: ${nameList(names)}`); // prettier-ignore
}
