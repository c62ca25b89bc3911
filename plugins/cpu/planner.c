#include "planner.h"

#include <fftw3.h>
#include <pthread.h>

void planner_share(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, fftw_make_planner_thread_safe);
}
