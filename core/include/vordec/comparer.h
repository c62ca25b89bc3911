/* SPDX-License-Identifier: MIT */
/*
 * comparer.h - how fields compare that a backend holds; a part of vordec.h, whose conventions hold here.
 *
 * A comparer keeps fields of one grid in double precision on the device of a simulation or a decoder, and says of
 * others how they compare with these: sums made where the fields are, which come to the host instead of them.
 */
#ifndef VORDEC_COMPARER_H
#define VORDEC_COMPARER_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;
struct vordec_simulation;

struct vordec_comparer_desc {
  size_t fields; /* how many it keeps, up to 2^20; all are 0 at first */
  size_t pairs;  /* the most that one vordec_compare() compares with, up to 64 */
};

/* What a comparer runs on. */
struct vordec_comparer_info {
  const char *backend_used;
  struct vordec_device device;
  const char *compare_device; /* of all comparisons so far: "cpu", "gpu" or "unknown"; NULL before the first */
  size_t n, fields, pairs;
  size_t shells; /* how many a spectrum has, of wavenumbers 0 .. shells - 1 */
  uint64_t host_bytes, device_bytes;
  double create_ms;
  double warmup_ms; /* part of create_ms; NAN: the backend claims an impossible time */
};

/* A field w, and what is wanted of it. All memory is the caller's. */
struct vordec_compare_io {
  /* w comes from one of these: the host, n x n; */
  const double *omega;
  /* a member of a simulation, as it is now; */
  struct vordec_simulation *simulation;
  size_t member;
  /* the last call of a decoder that ended. It was of one state and asked for omega_hat. output (enum vordec_output)
   * says which field: omega_hat, or omega_lp unless the call asked for omega_lp, too. No other call on the decoder has
   * begun since, except for batches (vordec_decoder_submit()) while there is room for them; */
  struct vordec_decoder *decoder;
  uint32_t output;
  /* or a kept field, if none of these is set. */
  uint32_t field;

  uint32_t keep; /* the kept field that w is stored in before it is compared; VORDEC_NO_FIELD: none */
  uint32_t add;  /* the kept field that w is then added to, neither keep nor field; VORDEC_NO_FIELD: none */
  size_t pairs;  /* how many kept fields to compare it with */
  const struct vordec_compare_pair *pair;

  struct vordec_field_moments *moments; /* NULL: not wanted */
  struct vordec_pair_moments *against;  /* one for each pair */
  double *shell; /* info.shells values: energies 0.5 |u|^2 by shells of |k|, rounded; NULL: not wanted */
  double *copy;  /* n x n: w itself; NULL: not wanted */
};

/* How a vordec_compare() went. */
struct vordec_compare_report {
  double total_ms;  /* host clock, whole call */
  double device_ms; /* on the device's clock, where there is one; NAN: the backend claims an impossible time */
  const char *compare_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
  bool device_timestamps;     /* device_ms is measured on the device's clock */
};

/* Keeps fields and compares with them, on a backend. */
struct vordec_comparer;

/*
 * Makes a comparer on the device of the simulation, or of the decoder if simulation is NULL; one of them must be given
 * (E_USAGE). It can take fields from any object that shares that device, and may outlive both. E_UNSUPPORTED: the
 * backend cannot compare fields, or not in double precision, or not on this grid; fields must then be brought to the
 * host. E_NO_MEMORY: they do not fit. E_REFUSED as vordec_decoder_create(). Any thread, but an object on that device
 * that is in a call gives E_BUSY.
 */
VORDEC_API enum vordec_status vordec_comparer_create(struct vordec_simulation *simulation,
                                                     struct vordec_decoder *decoder,
                                                     const struct vordec_comparer_desc *desc,
                                                     struct vordec_comparer **comparer, struct vordec_error *error);
/* Accepts NULL. Destroy the comparer's metrics first. One thread per comparer, while no thread is in a call on an
 * object that shares its device. */
VORDEC_API void vordec_comparer_destroy(struct vordec_comparer *comparer);
/* Fills *info; its pointers are valid as long as the comparer. Any thread, while no call of the other functions is in
 * progress. */
VORDEC_API void vordec_comparer_get(const struct vordec_comparer *comparer, struct vordec_comparer_info *info);

/*
 * Says whether a comparer can take fields of this simulation, or of this decoder, that is, whether they share its
 * device and its grid. For NULL the answer is no. Any thread.
 */
VORDEC_API bool vordec_comparer_reaches(const struct vordec_comparer *comparer,
                                        const struct vordec_simulation *simulation,
                                        const struct vordec_decoder *decoder);

/*
 * Compares a field. Sums are of doubles, of fields as their own precision has them. Each has an order of its own, so
 * that its bits do not depend on what else is asked for. E_INPUT: omega is not finite, and the message names the first
 * such cell; or a factor is not. E_USAGE: not exactly one source is given, the comparer does not reach it, the member
 * holds no field, the decode was of something else, or there is no such kept field. E_REFUSED with REASON_EVIDENCE as
 * vordec_decode(). After any error the outputs are unspecified; report (may be NULL) is written on success only. One
 * thread per comparer and what shares its device; E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_compare(struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                             struct vordec_compare_report *report, struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
