/* SPDX-License-Identifier: MIT */
/* Dates and spans of time as NumPy has them: integers, in a unit of their own. */
#ifndef VORDEC_IO_NPY_DATES_H
#define VORDEC_IO_NPY_DATES_H

#include <vordec/types.h>

#define NPY_DATES_TEXT_MAX 40

struct npy_dates {
  double size, parts;            /* a step is size / parts seconds; 0: the array holds none */
  bool since;                    /* they are dates, which count from the first one of the array; else spans */
  char text[NPY_DATES_TEXT_MAX]; /* "datetime64[h]" */
};

/* From a type code, "<M8[25s]". False: it is another one, or has no unit of a fixed length, as months have none. */
bool npy_dates_parse(const char *descr, struct npy_dates *dates);

/* Integers of 8 bytes to doubles, in place: seconds, of dates from the first one on. What is no date becomes NaN. */
void npy_dates_to_seconds(const struct npy_dates *dates, void *elements, size_t count);

#endif
