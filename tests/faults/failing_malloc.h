/* SPDX-License-Identifier: MIT */
/*
 * failing_malloc.h - replaces malloc and its kin in the whole process, libraries and the dynamic linker included: fails
 * a chosen call, and keeps account of the blocks that are live and of whose code asked for them.
 *
 * Linked into a test, it is driven by the calls below. As a shared object in LD_PRELOAD it is driven by the
 * environment: VORDEC_FAULT_KIND    memory (default), threads (pthread_create) or maps (mmap, as libraries call it)
 *   VORDEC_FAULT_INDEX   the call that fails, from 1; 0 or nothing: none
 *   VORDEC_FAULT_ONWARD  if set, all later ones fail too
 *   VORDEC_FAULT_OURS    names of our own objects, comma-separated: what each base name begins with
 *   VORDEC_FAULT_REPORT  where the process writes its account when it ends (report() has the lines)
 *   VORDEC_FAULT_SITES   where it writes one line for each call, in order: a hash of its stack, and whose it is
 * Only the first process is failed and reports, not those that it starts.
 */
#ifndef VORDEC_TESTS_FAILING_MALLOC_H
#define VORDEC_TESTS_FAILING_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

enum failing_kind { FAILING_MEMORY = 0, FAILING_THREADS, FAILING_MAPS, FAILING_KINDS };

/* From here on the index-th call of that kind fails, and later ones too if `onward`; 0: none. Counts from 0 again. */
void failing_arm(enum failing_kind kind, size_t index, bool onward);
/* Nothing fails any more. Returns the number of calls that failed. */
size_t failing_disarm(void);
/* Calls since failing_arm(). */
size_t failing_calls(void);

/* Calls from objects whose base names begin so never fail and are not counted: libraries that end the process then. */
void failing_spare(const char *names);
/* Whose blocks are counted as ours; as in VORDEC_FAULT_OURS. */
void failing_own(const char *names);
/* Live blocks that our code asked for, itself or through the C library. */
size_t failing_live(void);
/* Writes to stderr where blocks of ours that were asked for since failing_arm() and still live come from. */
void failing_print_live(void);
/* Where the last failed call came from, in words. */
const char *failing_where(void);

#endif
