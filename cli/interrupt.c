/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;
static const int watched[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
#define WATCHED_COUNT (sizeof watched / sizeof *watched)
static bool left_alone[WATCHED_COUNT];

/* nohup: a terminal that is closed is none of this run's business. */
static bool is_left_alone(int number) {
  struct sigaction before;
  return number == SIGHUP && sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

static void note(int number) {
  (void)number;
  came = 1;
  for (size_t i = 0; i < WATCHED_COUNT; i++) {
    if (!left_alone[i]) signal(watched[i], SIG_DFL);
  }
}

void interrupt_watch(void) {
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < WATCHED_COUNT; i++) {
    left_alone[i] = is_left_alone(watched[i]);
    if (!left_alone[i]) sigaction(watched[i], &action, NULL);
  }
}

bool interrupt_came(void) {
  return came != 0;
}
