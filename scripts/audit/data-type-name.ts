import { DataType } from '../../src/runtime/types.ts';

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(DataType).map(([name, value]) => [value, name === 'float' ? 'float32' : name]),
);

/** TF_DataType as TensorFlow's Python spells it: 1 is float32. */
export function dataTypeName(value: number): string {
  const name = names.get(value);
  if (name === undefined) throw new RangeError(`TF_DataType ${value} has no name here`);
  return name;
}
