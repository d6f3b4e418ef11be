// Gives TensorFlow a copy of each JavaScript array and releases the array at once. tfjs is compiled with
// -DTF_NewTensor=doubletime_NewTensor, which replaces TF_NewTensor. The original shares the memory of the array, and the thread that
// drops the last reference releases the array. In a graph that is often a thread of TensorFlow, but Node-API allows it only in
// JavaScript's thread. The shared memory is the likely, but not proven, cause of rare crashes ("free(): invalid pointer": 9 in about
// 10,400 short-lived sessions).
#undef TF_NewTensor
#include <cstring>

#include "tensorflow/c/c_api.h"

extern "C" TF_Tensor *doubletime_NewTensor(TF_DataType type, const int64_t *dimensions, int count,
                                           void *data, size_t bytes,
                                           void (*release)(void *data, size_t bytes, void *argument),
                                           void *argument) {
  TF_Tensor *tensor = TF_AllocateTensor(type, dimensions, count, bytes);
  if (tensor != nullptr && bytes > 0) std::memcpy(TF_TensorData(tensor), data, bytes);
  release(data, bytes, argument);
  return tensor;
}
