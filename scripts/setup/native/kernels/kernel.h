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

// The inputs and outputs of one execution of a kernel. Outputs must be taken before the inputs that they may replace.
class Call {
 public:
  explicit Call(TF_OpKernelContext *context) : context_(context), status_(TF_NewStatus()) {}
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  const float *input(int index);
  const void *bytes(int index);
  std::vector<int64_t> shape(int index);
  int64_t size(int index);
  // A new output of float32.
  float *output(int index, const std::vector<int64_t> &shape);
  // An output of float32 in the memory of an input that nothing else reads; otherwise a new output.
  float *outputOver(int index, int input, const std::vector<int64_t> &shape);
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Tensor *tensor(int index);
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
};

// Registers an op and its kernel; false if TensorFlow refuses it.
bool registerOp(const Op &op);

// The ops of each file with kernels.
std::vector<Op> batchNormOps();
std::vector<Op> channelOps();
std::vector<Op> imageOps();
std::vector<Op> decayOps();
std::vector<Op> depthwiseOps();

}  // namespace doubletime
