/* SPDX-License-Identifier: MIT */
/*
 * state_store.h - how the values of a state are stored: as doubles, as floats, or as scaled halves.
 *
 * float64, float32: an array z, (D,) or (B, D). float16: no z, so that who does not know of it finds nothing to
 * misread, but z_low, (2 M,) or (B, 2 M), and z_kept, (2 K,) or (B, 2 K), of halves, each times its entry of z_scale
 * (2,) or (B, 2), float32 powers of two; and z_scalars, (4,) or (B, 4), float32: support, energies and K, whose ranges
 * have nothing in common. The largest half of a group lies in 2^14 .. 2^15, so that a value keeps 11 bits down to 2^-28
 * of the group's largest.
 */
#ifndef VORDEC_FORMATS_STATE_STORE_H
#define VORDEC_FORMATS_STATE_STORE_H

#include <vordec/types.h>

#include "array_sink.h"
#include "array_source.h"

enum state_store { STATE_FLOAT64, STATE_FLOAT32, STATE_FLOAT16, STATE_STORES };

const char *state_store_name(enum state_store store);
/* What dtype_code in a file says of it. */
int64_t state_store_code(enum state_store store);
/* False: none is called that. */
bool state_store_find(const char *name, enum state_store *store);

/* States in memory. */
struct stored_states {
  size_t low, kept; /* M and K: a state has 2 low + 4 + 2 kept values */
  size_t count;
  bool batched;                    /* has a leading axis; else count is 1 */
  const struct array_block *block; /* of batched ones that several processes have: which of all `count` these are */
};

/* Those that are in this process's memory. */
static inline size_t stored_states_here(const struct stored_states *states) {
  return states->block ? states->block->count : states->count;
}

static inline size_t stored_states_d(const struct stored_states *states) {
  return 2 * states->low + 4 + 2 * states->kept;
}

/* What has been narrowed; lent to a sink until that is committed. */
struct narrowed_states;
void narrowed_states_destroy(struct narrowed_states *narrowed); /* accepts NULL */

/* Narrows the values z (those that are here x D) to what the store holds; *narrowed is NULL where that is z itself.
 * E_INPUT: a value beyond what the store holds; E_NO_MEMORY. */
enum vordec_status state_store_narrow(enum state_store store, const struct stored_states *states, const double *z,
                                      struct narrowed_states **narrowed, struct vordec_error *error);

/* Adds what state_store_narrow() has made of z to the sink, which borrows both until it is committed. Errors as
 * array_sink_add(), or array_sink_add_block() where the states have a block. */
enum vordec_status state_store_add(enum state_store store, const struct stored_states *states, const double *z,
                                   const struct narrowed_states *narrowed, struct array_sink *sink,
                                   struct vordec_error *error);

/* Rounds z (count x D) to what will be read back. Errors as state_store_narrow(). */
enum vordec_status state_store_round(enum state_store store, const struct stored_states *states, double *z,
                                     struct vordec_error *error);

/* Reads all values, widened: *z, count x D, is to be freed. E_INPUT names an array that is missing or does not fit the
 * others. */
enum vordec_status state_store_read(struct array_source *source, struct stored_states *states, double **z,
                                    struct vordec_error *error);

/* Whether the file holds scaled halves. */
bool state_store_is_scaled(const struct array_source *source);

#endif
