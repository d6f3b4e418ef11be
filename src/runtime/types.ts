/** The values of TF_DataType (tensorflow/c/tf_datatype.h) that images and networks need. */
export const DataType = {
  float: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** The values of TF_AttrType (tensorflow/c/tf_attrtype.h). */
export const AttributeType = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;
