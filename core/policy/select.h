/* SPDX-License-Identifier: MIT */
/*
 * Decides which backend and device do the work. The decision is a pure function of the request, the policy and what
 * probing has found: it says what is used, and why. It touches no file, no plugin and no device, so that every row of
 * its table can be tested. Any thread.
 */
#ifndef VORDEC_CORE_POLICY_SELECT_H
#define VORDEC_CORE_POLICY_SELECT_H

#include <vordec/types.h>

#include "flags.h"
#include "precision.h"

#define SELECT_FALLBACKS_MAX 8

/* What the backend is wanted for. Messages name it, and the flag of a downgrade depends on it. */
enum select_role { SELECT_DECODE = 0, SELECT_OP, SELECT_SIMULATE, SELECT_ENCODE };

struct select_request {
  enum select_role role;
  const char *backend; /* "auto"; "gpu", which means a GPU or a refusal; or the name of a backend */
  bool permissive;
  const char *fallback[SELECT_FALLBACKS_MAX]; /* a permissive downgrade goes to the first that is not `backend` */
  size_t fallback_count;
  const char *device;  /* "auto", an index, a UUID, or part of a name */
  const char *visible; /* the list of visible_gpu(), in which a GPU has to be; NULL: any GPU will do */
  bool allow_software_device;
  enum wanted_precision precision;
  const char *fft; /* "auto" or a name, perhaps a former one (fft_names.h) */
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
  const char *fft;                  /* what the plan is to be made with */
  bool downgraded;                  /* the backend is not the one asked for */
  enum vordec_reason reason;        /* why it is refused, or why what was preferred was passed over; NONE: it was not */
  char message[VORDEC_MESSAGE_MAX]; /* the same in words; empty with NONE */
  struct perf_flags flags;
};

/* Fills *selection. The candidates for "auto" and "gpu" come in order of preference, with cpu last; for any other
 * request they are those that may be needed, in any order. A backend that is asked for by name and is not among them
 * counts as plugin-not-found. */
void select_backend(const struct select_request *request, const struct select_candidate *candidates, size_t count,
                    struct selection *selection);

/* Whether the request leaves open which installed backend it is, as "auto" and "gpu" do. */
bool select_is_open(const struct select_request *request);

/* Judges whether the request allows the device, except for request->device, which is not looked at. Returns the reason
 * against the device, or NONE and in *precision what it would compute in. */
enum vordec_reason select_judge_device(const struct select_request *request, const struct vordec_device *device,
                                       enum vordec_precision *precision);

/* Writes one clause that says in words what the reason means for the device. */
void select_explain_device(const struct vordec_device *device, enum vordec_reason reason, char *text, size_t size);

#endif
