// Under the thread sanitizer only. Debian's librdkafka makes its threads by C11's <threads.h>, which the
// sanitizer does not know: a thread that it did not see created crashes it. So these calls are sent to their
// POSIX forms, which it knows; in glibc both work on the same objects.
#if defined(__SANITIZE_THREAD__)

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace {

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* raw) {
  const std::unique_ptr<Start> start(static_cast<Start*>(raw));
  const intptr_t result = start->function(start->argument);
  return reinterpret_cast<void*>(result);
}

int thrd_result(int error) {
  if (error == 0) return thrd_success;
  if (error == ETIMEDOUT) return thrd_timedout;
  return error == EBUSY ? thrd_busy : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

/// As in the program the logger is there before any thread: by which of several it was made, in a library
/// that is not instrumented, the sanitizer cannot see.
const auto logger = spdlog::default_logger();

}  // namespace

extern "C" {

// librdkafka itself is not instrumented: its reference counts are atomics that the sanitizer does not see, so
// what it makes, frees and destroys looks unordered. Our code, the library's callbacks into it included, is
// still watched.
const char* __tsan_default_suppressions() {
  return "called_from_lib:librdkafka.so\nrace:mtx_lock\nrace:mtx_unlock\nrace:mtx_destroy\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  const int error = pthread_create(thread, nullptr, &run, start.get());
  if (error == 0) static_cast<void>(start.release());
  return thrd_result(error);
}

int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  return thrd_result(error);
}

int thrd_detach(thrd_t thread) { return thrd_result(pthread_detach(thread)); }

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  const bool recursive = (type & mtx_recursive) != 0;
  pthread_mutexattr_settype(&attributes, recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  return thrd_result(pthread_mutex_init(posix(mutex), &attributes));
}

int mtx_lock(mtx_t* mutex) { return thrd_result(pthread_mutex_lock(posix(mutex))); }
int mtx_trylock(mtx_t* mutex) { return thrd_result(pthread_mutex_trylock(posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return thrd_result(pthread_mutex_unlock(posix(mutex))); }
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(posix(mutex)); }

int cnd_init(cnd_t* condition) { return thrd_result(pthread_cond_init(posix(condition), nullptr)); }
int cnd_signal(cnd_t* condition) { return thrd_result(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) { return thrd_result(pthread_cond_broadcast(posix(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return thrd_result(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return thrd_result(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(posix(condition)); }

}  // extern "C"

#endif
