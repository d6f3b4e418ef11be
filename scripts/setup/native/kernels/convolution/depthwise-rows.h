// What the kernels of depthwise convolutions share: the rows of images that are read as float32. Only depthwise.cc and
// depthwise-filter.cc include it.
#pragma once
#include <memory>
#include <vector>

#include "../kernel.h"
#include "../lanes.h"
#include "window.h"

namespace doubletime {
namespace {

// Height or width of the filter, the image that is read, and the result.
struct Side {
  int64_t kernel, source, result;
};

DOUBLETIME_CLONES void convert(const Bfloat16 *from, int64_t count, float *to) { widen(from, count, to); }

// The rows of all images, numbered one after the other, as float32.
template <typename T>
class SourceRows;

template <>
class SourceRows<float> {
 public:
  SourceRows(const float *x, int64_t size, int64_t) : x_(x), size_(size) {}
  const float *row(int64_t index) { return x_ + index * size_; }

 private:
  const float *x_;
  int64_t size_;
};

// Each row is converted when it is first read. `kept` neighbouring rows are valid at a time.
template <>
class SourceRows<Bfloat16> {
 public:
  SourceRows(const Bfloat16 *x, int64_t size, int64_t kept)
      : x_(x), size_(size), kept_(kept), values_(new float[kept * size]), indices_(kept, -1) {}
  const float *row(int64_t index) {
    const int64_t place = index % kept_;
    float *values = values_.get() + place * size_;
    if (indices_[place] != index) convert(x_ + index * size_, size_, values);
    indices_[place] = index;
    return values;
  }

 private:
  const Bfloat16 *x_;
  int64_t size_, kept_;
  std::unique_ptr<float[]> values_;
  std::vector<int64_t> indices_;
};

// The rows that the windows of one row of the result read, by row of the filter. A window that leaves the image reads fewer rows.
struct SourceRow {
  const float *x;
  const float *filter;
};

// The rows of an image that row `row` of the output reads.
struct ForwardRows {
  template <typename T>
  static void find(SourceRows<T> &source, int64_t image, int64_t row, const Window &window, const Side &rows,
                   const float *filter, int64_t filterRow, std::vector<SourceRow> &found) {
    for (int64_t i = 0; i < rows.kernel; i++) {
      const int64_t from = row * window.stride - window.top + i;
      if (from >= 0 && from < rows.source)
        found.push_back({source.row(image * rows.source + from), filter + i * filterRow});
    }
  }
};

}  // namespace
}  // namespace doubletime
