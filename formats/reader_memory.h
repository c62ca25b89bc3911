/* SPDX-License-Identifier: MIT */
/* reader_memory.h - the last answers of the process that reads a file, of which the same is asked more than once. */
#ifndef VORDEC_FORMATS_READER_MEMORY_H
#define VORDEC_FORMATS_READER_MEMORY_H

#include "reader_message.h"

#define READER_MEMORY_SLOTS 128u /* several times as many as there are questions about an array */

/* Zeroed, it remembers nothing. */
struct reader_memory {
  struct reader_remembered {
    bool used;
    struct reader_request request;
    struct reader_reply reply;
  } slots[READER_MEMORY_SLOTS];
};

/* False: it does not remember what was answered. */
bool reader_memory_recall(const struct reader_memory *memory, const struct reader_request *request,
                          struct reader_reply *reply);
/* The answer must be the same whenever it is asked for, and have no data. */
void reader_memory_keep(struct reader_memory *memory, const struct reader_request *request,
                        const struct reader_reply *reply);

#endif
