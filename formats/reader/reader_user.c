/* SPDX-License-Identifier: MIT */
#include "reader_user.h"

#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#include "formats/reader_message.h"

#define LOOK_MS 500  /* a socket that a library closes stays open while it is watched */
#define GRACE_MS 500 /* for an end in order */

static void *follow(void *unused) {
  struct pollfd user = {.fd = READER_SOCKET}; /* nothing but its end */
  (void)unused;
  while (poll(&user, 1, LOOK_MS) < 1) continue;
  poll(NULL, 0, GRACE_MS);
  _exit(0);
}

void reader_user_follow(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, follow, NULL) == 0) pthread_detach(thread);
}
