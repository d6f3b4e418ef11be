// Activations and their derivatives of a float or of Lanes, written so that compilers vectorize loops over them.
#pragma once
#include <cstdint>
#include <cstring>

#include "kernel.h"
#include "lanes.h"

namespace doubletime {

// src/trace/fuse/batch-norm.ts has the same numbers.
enum class Activation : int64_t { none = 0, relu = 1, relu6 = 2, swish = 3 };

// The integers of the same size as a float or Lanes.
template <typename V>
struct Integer {
  typedef Integers Type;
};
template <>
struct Integer<float> {
  typedef int32_t Type;
};

// exp(x) for float32, within two units in the last place: 2^n times a polynomial of degree 6 (Cephes' expf). Below -87 it is
// about 1e-38 and above 88 about 1.7e38.
template <typename V>
DOUBLETIME_INLINE V exponential(V x) {
  x = x < -87.f ? V{} - 87.f : x;
  x = x > 88.f ? V{} + 88.f : x;
  // Rounds to the nearest integer: in the sum, float32 has no digits after the point.
  const float magic = 12582912.f;
  const V shifted = x * 1.44269504088896341f + magic;
  const V n = shifted - magic;
  V r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  V p = V{} + 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  typename Integer<V>::Type bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const typename Integer<V>::Type power = (bits + 127) << 23;
  V scale;
  std::memcpy(&scale, &power, sizeof scale);
  return p * scale;
}

template <typename V>
DOUBLETIME_INLINE V sigmoid(V x) {
  return 1.f / (1.f + exponential(-x));
}

template <Activation A, typename V>
DOUBLETIME_INLINE V activate(V x) {
  switch (A) {
    case Activation::relu:
      // NaN stays NaN, so that diverged training is noticed.
      return x < 0.f ? V{} : x;
    case Activation::relu6:
      return x < 0.f ? V{} : (x > 6.f ? V{} + 6.f : x);
    case Activation::swish:
      return x * sigmoid(x);
    default:
      return x;
  }
}

template <Activation A, typename V>
DOUBLETIME_INLINE V slope(V x) {
  switch (A) {
    case Activation::relu:
      return x > 0.f ? V{} + 1.f : V{};
    case Activation::relu6:
      return (x > 0.f) & (x < 6.f) ? V{} + 1.f : V{};
    case Activation::swish: {
      const V s = sigmoid(x);
      return s * (1.f + x * (1.f - s));
    }
    default:
      return V{} + 1.f;
  }
}

}  // namespace doubletime
