#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace doubletime {
namespace {

// The rounding mode of a thread, and whether it takes denormal numbers as 0, as TensorFlow's threads do. A worker takes the mode of
// the thread that it works for, so that every thread computes the same result.
#if defined(__x86_64__)
using Arithmetic = unsigned int;
inline Arithmetic arithmetic() { return _mm_getcsr(); }
inline void setArithmetic(Arithmetic given) { _mm_setcsr(given); }
#else
using Arithmetic = int;
inline Arithmetic arithmetic() { return 0; }
inline void setArithmetic(Arithmetic) {}
#endif

// The parts of one kernel's work.
struct Job {
  Job(int64_t count, const std::function<void(int64_t)> &body) : count(count), body(body) {}
  const int64_t count;
  const std::function<void(int64_t)> &body;
  const Arithmetic arithmetic = doubletime::arithmetic();
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};

  // Runs parts until all of them have been started.
  void work() {
    for (int64_t i; (i = next.fetch_add(1)) < count;) {
      body(i);
      done.fetch_add(1, std::memory_order_release);
    }
  }
  bool isDone() const { return done.load(std::memory_order_acquire) == count; }
};

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Worker threads that run parts of the jobs of all kernels. They run until the process ends.
class Pool {
 public:
  Pool() {
    const char *setting = std::getenv("TF_NUM_INTRAOP_THREADS");
    int threads = setting == nullptr ? 0 : std::atoi(setting);
    if (threads <= 0) threads = static_cast<int>(std::thread::hardware_concurrency());
    for (int i = 1; i < threads; i++) std::thread([this] { serve(); }).detach();
    workers_ = threads - 1;
  }

  void run(int64_t count, const std::function<void(int64_t)> &body) {
    if (workers_ <= 0 || count <= 1) {
      for (int64_t i = 0; i < count; i++) body(i);
      return;
    }
    auto job = std::make_shared<Job>(count, body);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(job);
      pending_.fetch_add(1);
    }
    if (count == 2) wake_.notify_one();
    else wake_.notify_all();
    job->work();
    forget(job.get());
    for (int spins = 0; !job->isDone(); spins++) {
      if (spins < 4000) relax();
      else std::this_thread::yield();
    }
  }

 private:
  void serve() {
    for (;;) {
      for (int spins = 0; spins < 2000 && pending_.load(std::memory_order_relaxed) == 0; spins++) relax();
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [this] { return !jobs_.empty(); });
        job = jobs_.front();
      }
      setArithmetic(job->arithmetic);
      job->work();
      forget(job.get());
    }
  }

  // Removes a job from the list when all of its parts have been started.
  void forget(const Job *job) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto at = jobs_.begin(); at != jobs_.end(); ++at) {
      if (at->get() != job) continue;
      jobs_.erase(at);
      pending_.fetch_sub(1);
      return;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::atomic<int> pending_{0};
  int workers_ = 0;
};

}  // namespace

void parallelFor(int64_t count, const std::function<void(int64_t)> &body) {
  // The pool is never destroyed, because its threads may still run while the process ends.
  static Pool *pool = new Pool();
  pool->run(count, body);
}

}  // namespace doubletime
