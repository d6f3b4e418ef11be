// The attributes of ops with a window: convolutions and their gradients.
#pragma once
#include <vector>

#include "../kernel.h"

namespace doubletime {
namespace {

// The attributes of an op with a window.
inline std::vector<const char *> windowAttributes() {
  return {"stride: int", "top: int", "left: int", "height: int", "width: int"};
}

struct Window {
  int64_t stride, top, left;
  // Size of the result: of the output, the input's gradient, or the filter's gradient.
  int64_t height, width;
};

void *create(TF_OpKernelConstruction *construction) {
  Attributes attributes(construction);
  return new Window{attributes.integer("stride"), attributes.integer("top"), attributes.integer("left"),
                    attributes.integer("height"), attributes.integer("width")};
}

void remove(void *window) { delete static_cast<Window *>(window); }

}  // namespace
}  // namespace doubletime
