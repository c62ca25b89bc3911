#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;
static const int watched[] = {SIGINT, SIGTERM};
#define WATCHED_COUNT (sizeof watched / sizeof *watched)

static void note(int number) {
  (void)number;
  came = 1;
  for (size_t i = 0; i < WATCHED_COUNT; i++) signal(watched[i], SIG_DFL);
}

void interrupt_watch(void) {
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < WATCHED_COUNT; i++) sigaction(watched[i], &action, NULL);
}

bool interrupt_came(void) {
  return came != 0;
}
