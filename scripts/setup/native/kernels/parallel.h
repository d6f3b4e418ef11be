// Splits the work of a kernel over the threads of this process.
#pragma once
#include <cstdint>
#include <functional>

namespace doubletime {

// Runs body(i) for i = 0 ... count - 1, on this thread and on idle workers, and returns when all are done. The parts must not
// depend on each other; which thread runs a part is not defined, so results must not depend on it.
void parallelFor(int64_t count, const std::function<void(int64_t)> &body);

}  // namespace doubletime
