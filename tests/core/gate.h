/* SPDX-License-Identifier: MIT */
/* Holds up a stub in a slot, in its log function, until it is let go. */
#ifndef VORDEC_TESTS_CORE_GATE_H
#define VORDEC_TESTS_CORE_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <vordec/vordec.h>

struct gate {
  const char *slot; /* as the stubs log it */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool entered, open;
};

/* For one that holds up `name`. */
#define GATE(name)                                                                                                     \
  { name, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false }

/* A vordec_log_fn; ctx is the gate. */
void gate_log(void *ctx, enum vordec_log_level level, const char *message);

/* Waits until somebody is held up. */
void gate_await(struct gate *gate);
/* Lets it go. */
void gate_open(struct gate *gate);

#endif
