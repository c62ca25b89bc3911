/* SPDX-License-Identifier: MIT */
/* What the producer tells the consumer, beside the file descriptor that travels with it. */
#ifndef SHARE_MESSAGE_H
#define SHARE_MESSAGE_H

#include <stdint.h>

struct share_message {
  uint8_t uuid[16]; /* of the device: the consumer has to import on the same one */
  uint64_t size;    /* of the allocation */
  uint64_t offset;  /* where the fields begin in it */
  uint64_t bytes;   /* that they take */
  uint32_t dedicated;
  char digest[33]; /* of the fields, for this example alone: what the consumer should find */
};

#endif
