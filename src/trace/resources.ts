import { MOMENTUM_OP } from '../nn/raw.ts';
import type { NativeBinding, OpAttribute, TensorMetadata } from '../runtime/binding.ts';
import { AttributeType, DataType } from '../runtime/types.ts';
import { withReplaced } from './stand-in.ts';

const FLOAT: OpAttribute = { name: 'dtype', type: AttributeType.type, value: DataType.float };

let variableCount = 0;

/** Creates a variable with a tensor's value and returns its handle. */
function createVariable(native: NativeBinding, value: number): number {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'shape', type: AttributeType.shape, value: [] },
    { name: 'shared_name', type: AttributeType.string, value: `doubletime-${variableCount++}` },
  ];
  const [handle] = native.executeOp('VarHandleOp', attributes, [], 1);
  if (!handle) throw new TypeError('VarHandleOp returned no handle');
  const assign = [FLOAT, { name: 'validate_shape', type: AttributeType.bool, value: false }];
  native.executeOp('AssignVariableOp', assign, [handle.id, value], 0);
  return handle.id;
}

/** Reads the value of a variable and destroys the variable. */
function takeValue(native: NativeBinding, handle: number): TensorMetadata {
  const [value] = native.executeOp('ReadVariableOp', [FLOAT], [handle], 1);
  if (!value) throw new TypeError('ReadVariableOp returned no value');
  native.executeOp('DestroyResourceOp', [], [handle], 0);
  native.deleteTensor(handle);
  return value;
}

/**
 * The native binding with a `MOMENTUM_OP` as it is recorded: it takes the values of weight and momentum, and returns their new
 * values. TensorFlow's op updates variables.
 */
export const withValueUpdates = (native: NativeBinding): NativeBinding =>
  withReplaced(native, {
    executeOp: (name, attributes, inputs, outputs) => {
      if (name !== MOMENTUM_OP) return native.executeOp(name, attributes, inputs, outputs);
      const [weight = -1, momentum = -1, ...rest] = inputs;
      const handles = [createVariable(native, weight), createVariable(native, momentum)];
      native.executeOp(name, attributes, [...handles, ...rest], 0);
      return handles.map((handle) => takeValue(native, handle));
    },
  });
