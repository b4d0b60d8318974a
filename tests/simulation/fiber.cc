#include "tests/simulation/fiber.h"

#include <utility>

#include "events/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace subledger::simulation {
namespace {

constexpr std::size_t stack_bytes = 512 * 1024;

thread_local Fiber* present = nullptr;

}  // namespace

Fiber::Fiber(std::function<void()> work)
    : work_(std::move(work)), stack_(std::make_unique_for_overwrite<std::byte[]>(stack_bytes)) {
  CHECK(getcontext(&own_) == 0);
  own_.uc_stack.ss_sp = stack_.get();
  own_.uc_stack.ss_size = stack_bytes;
  own_.uc_link = nullptr;
  makecontext(&own_, &Fiber::enter, 0);
#if defined(__SANITIZE_THREAD__)
  own_mark_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  CHECK(done_ || !started_);
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(own_mark_);
#endif
}

void Fiber::resume() {
  CHECK(present == nullptr && !done_);
  present = this;
  started_ = true;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&resumer_mark_, stack_.get(), stack_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
  resumer_mark_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(own_mark_, 0);
#endif
  CHECK(swapcontext(&resumer_, &own_) == 0);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(resumer_mark_, nullptr, nullptr);
#endif
  present = nullptr;
}

void Fiber::leave(bool for_good) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &own_mark_, resumer_stack_, resumer_stack_size_);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(resumer_mark_, 0);
#endif
  done_ = for_good;
  CHECK(swapcontext(&own_, &resumer_) == 0);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(own_mark_, &resumer_stack_, &resumer_stack_size_);
#endif
}

void Fiber::pause() {
  CHECK(present != nullptr);
  present->leave(false);
}

void Fiber::enter() {
  Fiber& self = *present;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self.resumer_stack_, &self.resumer_stack_size_);
#endif
  self.work_();
  self.leave(true);
}

}  // namespace subledger::simulation
