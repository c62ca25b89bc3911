/* SPDX-License-Identifier: MIT */
/* An engine and a plan on it. */
#ifndef VORDEC_CORE_DECODER_H
#define VORDEC_CORE_DECODER_H

#include "batch.h"
#include "decode_limits.h"
#include "engine.h"
#include "link.h"
#include "placement.h"
#include "plan_claims.h"
#include "state.h"
#include "synthesis.h"

#define DECODER_DEPTH_MAX 2 /* one batch computes while the other is copied */

/* A vordec_decode() that its caller takes in pieces. */
struct decode_call {
  bool open;
  struct team_pool *pool; /* the pool of its batches, if several devices take them; otherwise NULL */
  struct vordec_decode_io io;
  size_t started, finished;                  /* states */
  size_t batches_started, batches_under_way; /* the latter: of those the last ones */
  size_t pace;                               /* states of the next batch; 0: as many as a batch holds */
  struct vordec_decode_report report;        /* so far */
};

struct vordec_decoder {
  struct vordec_runtime *runtime;
  const struct vordec_decoder *leader; /* it shares this one's states on another device; NULL: it leads, or is alone */
  struct vordec_decoder **team;        /* the decoders that share its states, itself first */
  size_t team_size;                    /* 1: it works alone */
  const struct vordec_layout *layout;
  struct engine *engine;
  struct selection selection; /* what it runs with: the engine's own, unless that belongs to another */
  struct perf_flags flags;    /* the flags of the selection, and those that decodes have raised since */
  const struct vordec_stream_interface *stream; /* NULL: the backend has none */
  struct batch batches[DECODER_DEPTH_MAX];
  size_t depth_asked, depth; /* plans wanted, and made */
  size_t oldest, under_way;  /* of the submitted batches: the first, and how many */
  const struct batch *last;  /* the batch that ended last, and well, if nothing was done with its plan since; or NULL */
  struct decode_call call;
  struct vordec_plan_info plan_info; /* of the first; memory and warm-up of all */
  uint64_t slot_bytes;               /* how much of the device's memory is in slots of its exports */
  char plan_doubt[PLAN_DOUBT_MAX];   /* which of its numbers are impossible; empty: none */
  size_t batch_size;                 /* states in one */
  uint32_t outputs, residuals;
  struct limits limits;
  struct synthesis synthesis;
  uint64_t band_bytes; /* of bands that crossed to a device of its own */
  struct link_bytes link;
  bool overflow_told, underflow_told; /* that sums of squares overflow, or underflow */
  double open_ms, create_ms;
  const char *decode_device; /* of all decodes so far; NULL before the first */
  bool device_timestamps;
  struct vordec_rollout *source;             /* of the call in progress; NULL: z */
  uint64_t states_uploaded, states_in_place; /* states decoded from host memory, and from where a rollout keeps them */
};

/* What decoder_open() makes. */
struct decoder_wish {
  const struct vordec_decoder_desc *desc;
  const struct select_request *request;
  const struct vordec_decoder *leader; /* the same decoder, on another device of its kind; or NULL */
  const struct placement *beside;      /* the placement of a simulation, whose session it shares if it may; or NULL */
};

/* Makes a decoder on one device. Errors are those of vordec_decoder_create(). */
enum vordec_status decoder_open(struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                const struct decoder_wish *wish, struct vordec_decoder **decoder,
                                struct vordec_error *error);
/* Accepts NULL and half-made decoders. Those of its team must be gone. */
void decoder_close(struct vordec_decoder *decoder);

/* What may be claimed of all decoders of its team that decoded: "gpu" only if each says so; NULL before the first
 * decode. */
const char *decoder_device_claim(const struct vordec_decoder *decoder);

/* The description of its plans on an engine; pointers are those of the layout. */
struct vordec_plan_desc decoder_describe_plan(const struct vordec_decoder *decoder);

#endif
