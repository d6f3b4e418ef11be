#include "kernel.h"

#include <cstring>
#include <map>

namespace doubletime {

Call::~Call() {
  if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
  for (TF_Tensor *tensor : inputs_)
    if (tensor != nullptr) TF_DeleteTensor(tensor);
  for (TF_Tensor *tensor : outputs_) TF_DeleteTensor(tensor);
  TF_DeleteStatus(status_);
}

TF_Tensor *Call::tensor(int index) {
  if (inputs_.size() <= static_cast<size_t>(index)) inputs_.resize(index + 1, nullptr);
  if (inputs_[index] == nullptr) TF_GetInput(context_, index, &inputs_[index], status_);
  return inputs_[index];
}

const void *Call::bytes(int index) {
  TF_Tensor *value = tensor(index);
  return value == nullptr ? nullptr : TF_TensorData(value);
}

std::vector<int64_t> Call::shape(int index) {
  TF_Tensor *value = tensor(index);
  std::vector<int64_t> sizes;
  if (value == nullptr) return sizes;
  for (int i = 0; i < TF_NumDims(value); i++) sizes.push_back(TF_Dim(value, i));
  return sizes;
}

int64_t Call::size(int index) {
  TF_Tensor *value = tensor(index);
  return value == nullptr ? 0 : TF_TensorElementCount(value);
}

void *Call::allocate(int index, TF_DataType type, size_t bytes, const std::vector<int64_t> &shape) {
  for (int64_t n : shape) bytes *= n;
  TF_Tensor *made = TF_AllocateOutput(context_, index, type, shape.data(), shape.size(), bytes, status_);
  if (!ok()) return nullptr;
  outputs_.push_back(made);
  return TF_TensorData(made);
}

void *Call::forward(int index, const std::vector<int> &inputs, const std::vector<int64_t> &shape) {
  // If this call has already read an input, TensorFlow sees a second reader, and does not reuse the input's memory.
  TF_Tensor *made =
      TF_ForwardInputOrAllocateOutput(context_, inputs.data(), static_cast<int>(inputs.size()), index, shape.data(),
                                      static_cast<int>(shape.size()), nullptr, status_);
  if (!ok()) return nullptr;
  outputs_.push_back(made);
  return TF_TensorData(made);
}

float Attributes::number(const char *name) {
  float value = 0;
  TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
  return value;
}

int64_t Attributes::integer(const char *name) {
  int64_t value = 0;
  TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_);
  return value;
}

bool Attributes::flag(const char *name) {
  TF_Bool value = 0;
  TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_);
  return value != 0;
}

std::vector<int64_t> Attributes::integers(const char *name) {
  int32_t count = 0;
  int32_t total = 0;
  TF_OpKernelConstruction_GetAttrSize(construction_, name, &count, &total, status_);
  std::vector<int64_t> values(count);
  TF_OpKernelConstruction_GetAttrInt64List(construction_, name, values.data(), count, status_);
  return values;
}

namespace {

// Gives each output the shape of one of `Inputs`. They are template arguments, because TensorFlow passes no argument for them.
template <int... Inputs>
void inferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
  int output = 0;
  const int inputs[] = {Inputs...};
  for (int input : inputs) {
    TF_ShapeHandle *shape = TF_NewShapeHandle();
    TF_ShapeInferenceContextGetInput(context, input, shape, status);
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, output, shape, status);
    TF_DeleteShapeHandle(shape);
    output++;
  }
}

using ShapeFunction = void (*)(TF_ShapeInferenceContext *, TF_Status *);

ShapeFunction shapeFunction(const std::vector<int> &inputs) {
  static const std::map<std::vector<int>, ShapeFunction> known = {
      {{0}, inferShapes<0>},
      {{1}, inferShapes<1>},
      {{2}, inferShapes<2>},
      {{0, 1}, inferShapes<0, 1>},
      {{1, 2}, inferShapes<1, 2>},
      {{0, 1, 1, 1, 1}, inferShapes<0, 1, 1, 1, 1>},
      {{0, 2, 2}, inferShapes<0, 2, 2>},
      {{0, 2, 2, 0}, inferShapes<0, 2, 2, 0>},
  };
  const auto found = known.find(inputs);
  return found == known.end() ? nullptr : found->second;
}

void unknownShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

}  // namespace

bool registerOp(const Op &op) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(op.name);
  for (const char *attribute : op.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  if (op.computeBfloat16 != nullptr) TF_OpDefinitionBuilderAddAttr(definition, "T: {float, bfloat16}");
  for (const char *input : op.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char *output : op.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  ShapeFunction shapes = shapeFunction(op.shapes);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, shapes == nullptr ? unknownShapes : shapes);
  TF_RegisterOpDefinition(definition, status);
  const auto registerKernel = [&](void (*compute)(void *, TF_OpKernelContext *), TF_DataType type) {
    if (TF_GetCode(status) != TF_OK) return;
    TF_KernelBuilder *kernel = TF_NewKernelBuilder(op.name, "CPU", op.create, compute, op.remove);
    if (op.computeBfloat16 != nullptr) TF_KernelBuilder_TypeConstraint(kernel, "T", type, status);
    if (TF_GetCode(status) == TF_OK) TF_RegisterKernelBuilder(op.name, kernel, status);
  };
  registerKernel(op.compute, TF_FLOAT);
  if (op.computeBfloat16 != nullptr) registerKernel(op.computeBfloat16, TF_BFLOAT16);
  const bool done = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return done;
}

}  // namespace doubletime
