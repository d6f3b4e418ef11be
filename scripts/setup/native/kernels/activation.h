// Activations and their derivatives, written so that compilers vectorize loops over them.
#pragma once
#include <cstdint>
#include <cstring>

#include "kernel.h"

namespace doubletime {

// src/trace/fuse/batch-norm.ts has the same numbers.
enum class Activation : int64_t { none = 0, relu = 1, relu6 = 2, swish = 3 };

// exp(x) for float32, within two units in the last place: 2^n times a polynomial of degree 6 (Cephes' expf). Below -87 it is
// about 1e-38 and above 88 about 1.7e38.
DOUBLETIME_INLINE float exponential(float x) {
  x = x < -87.f ? -87.f : x;
  x = x > 88.f ? 88.f : x;
  // Rounds to the nearest integer: in the sum, float32 has no digits after the point.
  const float magic = 12582912.f;
  const float shifted = x * 1.44269504088896341f + magic;
  const float n = shifted - magic;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  int32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const int32_t power = (bits + 127) << 23;
  float scale;
  std::memcpy(&scale, &power, sizeof scale);
  return p * scale;
}

DOUBLETIME_INLINE float sigmoid(float x) { return 1.f / (1.f + exponential(-x)); }

template <Activation A>
DOUBLETIME_INLINE float activate(float x) {
  switch (A) {
    case Activation::relu:
      // NaN stays NaN, so that diverged training is noticed.
      return x < 0.f ? 0.f : x;
    case Activation::relu6:
      return x < 0.f ? 0.f : (x > 6.f ? 6.f : x);
    case Activation::swish:
      return x * sigmoid(x);
    default:
      return x;
  }
}

template <Activation A>
DOUBLETIME_INLINE float slope(float x) {
  switch (A) {
    case Activation::relu:
      return x > 0.f ? 1.f : 0.f;
    case Activation::relu6:
      return x > 0.f && x < 6.f ? 1.f : 0.f;
    case Activation::swish: {
      const float s = sigmoid(x);
      return s * (1.f + x * (1.f - s));
    }
    default:
      return 1.f;
  }
}

}  // namespace doubletime
