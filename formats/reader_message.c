/* SPDX-License-Identifier: MIT */
#include "reader_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

bool reader_message_send(int socket, const void *message, size_t bytes) {
  ssize_t sent;
  do {
    sent = send(socket, message, bytes, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)bytes;
}

void reader_message_drop(int socket, const void *message, size_t bytes) {
  while (send(socket, message, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR) continue;
}

enum reader_got reader_message_receive(int socket, void *message, size_t bytes) {
  ssize_t got;
  do {
    got = recv(socket, message, bytes, MSG_TRUNC); /* the packet's own length, also of a longer one */
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return READER_GOT_NOTHING;
  return got == (ssize_t)bytes ? READER_GOT : READER_GOT_NONSENSE;
}

void reader_message_text(char *to, size_t size, const char *text) {
  const size_t length = strnlen(text, size - 1);
  memcpy(to, text, length);
  to[length] = '\0';
}
