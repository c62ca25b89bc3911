/* SPDX-License-Identifier: MIT */
/* Answers to the questions of a file's user, out of the file's source. */
#ifndef VORDEC_FORMATS_READER_ANSWERS_H
#define VORDEC_FORMATS_READER_ANSWERS_H

#include "formats/reader_message.h"
#include "formats/reader_tray.h"

struct reader_answers {
  struct array_source *source;
  struct reader_tray tray;
  struct array_slabs **slabs; /* by handle; NULL: closed */
  uint32_t slabs_count;
  void *held; /* data that do not fit on the tray, with .. */
  size_t held_bytes;
};

void reader_answers_give(struct reader_answers *answers, const struct reader_request *request,
                         struct reader_reply *reply);

/* Closes everything. */
void reader_answers_release(struct reader_answers *answers);

#endif
