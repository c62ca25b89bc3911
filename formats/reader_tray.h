/* SPDX-License-Identifier: MIT */
/* Memory of two processes, in which one hands data to the other. */
#ifndef VORDEC_FORMATS_READER_TRAY_H
#define VORDEC_FORMATS_READER_TRAY_H

#include <stdbool.h>
#include <stddef.h>

struct reader_tray {
  int fd; /* -1: there is none */
  void *data;
  size_t bytes;
};

/* Makes one of READER_TRAY_LEAST bytes, or of as many as the process may write to a file. It cannot be made smaller, so
 * that no access fails. False: errno says why. */
bool reader_tray_create(struct reader_tray *tray);

/* At least that many bytes, if possible and at most READER_TRAY_MOST. */
void reader_tray_grow(struct reader_tray *tray, size_t bytes);

/* The other side's: maps as many bytes as the maker has. False: not mapped. */
bool reader_tray_follow(struct reader_tray *tray, size_t bytes);

/* Accepts a zeroed one whose fd is -1. */
void reader_tray_release(struct reader_tray *tray);

#endif
