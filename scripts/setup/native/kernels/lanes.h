// Sixteen float32 values as one vector, and how they are read from memory and written to it. Compilers split the vector if registers
// are narrower.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernel.h"
#include "storage.h"

namespace doubletime {

constexpr int64_t LANES = 16;
typedef float Lanes __attribute__((vector_size(64), aligned(4)));
typedef int32_t Integers __attribute__((vector_size(64)));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32), aligned(2)));
typedef double Doubles __attribute__((vector_size(128), aligned(8)));

DOUBLETIME_INLINE Lanes allLanes(float value) { return value - Lanes{}; }

DOUBLETIME_INLINE Lanes load(const float *from) { return *reinterpret_cast<const Lanes *>(from); }
DOUBLETIME_INLINE void store(float *to, Lanes value) { *reinterpret_cast<Lanes *>(to) = value; }

DOUBLETIME_INLINE Lanes load(const Bfloat16 *from) {
  return (Lanes)(__builtin_convertvector(*reinterpret_cast<const Halves *>(from), Words) << 16);
}
// Rounds as Rounded<Bfloat16>.
DOUBLETIME_INLINE void store(Bfloat16 *to, Lanes value) {
  const Words bits = (Words)value;
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Words quiet = (bits >> 16) | 0x40u;
  const Words chosen = value != value ? quiet : rounded;
  *reinterpret_cast<Halves *>(to) = __builtin_convertvector(chosen, Halves);
}

// The first `count` lanes; the others are 0.
template <typename T>
DOUBLETIME_INLINE Lanes loadSome(const T *from, int64_t count) {
  T values[LANES] = {};
  std::memcpy(values, from, count * sizeof(T));
  return load(values);
}
template <typename T>
DOUBLETIME_INLINE void storeSome(T *to, Lanes value, int64_t count) {
  T values[LANES];
  store(values, value);
  std::memcpy(to, values, count * sizeof(T));
}

DOUBLETIME_INLINE void widen(const Bfloat16 *from, int64_t count, float *to) {
  int64_t k = 0;
  for (; k + LANES <= count; k += LANES) store(to + k, load(from + k));
  if (k < count) storeSome(to + k, loadSome(from + k, count - k), count - k);
}

}  // namespace doubletime
