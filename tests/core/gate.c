/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <string.h>

void gate_log(void *ctx, enum vordec_log_level level, const char *message) {
  struct gate *gate = ctx;
  if (level != VORDEC_LOG_DEBUG || strcmp(message, gate->slot) != 0) return;
  pthread_mutex_lock(&gate->lock);
  gate->entered = true;
  pthread_cond_broadcast(&gate->changed);
  while (!gate->open) pthread_cond_wait(&gate->changed, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

void gate_await(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  while (!gate->entered) pthread_cond_wait(&gate->changed, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

void gate_open(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  gate->open = true;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->lock);
}
