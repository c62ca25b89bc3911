/* SPDX-License-Identifier: MIT */
/*
 * vulkan_plan.h - everything that a decode of one shape needs, made once: buffers, recorded commands, the FFT.
 *
 * A decode runs in chunks of plan->chunk states (all of the batch where they fit). A chunk is one submission of a few
 * command buffers recorded with the plan, its segments: one that brings the coefficients, the low-pass field and the
 * mask, one combine for each set of residual inputs, and one readback for each output. A job of fewer states decodes
 * zeros in the places left over, so that a state's result depends neither on the batch nor on its place in it.
 */
#ifndef VORDEC_VULKAN_PLAN_H
#define VORDEC_VULKAN_PLAN_H

#include "core/base/band_table.h"
#include "gpu/buffer.h"
#include "gpu/pace.h"
#include "gpu/vulkan_session.h"
#include "push_constants.h"
#include "simulate/vulkan_simulation_sizes.h"
#include "vulkan_modes.h"

struct segment_script;
struct buffer_need;
struct transform;

enum plan_buffer {
  PLAN_COEF_UPLOAD = 0, /* absent where the host can write PLAN_COEF */
  PLAN_COEF,            /* per state: re low, im low, re kept, im kept, n E of the mid and of the high band */
  PLAN_LOW_MODES,
  PLAN_LOW_COLUMNS,
  PLAN_KEPT_MODES,
  PLAN_KEPT_COLUMNS,
  PLAN_WINDOW,        /* its weights; absent where the kernel knows them */
  PLAN_TWIDDLE,       /* exp(2 pi i j / n) */
  PLAN_MODE_SPECTRUM, /* compact spectrum of a mode table */
  PLAN_LINES,         /* its columns, transformed along y */
  PLAN_SOURCES,       /* the pruned transform's tables, lines and planes: see transforms/pruned_tables.h */
  PLAN_COLUMN_FACTORS,
  PLAN_BASIS_Y,
  PLAN_BASIS_X,
  PLAN_DIFFERENCE_LINES,
  PLAN_EDGES, /* R in the edge columns */
  PLAN_PEAKS,
  PLAN_BOUNDS,
  PLAN_PLANES_A,
  PLAN_PLANES_B,
  PLAN_HALF_SPECTRUM, /* VkFFT's input, n rows of n / 2 + 1 */
  PLAN_OMEGA_LP,
  PLAN_FIELD_A, /* omega_lp smoothed along x; later the anchors' field */
  PLAN_FIELD_B, /* omega_lp less its smoothed self; later omega_hat */
  PLAN_MASK_A,  /* four cells a word, each state starts a word */
  PLAN_MASK_B,
  PLAN_PARTIALS, /* [slot][state][group] of the reductions */
  PLAN_GAINS,    /* [state][gains of both bands, n E of both] */
  PLAN_RESIDUAL, /* three in a row: the caller's field, mid band, high band */
  PLAN_MID,
  PLAN_HIGH,
  PLAN_RESIDUAL_UPLOAD, /* in the same order */
  PLAN_MID_UPLOAD,
  PLAN_HIGH_UPLOAD,
  PLAN_LP_READBACK,
  PLAN_MASK_READBACK,
  PLAN_HAT_READBACK,
  PLAN_PARTIALS_READBACK,
  PLAN_GAINS_READBACK,
  PLAN_SUMS_READBACK,
  PLAN_NOT_FINITE_READBACK,
  PLAN_NOT_FINITE,   /* 0, or what is wrong with a rollout's states: VORDEC_WRONG_KINDS */
  PLAN_FIELD_UPLOAD, /* fields of the host's for an encoder, or cotangents of omega_lp */
  PLAN_HAT_UPLOAD,   /* cotangents of omega_hat */
  PLAN_MASK_UPLOAD,  /* and the mask that goes with them */
  PLAN_PAIR_BASIS,   /* [column][pair of cells]: exp(i kx x) */
  PLAN_SUMS,         /* [state][one of two fields][mode]: sums of a field times exp(-i k x) */
  PLAN_SUM_GAINS,    /* [mode]: a second field's sums are a first one's times these */
  PLAN_ROOTS,        /* exp(-2 pi i j / n); vulkan_synthesis.h, from here on */
  PLAN_FIELD_LINES,  /* a field transformed along one axis */
  PLAN_BAND_UNTIL,   /* struct band_table */
  PLAN_BAND_MODES,
  PLAN_PHASES,         /* of both bands, where jobs bring them: fractions of a turn */
  PLAN_ENERGY_MODES,   /* struct energy_mode */
  PLAN_ENERGY_WEIGHTS, /* one value each */
  PLAN_SHARED_LP,      /* of a plan that others see, all states of a batch, where they do not fit into a chunk */
  PLAN_SHARED_MASK,
  PLAN_SHARED_HAT,
  PLAN_SHARED_Z, /* states that are taken from there: all of a batch, in the plan's precision; or derivatives by them */
  PLAN_ADJOINT_K, /* K of each state, where others write it */
  PLAN_ROLLED,    /* a rollout's states, as they lie there: rolled_states.h */
  PLAN_BUFFER_COUNT
};

enum partial_slot {
  PARTIAL_ABSMAX = 0,
  PARTIAL_SUPPORT,
  PARTIAL_LP,
  PARTIAL_HAT,
  PARTIAL_MID,
  PARTIAL_HIGH,
  PARTIAL_ENERGY_LP, /* of a rollout's state */
  PARTIAL_ENERGY_HAT,
  PARTIAL_COUNT
};

#define PLAN_RESIDUAL_SETS 8 /* subsets of enum vordec_residual_input */
#define PLAN_MARKS_MAX 8     /* warming up: its beginning, three ways of states to come in, and four stages */

enum plan_segment {
  SEGMENT_UPLOAD = 0, /* coefficients from the host */
  SEGMENT_UNPACK,     /* or from a rollout's states in PLAN_ROLLED */
  SEGMENT_TAKE_Z,     /* or from the memory that the plan shares */
  SEGMENT_MAIN,
  SEGMENT_COMBINE, /* + set of residual inputs */
  SEGMENT_READ_LP = SEGMENT_COMBINE + PLAN_RESIDUAL_SETS,
  SEGMENT_READ_MASK,
  SEGMENT_READ_HAT,
  SEGMENT_READ_SCALARS,
  SEGMENT_READ_LENT, /* outputs that go to memory lent to the host: recorded anew for each job that has such */
  SEGMENT_WARM_UP,   /* every kernel once, a single workgroup each */
  SEGMENT_PACED,     /* a piece of another one: see pacing.h */
  SEGMENT_COUNT
};

/* Upload, unpack, main: 14; each combine: 13; self-test: 8; warm-up: those 13 and a combine. */
#define PLAN_SETS_MAX 192

/* A dispatch, copy or fill of a segment: in how many parts it could be done, and how fast they go. */
struct operation {
  struct pace pace;
  uint64_t units;
};

struct segment {
  VkCommandBuffer commands; /* NULL: this plan never needs it */
  VkCommandPool pool;       /* that they are from */
  bool on_copy_queue;
  uint32_t first_query, marks;
  enum vordec_stage stage[PLAN_MARKS_MAX]; /* of the interval that ends with a mark; the first mark ends none */
  uint64_t dispatches;
  uint32_t first_set;                   /* of those in plan->bound, in the order of its dispatches */
  uint32_t first_operation, operations; /* in plan->operations */
  double cells;                         /* of its largest operation */
  struct pace time;                     /* of the whole, in units: 1, or what was copied */
  uint64_t units;
};

#define SEGMENTS_MAX 8 /* coefficients, main, one combine, five readbacks */

struct segment_list {
  enum plan_segment ids[SEGMENTS_MAX];
  uint32_t count;
};

/* Large fields come back in pieces (readback_pieces.h), each a submission of its own. */
struct plan_pieces {
  struct readback_piece {
    VkCommandBuffer commands;
    enum vordec_output output;
    uint64_t at, bytes; /* in the field's buffers */
  } * list;             /* field by field; NULL: there are none */
  VkFence *fences;      /* one each */
  uint32_t count;
  VkCommandBuffer closing[3]; /* the last time mark of each field */
};

/* A job that was started and not waited for yet, chunk by chunk; vulkan_decode.h says how. */
struct pending_job {
  bool started;
  struct vordec_decode_job job;
  uint32_t first, count;    /* states of the chunk that the device works on */
  uint32_t lent;            /* enum vordec_output bits: those that the device itself copies to where they belong */
  uint32_t pieced;          /* likewise: those that come in pieces */
  struct segment_list list; /* of the segments whose marks are to be read */
  bool awaited;             /* the chunk is done */
  bool alone;               /* the host waits, once it has started it, so that its clock tells the device's time */
  double start_ms;          /* of the last submission, by that clock */
  double computed_ms;       /* when the first piece was there: from then on the host copies, too */
  struct vordec_decode_result result; /* so far */
};

/* The residual that decodes make by themselves (vulkan_synthesis.h). */
struct plan_synthesis {
  uint32_t bands;           /* VORDEC_RESIDUAL_MID, VORDEC_RESIDUAL_HIGH; 0: none */
  bool phases;              /* jobs may bring them */
  bool sums_hat;            /* the energy of omega_hat is summed over its modes wherever there is a residual */
  uint32_t max_kept, given; /* given: a bit for each band whose phases the next job brings */
  uint64_t seed;
  double energy_max; /* n E beyond which squares overflow */
  struct band_table table;
  struct vulkan_simulation_sizes sizes;
  VkPipeline columns, rows, hat_rows, hat_columns;
  struct vordec_residual_job next;
  void (*list_needs)(const struct vordec_plan *plan, struct buffer_need *needs); /* its buffers; NULL: none */
};

/* What others see of the plan (plan_share.h). */
struct plan_sharing {
  bool on, takes_z;
  bool copies;                    /* fields are copied to where others see them, chunk by chunk; else they lie there */
  VkSemaphore semaphore;          /* NULL: the device shares none */
  VkCommandBuffer taking, giving; /* of what others have written, and to them; NULL: they see nothing of the plan */
  bool takes;                     /* the pending job has not yet done the former */
  struct vordec_export_job next;  /* what the next job does besides; values that submissions have taken along are 0 */
  uint32_t marked;                /* places of a chunk that the host has marked for states that others write; 0: none */
};

struct vordec_plan {
  struct vordec_session *session;
  struct vordec_plan_desc desc; /* its pointers are NULL */
  uint32_t n, cells, words;
  uint32_t groups;        /* partial results of a state in a slot */
  uint32_t absmax_groups; /* those of them that the search for max |R| makes */
  uint32_t real_bytes;    /* 4 or 8 */
  uint32_t kept;          /* kept modes that take part: max_kept, or 0 where anchors are ignored */
  uint32_t coef_stride;   /* values per state in PLAN_COEF */
  uint32_t window_shape;  /* VORDEC_SHAPE */
  uint32_t chunk;         /* states in a submission */
  bool combines;          /* omega_hat is made */
  bool copies_apart;      /* readbacks go to the queue that copies, so that another plan can compute meanwhile */
  struct mode_table low_modes, kept_modes;
  struct plan_synthesis synthesis;
  struct plan_sharing sharing;
  struct energy_table energies; /* empty unless scalars are made */
  double *kept_values;          /* host copy of one state's kept coefficients, for the energy */
  struct buffer buffers[PLAN_BUFFER_COUNT];
  VkCommandBuffer taking;              /* brings states of a rollout; NULL: it decodes none */
  const struct segment_script *script; /* what its jobs do */
  const struct transform *transform;
  void *transform_state;        /* the transform's own */
  enum plan_buffer mask_buffer; /* where the mask ends */
  VkDescriptorPool sets;
  VkDescriptorSet bound[PLAN_SETS_MAX]; /* of the segments' dispatches */
  uint32_t bound_count;
  struct operation *operations; /* of the segments; NULL: submissions may take as long as they like */
  VkQueryPool queries;          /* NULL: no timestamps */
  struct segment segments[SEGMENT_COUNT];
  struct plan_pieces pieces;
  VkFence fence; /* of the chunk under way */
  VkSemaphore
      computed; /* from the queue that computes to the one that copies; NULL: not needed, or lost by a failure */
  struct pending_job pending;
  uint64_t device_bytes;
};

/* Forgets a job that was never waited for; the device has finished. */
static inline void plan_forget_job(struct vordec_plan *plan) {
  if (!plan->pending.started) return;
  plan->pending.started = false;
  plan->session->pending_jobs--;
}

/* Whether a segment is the first of a job. */
static inline bool plan_segment_begins(enum plan_segment id) {
  return id == SEGMENT_UPLOAD || id == SEGMENT_UNPACK || id == SEGMENT_TAKE_Z;
}

/* Where the host puts coefficients. */
static inline struct buffer *plan_coef_input(struct vordec_plan *plan) {
  return &plan->buffers[plan->buffers[PLAN_COEF_UPLOAD].handle ? PLAN_COEF_UPLOAD : PLAN_COEF];
}

/* The residual inputs that the plan has room for, or makes, as the bits of a set. */
static inline uint32_t plan_residual_bits(const struct vordec_plan *plan) {
  return (plan->desc.residuals | plan->synthesis.bands) & 7u;
}

#endif
