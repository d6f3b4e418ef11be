// Shared by all kernels: access to the tensors of one execution through TensorFlow's C API, and the registration of ops.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Compiles a function for several instruction sets. The loader chooses the best one that the processor has.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DOUBLETIME_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DOUBLETIME_CLONES
#endif
// Stands before a loop: its iterations do not depend on each other, even if its pointers are equal.
#if defined(__clang__)
#define DOUBLETIME_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DOUBLETIME_INDEPENDENT _Pragma("GCC ivdep")
#endif
#define DOUBLETIME_INLINE inline __attribute__((always_inline))

namespace doubletime {

// The type of a tensor with elements of type T.
template <typename T>
struct TypeOf;
template <>
struct TypeOf<float> {
  static constexpr TF_DataType value = TF_FLOAT;
};
struct Bfloat16;
template <>
struct TypeOf<Bfloat16> {
  static constexpr TF_DataType value = TF_BFLOAT16;
};

// The inputs and outputs of one execution of a kernel. Outputs must be taken before the inputs that they may replace.
class Call {
 public:
  explicit Call(TF_OpKernelContext *context) : context_(context), status_(TF_NewStatus()) {}
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  const void *bytes(int index);
  template <typename T>
  const T *input(int index) {
    return static_cast<const T *>(bytes(index));
  }
  std::vector<int64_t> shape(int index);
  int64_t size(int index);
  // A new output.
  template <typename T>
  T *output(int index, const std::vector<int64_t> &shape) {
    return static_cast<T *>(allocate(index, TypeOf<T>::value, sizeof(T), shape));
  }
  // An output in the memory of one of these inputs, if it has the same type and nothing else reads it; otherwise a new output.
  template <typename T>
  T *outputOver(int index, const std::vector<int> &inputs, const std::vector<int64_t> &shape) {
    return inputs.empty() ? output<T>(index, shape) : static_cast<T *>(forward(index, inputs, shape));
  }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Tensor *tensor(int index);
  void *allocate(int index, TF_DataType type, size_t bytes, const std::vector<int64_t> &shape);
  void *forward(int index, const std::vector<int> &inputs, const std::vector<int64_t> &shape);
  TF_OpKernelContext *context_;
  TF_Status *status_;
  std::vector<TF_Tensor *> inputs_;
  std::vector<TF_Tensor *> outputs_;
};

// Reads the attributes of a node.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *construction) : construction_(construction), status_(TF_NewStatus()) {}
  ~Attributes() { TF_DeleteStatus(status_); }
  float number(const char *name);
  int64_t integer(const char *name);
  bool flag(const char *name);
  std::vector<int64_t> integers(const char *name);

 private:
  TF_OpKernelConstruction *construction_;
  TF_Status *status_;
};

// An op with a kernel for the CPU.
struct Op {
  const char *name;
  std::vector<const char *> inputs;
  std::vector<const char *> outputs;
  std::vector<const char *> attributes;
  // For each output, the index of the input with the same shape; empty if the shapes are unknown.
  std::vector<int> shapes;
  void *(*create)(TF_OpKernelConstruction *);
  void (*compute)(void *, TF_OpKernelContext *);
  void (*remove)(void *);
  // For inputs of bfloat16: then the op has an attribute T, of which `compute` is for float32.
  void (*computeBfloat16)(void *, TF_OpKernelContext *) = nullptr;
};

// Registers an op and its kernel; false if TensorFlow refuses it.
bool registerOp(const Op &op);

// The ops of each file with kernels.
std::vector<Op> batchNormOps();
std::vector<Op> channelOps();
std::vector<Op> imageOps();
std::vector<Op> updateOps();
std::vector<Op> filterGradientOps();
std::vector<Op> linearGradientOps();
std::vector<Op> depthwiseOps();
std::vector<Op> depthwiseFilterOps();

}  // namespace doubletime
