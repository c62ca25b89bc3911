/* An engine and a plan on it. */
#ifndef VORDEC_CORE_DECODER_H
#define VORDEC_CORE_DECODER_H

#include "batch.h"
#include "decode_limits.h"
#include "engine.h"
#include "plan_claims.h"
#include "state.h"
#include "synthesis.h"

#define DECODER_DEPTH_MAX 2 /* one batch computes while the other is copied */

/* A vordec_decode() that its caller takes in pieces. */
struct decode_call {
  bool open;
  struct vordec_decode_io io;
  size_t started, finished;                  /* states */
  size_t batches_started, batches_under_way; /* the latter: of those the last ones */
  size_t pace;                               /* states of the next batch; 0: as many as a batch holds */
  struct vordec_decode_report report;        /* so far */
};

struct vordec_decoder {
  struct vordec_runtime *runtime;
  const struct vordec_layout *layout;
  struct engine *engine;
  struct perf_flags flags;                      /* those of the selection, and those that decodes raised since */
  const struct vordec_stream_interface *stream; /* NULL: the backend has none */
  struct batch batches[DECODER_DEPTH_MAX];
  size_t depth_asked, depth; /* plans wanted, and made */
  size_t oldest, under_way;  /* of the batches that were submitted: the first, and how many */
  struct decode_call call;
  struct vordec_plan_info plan_info; /* of the first; memory and warm-up of all */
  char plan_doubt[PLAN_DOUBT_MAX];   /* which of its numbers cannot be; empty: none */
  size_t batch_size;                 /* states in one */
  uint32_t outputs, residuals;
  struct limits limits;
  struct synthesis synthesis;
  uint64_t band_bytes;                /* of bands that crossed to a device of its own */
  bool overflow_told, underflow_told; /* that sums of squares overflow, or underflow */
  double open_ms, create_ms;
  const char *decode_device; /* of all decodes so far; NULL before the first */
  bool device_timestamps;
  uint64_t states_uploaded, states_in_place; /* decoded from host memory, and from where a rollout keeps them */
};

#endif
