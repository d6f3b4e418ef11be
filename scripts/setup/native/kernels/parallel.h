// Splits the work of a kernel over the threads of this process.
#pragma once
#include <cstdint>
#include <functional>

namespace doubletime {

// Runs body(i) for i = 0 ... count - 1 on this thread and on idle worker threads, and returns when all parts are done. The parts must
// not depend on each other, nor on the thread that runs them.
void parallelFor(int64_t count, const std::function<void(int64_t)> &body);

}  // namespace doubletime
