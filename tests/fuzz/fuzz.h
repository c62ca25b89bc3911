/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target hands the fuzzer's bytes to a reader, as the file that it reads in earnest, and
 * checks what the reader promises: not only that it stays within its memory.
 */
#ifndef VORDEC_TESTS_FUZZ_H
#define VORDEC_TESTS_FUZZ_H

#include <stdio.h>
#include <vordec/vordec.h>

/* Ends the run with a message; libFuzzer keeps the input. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *what, const char *file, int line);

/* The path of a file that holds these bytes, in memory. Each of the FUZZ_FILES slots keeps its file until it is used
 * again. */
#define FUZZ_FILES 2
const char *fuzz_file(int slot, const void *data, size_t size);

/* FOLDER/NAME in a folder of this process's own, which is removed at its end. The text is the caller's until the next
 * call. */
const char *fuzz_path(const char *name);

/* A failure is told: the same status in *error, and one line that says something. */
void fuzz_check_error(enum vordec_status status, const struct vordec_error *error);

/* Whether all bytes are 0. */
bool fuzz_is_zero(const void *memory, size_t size);

/* The fuzzer's entry points. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size); /* libFuzzer's own */

#endif
