// The types in which tensors are stored: float32, and bfloat16, its upper half. Kernels compute in float32.
#pragma once
#include <cstdint>
#include <cstring>

#include "kernel.h"

namespace doubletime {

struct Bfloat16 {
  uint16_t bits;
};

DOUBLETIME_INLINE float toFloat(float value) { return value; }

DOUBLETIME_INLINE float toFloat(Bfloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof wide);
  return wide;
}

template <typename T>
struct Rounded;

template <>
struct Rounded<float> {
  static DOUBLETIME_INLINE float from(float value) { return value; }
};

template <>
struct Rounded<Bfloat16> {
  // To the nearest, ties to even, as TensorFlow rounds; NaN stays NaN.
  static DOUBLETIME_INLINE Bfloat16 from(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const uint32_t quiet = (bits >> 16) | 0x40u;
    return {static_cast<uint16_t>(value != value ? quiet : rounded)};
  }
};

}  // namespace doubletime
