// Sums over rows of channels that are accurate for any number of rows.
#pragma once
#include <cstdint>

#include "kernel.h"

namespace doubletime {

// The number of values that are added in float32, in pairs, before their sum is added in float64.
constexpr int64_t SUM_RUN = 4;

// Adds value(row, channel) of every row to sums[channel].
template <typename Value>
DOUBLETIME_INLINE void addRows(int64_t rows, int64_t channels, const Value &value, double *sums) {
  int64_t r = 0;
  for (; r + SUM_RUN <= rows; r += SUM_RUN) {
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++)
      sums[c] += (value(r, c) + value(r + 1, c)) + (value(r + 2, c) + value(r + 3, c));
  }
  for (; r < rows; r++) {
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) sums[c] += value(r, c);
  }
}

}  // namespace doubletime
