/** An attribute of an op for tfjs's native addon. A dtype is a number of TensorFlow's TF_DataType. */
export interface OpAttribute {
  readonly name: string;
  /** One of the binding's TF_ATTR_* constants. */
  readonly type: number;
  readonly value: boolean | number | object | string | readonly number[];
}

/** A tensor that the native addon holds, by its id. `dtype`: TF_DataType. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export type NativeValues = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/**
 * The native addon of @tensorflow/tfjs-node-gpu (binding/tfjs_binding.cc). Its properties are read-only, but a plain object with the
 * same properties can replace `NativeBackend.binding`. The id of a deleted tensor is never reused.
 */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, values: NativeValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): NativeValues;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputIds: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  /** @param tags of the SavedModel's meta graph, comma-separated. */
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** Runs a SavedModel and waits for it. Feeds and fetches are comma-separated tensor names (`x:0`). Copies the feeds. */
  runSavedModel(id: number, inputIds: readonly number[], feeds: string, fetches: string): TensorMetadata[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_COMPLEX64: number;
  readonly TF_STRING: number;
  readonly TF_RESOURCE: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_RESOURCE: number;
  readonly TF_Version: string;
}
