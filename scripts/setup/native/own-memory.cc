// tfjs lets TensorFlow read the memory of JavaScript's arrays (TF_NewTensor with a deallocator) and releases the array from
// whichever thread drops the last reference. In a graph that is often a thread of TensorFlow's, two at once in a debugger, and
// Node-API's references belong to JavaScript's thread alone. Rare heap corruption was seen beside it ("free(): invalid
// pointer", 9 deaths in about 10,400 short-lived sessions); that this was its cause is likely, not proven. tfjs is compiled with
// -DTF_NewTensor=doubletime_NewTensor, and so gets a copy in TensorFlow's own memory, the array released at once.
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
