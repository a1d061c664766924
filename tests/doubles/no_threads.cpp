// Linked into the unit tests that TSan leaves out, because they start no thread: one that does ends here.
#include <cstdio>
#include <cstdlib>
#include <pthread.h>

extern "C" int pthread_create(pthread_t* /*thread*/, const pthread_attr_t* /*attributes*/,
                              void* (* /*start*/)(void*), void* /*argument*/) noexcept {
  std::fputs("this test program starts a thread: give its towline_test() THREADS, so that TSan runs it too\n",
             stderr);
  std::abort();
}
