/* SPDX-License-Identifier: MIT */
/* HDF5 files that are sound as such, but may hold anything that the library can write: what a fuzzer's bytes choose. */
#ifndef VORDEC_TESTS_FUZZ_MADE_HDF5_H
#define VORDEC_TESTS_FUZZ_MADE_HDF5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MADE_OBJECTS 8

/* A dataset that has to be read as it was written. */
struct made_array {
  char name[64];
  double last; /* its last element */
};

struct made_file {
  struct made_array arrays[MADE_OBJECTS];
  size_t count;
};

/* False: the library would not make it. */
bool made_hdf5_write(const uint8_t *data, size_t size, const char *path, struct made_file *made);

#endif
