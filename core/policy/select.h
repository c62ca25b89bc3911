/* SPDX-License-Identifier: MIT */
/*
 * Who does the work. A pure function: request + policy + what probing found -> what is used and why. It touches no
 * file, no plugin and no device, so that every row of its table can be tested.
 */
#ifndef VORDEC_CORE_POLICY_SELECT_H
#define VORDEC_CORE_POLICY_SELECT_H

#include <vordec/types.h>

#include "flags.h"
#include "precision.h"

#define SELECT_FALLBACKS_MAX 8

/* Whose backend is asked for: names it in messages and picks the flag of a downgrade. */
enum select_role { SELECT_DECODE = 0, SELECT_OP, SELECT_SIMULATE, SELECT_ENCODE };

struct select_request {
  enum select_role role;
  const char *backend; /* "auto"; "gpu": a GPU or a refusal; or a name */
  bool permissive;
  const char *fallback[SELECT_FALLBACKS_MAX]; /* where a permissive downgrade goes: the first that is not `backend` */
  size_t fallback_count;
  const char *device;  /* "auto", an index, a UUID, part of a name */
  const char *visible; /* visible_gpu()'s list, which GPUs have to be in; NULL: any */
  bool allow_software_device;
  enum wanted_precision precision;
  const char *fft; /* "auto" or a name, perhaps one that has changed (fft_names.h) */
};

enum candidate_state { CANDIDATE_UNTRIED, CANDIDATE_PROBED, CANDIDATE_FAILED };

struct select_candidate {
  const char *name;
  enum candidate_state state;
  struct vordec_error failure;         /* FAILED: why; PROBED: why the devices in `failed` cannot be used */
  uint64_t failed;                     /* PROBED: bit i: device i could not be opened or planned for */
  struct vordec_error fft_failure;     /* PROBED: why the FFT asked for cannot serve this plan; status OK if it can */
  const struct vordec_device *devices; /* PROBED */
  size_t device_count;
  const char *const *ffts; /* PROBED: NULL-terminated */
};

enum select_verdict {
  SELECT_PROBE, /* probe candidate `candidate` and ask again */
  SELECT_USE,
  SELECT_REFUSE
};

struct selection {
  enum select_verdict verdict;
  size_t candidate, device; /* indices */
  enum vordec_precision precision;
  const char *fft;                  /* for the plan */
  bool downgraded;                  /* the backend is not the one asked for */
  enum vordec_reason reason;        /* REFUSE, or why what was preferred was passed over; NONE if nothing was */
  char message[VORDEC_MESSAGE_MAX]; /* the same in words; empty with NONE */
  struct perf_flags flags;
};

/* candidates: for "auto" and "gpu" in order of preference with cpu last; otherwise any that may be needed. A name
 * without a candidate counts as plugin-not-found. */
void select_backend(const struct select_request *request, const struct select_candidate *candidates, size_t count,
                    struct selection *selection);

/* Whether any installed backend may be the one: "auto" and "gpu". */
bool select_is_open(const struct select_request *request);

/* Whether one device may be used under the request, leaving its `device` aside. Returns the reason against it. */
enum vordec_reason select_judge_device(const struct select_request *request, const struct vordec_device *device,
                                       enum vordec_precision *precision);

/* Words for what a reason says of a device; writes one clause. */
void select_explain_device(const struct vordec_device *device, enum vordec_reason reason, char *text, size_t size);

#endif
