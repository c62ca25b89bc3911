/* SPDX-License-Identifier: MIT */
/*
 * A mutator that knows .npz archives. Bytes changed at random fail at the first checksum; so this one takes an archive
 * apart, changes members, their names, types and shapes, and puts it together with sizes and checksums that are right.
 * Now and then it leaves the bytes alone after all, or spoils them.
 */
#ifndef VORDEC_TESTS_FUZZ_ARCHIVE_H
#define VORDEC_TESTS_FUZZ_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

/* What the target's reader looks for; ends with NULL. Defined by the target. */
extern const char *const archive_keys[];

/* As LLVMFuzzerCustomMutator(). */
size_t archive_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
