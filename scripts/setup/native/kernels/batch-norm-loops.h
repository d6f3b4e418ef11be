// The loops of batch normalization over rows of channels. Only batch-norm.cc includes them.
#pragma once
#include <algorithm>

#include "activation.h"
#include "kernel.h"

namespace doubletime {
namespace {

// Mean and sum of squared distances from it, of each channel of `rows` rows.
DOUBLETIME_CLONES void statistics(const float *x, int64_t rows, int64_t channels, float *mean, float *squares) {
  std::fill(mean, mean + channels, 0.f);
  std::fill(squares, squares + channels, 0.f);
  for (int64_t r = 0; r < rows; r++) {
    const float *row = x + r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) mean[c] += row[c];
  }
  const float share = 1.f / static_cast<float>(rows);
  for (int64_t c = 0; c < channels; c++) mean[c] *= share;
  for (int64_t r = 0; r < rows; r++) {
    const float *row = x + r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float distance = row[c] - mean[c];
      squares[c] += distance * distance;
    }
  }
}

template <Activation A>
DOUBLETIME_INLINE void normalizeRows(const float *x, const float *side, int64_t rows, int64_t channels, const float *mean,
                                     const float *gain, const float *offset, float *y) {
  for (int64_t r = 0; r < rows; r++) {
    const float *from = x + r * channels;
    float *to = y + r * channels;
    if (side == nullptr) {
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++) to[c] = activate<A>((from[c] - mean[c]) * gain[c] + offset[c]);
    } else {
      const float *added = side + r * channels;
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++) to[c] = activate<A>((from[c] - mean[c]) * gain[c] + offset[c] + added[c]);
    }
  }
}

DOUBLETIME_CLONES void normalize(Activation activation, const float *x, const float *side, int64_t rows, int64_t channels,
                                 const float *mean, const float *gain, const float *offset, float *y) {
  switch (activation) {
    case Activation::none:
      return normalizeRows<Activation::none>(x, side, rows, channels, mean, gain, offset, y);
    case Activation::relu:
      return normalizeRows<Activation::relu>(x, side, rows, channels, mean, gain, offset, y);
    case Activation::relu6:
      return normalizeRows<Activation::relu6>(x, side, rows, channels, mean, gain, offset, y);
    case Activation::swish:
      return normalizeRows<Activation::swish>(x, side, rows, channels, mean, gain, offset, y);
  }
}

struct Channels {
  const float *mean;
  const float *inverse;
  const float *gain;
  const float *offset;
};

// dz = dy times the slope of the activation; sums of dz and of dz (x - mean). The slope comes from the recomputed input of the
// activation, or from its output y where a side input was added (then it is a relu).
template <Activation A>
DOUBLETIME_INLINE void reduceRows(const float *dy, const float *x, const float *y, int64_t rows, int64_t channels,
                                  const Channels &given, float *dz, float *sums, float *products) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float distance = x[at + c] - given.mean[c];
      float d = dy[at + c];
      if (y != nullptr) d = y[at + c] > 0.f ? d : 0.f;
      else if (A != Activation::none) d *= slope<A>(distance * given.gain[c] + given.offset[c]);
      if (dz != nullptr) dz[at + c] = d;
      sums[c] += d;
      products[c] += d * distance;
    }
  }
}

template <Activation A>
DOUBLETIME_INLINE void reduceKind(const float *dy, const float *x, const float *y, int64_t rows, int64_t channels,
                                  const Channels &given, float *dz, float *sums, float *products) {
  std::fill(sums, sums + channels, 0.f);
  std::fill(products, products + channels, 0.f);
  // Separate loops, so that each is vectorized.
  if (y != nullptr && dz != nullptr) reduceRows<A>(dy, x, y, rows, channels, given, dz, sums, products);
  else if (dz != nullptr) reduceRows<A>(dy, x, nullptr, rows, channels, given, dz, sums, products);
  else reduceRows<A>(dy, x, nullptr, rows, channels, given, nullptr, sums, products);
}

DOUBLETIME_CLONES void reduce(Activation activation, const float *dy, const float *x, const float *y, int64_t rows,
                              int64_t channels, const Channels &given, float *dz, float *sums, float *products) {
  switch (activation) {
    case Activation::none:
      return reduceKind<Activation::none>(dy, x, y, rows, channels, given, dz, sums, products);
    case Activation::relu:
      return reduceKind<Activation::relu>(dy, x, y, rows, channels, given, dz, sums, products);
    case Activation::relu6:
      return reduceKind<Activation::relu6>(dy, x, y, rows, channels, given, dz, sums, products);
    case Activation::swish:
      return reduceKind<Activation::swish>(dy, x, y, rows, channels, given, dz, sums, products);
  }
}

// dx = gain (dz - mean(dz) - (x - mean) * coefficient); `dz` may be `dx`. With an activation, dz is made from dy again.
template <Activation A>
DOUBLETIME_INLINE void moveRows(const float *dz, const float *x, int64_t rows, int64_t channels, const Channels &given,
                                const float *average, const float *coefficient, float *dx) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float distance = x[at + c] - given.mean[c];
      float d = dz[at + c];
      if (A != Activation::none) d *= slope<A>(distance * given.gain[c] + given.offset[c]);
      dx[at + c] = given.gain[c] * (d - average[c] - distance * coefficient[c]);
    }
  }
}

DOUBLETIME_CLONES void move(Activation activation, const float *dz, const float *x, int64_t rows, int64_t channels,
                            const Channels &given, const float *average, const float *coefficient, float *dx) {
  switch (activation) {
    case Activation::relu:
      return moveRows<Activation::relu>(dz, x, rows, channels, given, average, coefficient, dx);
    case Activation::relu6:
      return moveRows<Activation::relu6>(dz, x, rows, channels, given, average, coefficient, dx);
    default:
      return moveRows<Activation::none>(dz, x, rows, channels, given, average, coefficient, dx);
  }
}

}  // namespace
}  // namespace doubletime
