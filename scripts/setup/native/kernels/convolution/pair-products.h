// Sums of products of bfloat16 values, two at a time: pairs of pixels are stored as words, with the first pixel in the lower half.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "../kernel.h"
#include "../lanes.h"
#include "../storage.h"

#if defined(__x86_64__) && !defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 11
#define DOUBLETIME_DOT_PRODUCTS
#include <immintrin.h>
#endif

namespace doubletime {
namespace {

// Channels of the image that one call reads. Its 4 x 4 sums of 16 values stay in registers.
constexpr int64_t TILE_CHANNELS = 4;
constexpr int64_t MAX_VECTORS = 4;

// The channels of a row of pairs: a whole number of vectors.
constexpr int64_t roundUp(int64_t channels) { return (channels + LANES - 1) / LANES * LANES; }

DOUBLETIME_CLONES void writePairs(const Bfloat16 *first, const Bfloat16 *second, int64_t count, uint32_t *words) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) words[k] = first[k].bits | static_cast<uint32_t>(second[k].bits) << 16;
}

// Rows of values, such as the pixels of an image with their channels, and the distance from one row to the next.
struct Rows {
  const Bfloat16 *values;
  int64_t count, columns, distance;
};

// Writes the pairs of rows from `begin` to `end` to words [pairs, rowSize]. Further columns and a missing last row are 0.
inline void pairRows(const Rows &rows, int64_t begin, int64_t end, uint32_t *words, int64_t rowSize) {
  const std::vector<Bfloat16> none(rows.columns);
  for (int64_t q = begin; q < end; q++) {
    const Bfloat16 *first = rows.values + 2 * q * rows.distance;
    const Bfloat16 *second = 2 * q + 1 < rows.count ? first + rows.distance : none.data();
    uint32_t *own = words + q * rowSize;
    writePairs(first, second, rows.columns, own);
    std::fill(own + rows.columns, own + rowSize, 0u);
  }
}

// The words of pairs of pixels, and the distance from one pair to the next.
struct Pairs {
  const uint32_t *words;
  int64_t stride;
};

// Adds the products of `count` pairs of pixels to the sums [TILE_CHANNELS, ...] with this distance between their rows: those of four
// channels of the image and 16 times `vectors` channels of the gradient.
using AddProducts = void (*)(Pairs image, Pairs gradient, int64_t count, int64_t vectors, float *sums, int64_t rowSize);

DOUBLETIME_INLINE Lanes lowerHalves(Words pair) { return (Lanes)(pair << 16); }
DOUBLETIME_INLINE Lanes upperHalves(Words pair) { return (Lanes)(pair & 0xffff0000u); }

DOUBLETIME_CLONES void addProductsPortably(Pairs image, Pairs gradient, int64_t count, int64_t vectors, float *sums,
                                           int64_t rowSize) {
  for (int64_t c = 0; c < TILE_CHANNELS; c++) {
    for (int64_t v = 0; v < vectors; v++) {
      float *own = sums + c * rowSize + v * LANES;
      Lanes sum = load(own);
      for (int64_t q = 0; q < count; q++) {
        Words pair, other = Words{} + image.words[q * image.stride + c];
        std::memcpy(&pair, gradient.words + q * gradient.stride + v * LANES, sizeof pair);
        sum += lowerHalves(other) * lowerHalves(pair);
        sum += upperHalves(other) * upperHalves(pair);
      }
      store(own, sum);
    }
  }
}

#ifdef DOUBLETIME_DOT_PRODUCTS
// VDPBF16PS rounds each sum to the nearest float32 and takes subnormal numbers as 0.
template <int Vectors>
__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) inline void addTile(Pairs image, Pairs gradient, int64_t count,
                                                                                   float *sums, int64_t rowSize) {
  __m512 own[TILE_CHANNELS][Vectors];
#pragma GCC unroll 4
  for (int c = 0; c < TILE_CHANNELS; c++)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++) own[c][v] = _mm512_loadu_ps(sums + c * rowSize + v * LANES);
  const uint32_t *x = image.words;
  const uint32_t *dy = gradient.words;
  for (int64_t q = 0; q < count; q++, x += image.stride, dy += gradient.stride) {
    __m512bh right[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++) right[v] = (__m512bh)_mm512_loadu_si512(dy + v * LANES);
#pragma GCC unroll 4
    for (int c = 0; c < TILE_CHANNELS; c++) {
      const __m512bh left = (__m512bh)_mm512_set1_epi32(static_cast<int>(x[c]));
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; v++) own[c][v] = _mm512_dpbf16_ps(own[c][v], left, right[v]);
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < TILE_CHANNELS; c++)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++) _mm512_storeu_ps(sums + c * rowSize + v * LANES, own[c][v]);
}

inline void addProductsFast(Pairs image, Pairs gradient, int64_t count, int64_t vectors, float *sums, int64_t rowSize) {
  switch (vectors) {
    case 4:
      return addTile<4>(image, gradient, count, sums, rowSize);
    case 3:
      return addTile<3>(image, gradient, count, sums, rowSize);
    case 2:
      return addTile<2>(image, gradient, count, sums, rowSize);
    default:
      return addTile<1>(image, gradient, count, sums, rowSize);
  }
}
#endif

// The fastest way that this processor has.
inline AddProducts fastestAddProducts() {
#ifdef DOUBLETIME_DOT_PRODUCTS
  if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return addProductsFast;
#endif
  return addProductsPortably;
}

}  // namespace
}  // namespace doubletime
