// A function that can pause in the middle and be resumed: so that several lanes of the engine run on one
// thread, each as far as the seed says. Works under the address and the thread sanitizer.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace subledger::simulation {

class Fiber {
 public:
  /// `work` must not let an exception out.
  explicit Fiber(std::function<void()> work);
  /// Requires done(), or that it was never resumed.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Goes on until the next `pause` or the end. Not from within a fiber.
  void resume();
  bool done() const { return done_; }

  /// Back to whoever resumed the present fiber.
  static void pause();

 private:
  static void enter();
  void leave(bool for_good);

  std::function<void()> work_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t own_{};
  ucontext_t resumer_{};
  bool started_ = false;
  bool done_ = false;
  // What sanitizers have to know of a stack.
  void* own_mark_ = nullptr;
  void* resumer_mark_ = nullptr;
  const void* resumer_stack_ = nullptr;
  std::size_t resumer_stack_size_ = 0;
};

}  // namespace subledger::simulation
