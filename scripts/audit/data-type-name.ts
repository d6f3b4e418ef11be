import { DataType } from '../../src/runtime/types.ts';

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(DataType).map(([name, value]) => [value, name === 'float' ? 'float32' : name]),
);

/** The name of a TF_DataType in TensorFlow's Python, such as float32 for 1. @throws RangeError if it is unknown. */
export function dataTypeName(value: number): string {
  const name = names.get(value);
  if (name === undefined) throw new RangeError(`TF_DataType ${value} is unknown: add it to DataType`);
  return name;
}
