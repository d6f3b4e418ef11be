// A program of elementwise ops over tensors of float32: the update of one parameter, or of many small ones at once. Every op is
// rounded as TensorFlow's own op, so the results are the same to the bit (Rsqrt: see below).
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernel.h"
#include "parallel.h"

namespace doubletime {
namespace {

// src/trace/fuse/update.ts writes these numbers.
enum class Code : int64_t { multiply, add, subtract, divide, square, squareRoot, inverseRoot, sign, maximum, minimum };

struct Instruction {
  Code code;
  // Registers: operands first, then the result of each instruction.
  int64_t first, second;
};

struct Program {
  std::vector<Instruction> instructions;
  // Whether each operand is a scalar.
  std::vector<int64_t> scalars;
  // The operand that has the outputs' shape and is never replaced by one.
  int64_t kept;
  // The registers that are outputs.
  std::vector<int64_t> results;
  // Of each tensor the input of each operand.
  std::vector<int64_t> operands;
  int64_t operandCount() const { return static_cast<int64_t>(scalars.size()); }
  int64_t tensors() const { return static_cast<int64_t>(operands.size() / scalars.size()); }
  int64_t input(int64_t tensor, int64_t operand) const { return operands[tensor * operandCount() + operand]; }
  // The inputs in the memory of which an output of the tensor may be.
  std::vector<int> replaceable(int64_t tensor) const {
    std::vector<int> found;
    for (int64_t k = 0; k < operandCount(); k++)
      if (!scalars[k] && k != kept) found.push_back(static_cast<int>(input(tensor, k)));
    return found;
  }
};

void *create(TF_OpKernelConstruction *construction) {
  Attributes attributes(construction);
  auto *program = new Program{{}, attributes.integers("scalars"), attributes.integer("kept"),
                              attributes.integers("results"), attributes.integers("operands")};
  const std::vector<int64_t> written = attributes.integers("program");
  for (size_t i = 0; i + 2 < written.size(); i += 3)
    program->instructions.push_back({static_cast<Code>(written[i]), written[i + 1], written[i + 2]});
  return program;
}

void remove(void *program) { delete static_cast<Program *>(program); }

constexpr int64_t CHUNK = 512;

template <typename Function>
DOUBLETIME_INLINE void each(int64_t count, float *y, const Function &function) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) y[k] = function(k);
}

// One instruction is one loop, so that compilers cannot fuse a product with the sum after it, which would round differently.
DOUBLETIME_CLONES void execute(Code code, const float *a, const float *b, int64_t count, float *y) {
  switch (code) {
    case Code::multiply:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return a[k] * b[k]; });
    case Code::add:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return a[k] + b[k]; });
    case Code::subtract:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return a[k] - b[k]; });
    case Code::divide:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return a[k] / b[k]; });
    case Code::square:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return a[k] * a[k]; });
    case Code::squareRoot:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return std::sqrt(a[k]); });
    case Code::inverseRoot:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) { return 1.f / std::sqrt(a[k]); });
    case Code::sign:
      // NaN stays NaN.
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) {
        return a[k] > 0.f ? 1.f : (a[k] < 0.f ? -1.f : (a[k] == 0.f ? 0.f : a[k]));
      });
    case Code::maximum:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) {
        return a[k] != a[k] ? a[k] : (a[k] < b[k] || b[k] != b[k] ? b[k] : a[k]);
      });
    case Code::minimum:
      return each(count, y, [=](int64_t k) __attribute__((always_inline)) {
        return a[k] != a[k] ? a[k] : (b[k] < a[k] || b[k] != b[k] ? b[k] : a[k]);
      });
  }
}

// The memory that one thread computes a tensor in: CHUNK values of each scalar and of each result.
class Registers {
 public:
  explicit Registers(const Program &program)
      : program_(program),
        operands_(program.operandCount()),
        own_((program.operandCount() + program.instructions.size()) * CHUNK),
        at_(program.operandCount() + program.instructions.size()) {
    for (size_t r = 0; r < at_.size(); r++) at_[r] = own_.data() + r * CHUNK;
  }

  // Chooses the operands of a tensor.
  void choose(const float *const *operands) {
    for (int64_t k = 0; k < program_.operandCount(); k++) {
      operands_[k] = operands[k];
      if (program_.scalars[k]) std::fill_n(own_.data() + k * CHUNK, CHUNK, *operands[k]);
    }
  }

  // Computes `count` values of the tensor from `begin` on.
  void run(int64_t begin, int64_t count, float *const *outputs) {
    const int64_t operands = program_.operandCount();
    for (int64_t k = 0; k < operands; k++)
      if (!program_.scalars[k]) at_[k] = operands_[k] + begin;
    for (size_t i = 0; i < program_.instructions.size(); i++) {
      const auto &[code, first, second] = program_.instructions[i];
      execute(code, at_[first], at_[second], count, own_.data() + (operands + i) * CHUNK);
    }
    // At the end, since an output may be in the memory of an operand.
    for (size_t r = 0; r < program_.results.size(); r++)
      std::memcpy(outputs[r] + begin, at_[program_.results[r]], count * sizeof(float));
  }

 private:
  const Program &program_;
  std::vector<const float *> operands_;
  std::vector<float> own_;
  std::vector<const float *> at_;
};

// Inputs are shared by the tensors; outputs are the results of the first tensor, then of the second, ...
void update(void *kernel, TF_OpKernelContext *context) {
  const Program &program = *static_cast<Program *>(kernel);
  Call call(context);
  const int64_t tensors = program.tensors();
  const int64_t operands = program.operandCount();
  const auto results = static_cast<int64_t>(program.results.size());
  std::vector<const float *> inputs(tensors * operands);
  std::vector<float *> outputs(tensors * results);
  // Where the values of each tensor begin among those of all.
  std::vector<int64_t> begins(tensors + 1, 0);
  for (int64_t t = 0; t < tensors; t++) {
    const std::vector<int64_t> shape = call.shape(program.input(t, program.kept));
    begins[t + 1] = begins[t] + call.size(program.input(t, program.kept));
    const std::vector<int> replaceable = program.replaceable(t);
    outputs[t * results] = call.outputOver<float>(t * results, replaceable, shape);
    for (int64_t r = 1; r < results; r++) outputs[t * results + r] = call.output<float>(t * results + r, shape);
    for (int64_t k = 0; k < operands; k++) inputs[t * operands + k] = call.input<float>(program.input(t, k));
  }
  if (!call.ok()) return;
  const int64_t size = begins[tensors];
  const int64_t share = 32 * CHUNK;
  parallelFor((size + share - 1) / share, [&](int64_t part) {
    Registers registers(program);
    const int64_t end = std::min(size, (part + 1) * share);
    int64_t at = part * share;
    int64_t t = std::upper_bound(begins.begin(), begins.end(), at) - begins.begin() - 1;
    for (; at < end; t++) {
      registers.choose(inputs.data() + t * operands);
      const int64_t stop = std::min(end, begins[t + 1]);
      for (; at < stop; at += std::min(CHUNK, stop - at))
        registers.run(at - begins[t], std::min(CHUNK, stop - at), outputs.data() + t * results);
    }
  });
}

}  // namespace

std::vector<Op> updateOps() {
  return {{"DoubletimeUpdate", {"x: N * float"}, {"y: M * float"},
           {"N: int", "M: int", "scalars: list(int)", "kept: int", "program: list(int)", "results: list(int)", "operands: list(int)"}, {},
           create, update, remove}};
}

}  // namespace doubletime
