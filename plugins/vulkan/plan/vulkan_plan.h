/* SPDX-License-Identifier: MIT */
/*
 * vulkan_plan.h - everything that a decode of one shape needs, made once: buffers, recorded commands, the FFT.
 *
 * A decode runs in chunks of plan->chunk states, which is the whole batch if it fits. A chunk is one submission of a
 * few command buffers that were recorded with the plan. These are its segments: one that brings the coefficients, one
 * that makes the low-pass field and the mask, one that combines for each set of residual inputs, and one readback for
 * each output. A job of fewer states decodes zeros in the places left over, so that the result of a state depends
 * neither on the batch nor on its place in it. A plan is used by one thread at a time.
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
  PLAN_COEF_UPLOAD = 0, /* absent if the host can write to PLAN_COEF */
  PLAN_COEF,            /* per state: re low, im low, re kept, im kept, n E of the mid and of the high band */
  PLAN_LOW_MODES,
  PLAN_LOW_COLUMNS,
  PLAN_KEPT_MODES,
  PLAN_KEPT_COLUMNS,
  PLAN_WINDOW,        /* the weights of the window; absent if the kernel knows them */
  PLAN_TWIDDLE,       /* exp(2 pi i j / n) */
  PLAN_MODE_SPECTRUM, /* compact spectrum of a mode table */
  PLAN_LINES,         /* the columns of that spectrum, transformed along y */
  PLAN_SOURCES,       /* the tables, lines and planes of the pruned transform: see transforms/pruned_tables.h */
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
  PLAN_MASK_A,  /* four cells in a word; each state begins with a new word */
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
  PLAN_ROOTS,        /* exp(-2 pi i j / n); from here on see vulkan_synthesis.h */
  PLAN_FIELD_LINES,  /* a field transformed along one axis */
  PLAN_BAND_UNTIL,   /* struct band_table */
  PLAN_BAND_MODES,
  PLAN_PHASES,         /* the phases of both bands, as fractions of a turn, if jobs bring them */
  PLAN_ENERGY_MODES,   /* struct energy_mode */
  PLAN_ENERGY_WEIGHTS, /* one value for each of these */
  PLAN_SHARED_LP,      /* all states of a batch, if others see the fields and a batch does not fit into a chunk */
  PLAN_SHARED_MASK,
  PLAN_SHARED_HAT,
  PLAN_SHARED_Z,  /* all states of a batch that others write, in the plan's precision; or the derivatives by them */
  PLAN_ADJOINT_K, /* K of each state, if others write it */
  PLAN_ROLLED,    /* the states of a rollout, as they lie there: see rolled_states.h */
  PLAN_BUFFER_COUNT
};

enum partial_slot {
  PARTIAL_ABSMAX = 0,
  PARTIAL_SUPPORT,
  PARTIAL_LP,
  PARTIAL_HAT,
  PARTIAL_MID,
  PARTIAL_HIGH,
  PARTIAL_ENERGY_LP, /* for a state that a rollout holds */
  PARTIAL_ENERGY_HAT,
  PARTIAL_COUNT
};

#define PLAN_RESIDUAL_SETS 8 /* as many as enum vordec_residual_input has subsets */
#define PLAN_MARKS_MAX 8 /* as many as warming up needs: its beginning, three ways to bring states, and four stages */

enum plan_segment {
  SEGMENT_UPLOAD = 0, /* coefficients from the host */
  SEGMENT_UNPACK,     /* coefficients from a rollout's states in PLAN_ROLLED */
  SEGMENT_TAKE_Z,     /* coefficients from the memory that the plan shares with others */
  SEGMENT_MAIN,
  SEGMENT_COMBINE, /* one for each set of residual inputs, which is added to the number */
  SEGMENT_READ_LP = SEGMENT_COMBINE + PLAN_RESIDUAL_SETS,
  SEGMENT_READ_MASK,
  SEGMENT_READ_HAT,
  SEGMENT_READ_SCALARS,
  SEGMENT_READ_LENT, /* outputs that go to memory lent to the host; recorded anew for each job with such outputs */
  SEGMENT_WARM_UP,   /* a single workgroup of every kernel */
  SEGMENT_PACED,     /* a piece of another segment: see pacing.h */
  SEGMENT_COUNT
};

/* Upload, unpack and main take 14, each combine takes 13, the self-test takes 8, and warming up takes 13 of those
 * and a combine. */
#define PLAN_SETS_MAX 192

/* A dispatch, copy or fill of a segment: how many parts it could be done in, and how fast these are. */
struct operation {
  struct pace pace;
  uint64_t units;
};

struct segment {
  VkCommandBuffer commands; /* NULL: this plan never needs the segment */
  VkCommandPool pool;       /* the pool that the commands are from */
  bool on_copy_queue;
  uint32_t first_query, marks;
  enum vordec_stage stage[PLAN_MARKS_MAX]; /* of the interval that ends with a mark; the first mark ends none */
  uint64_t dispatches;
  uint32_t first_set; /* the first of its sets in plan->bound, which are in the order of its dispatches */
  uint32_t first_operation, operations; /* which entries of plan->operations are its own */
  double cells;                         /* how many cells its largest operation works on */
  struct pace time;                     /* the time of the whole segment; its units are 1, or what was copied */
  uint64_t units;
};

#define SEGMENTS_MAX 8 /* the coefficients, main, one combine, and five readbacks */

struct segment_list {
  enum plan_segment ids[SEGMENTS_MAX];
  uint32_t count;
};

/* Large fields come back in pieces (readback_pieces.h), each a submission of its own. */
struct plan_pieces {
  struct readback_piece {
    VkCommandBuffer commands;
    enum vordec_output output;
    uint64_t at, bytes; /* where the piece is in the field's buffers */
  } * list;             /* the pieces, field by field; NULL: there are none */
  VkFence *fences;      /* one for each piece */
  uint32_t count;
  VkCommandBuffer closing[3]; /* writes the last time mark of each field */
};

/* A job that was started and not waited for yet, chunk by chunk; vulkan_decode.h says how. */
struct pending_job {
  bool started;
  struct vordec_decode_job job;
  uint32_t first, count;    /* the states of the chunk that the device works on */
  uint32_t lent;            /* bits of enum vordec_output: those that the device copies to where they belong */
  uint32_t pieced;          /* bits of enum vordec_output: those that come in pieces */
  struct segment_list list; /* the segments whose marks are to be read */
  bool awaited;             /* the chunk has been waited for */
  bool alone;      /* the host does nothing but wait for the chunk, so that its clock tells how long the device took */
  double start_ms; /* when the last submission was made, by that clock */
  double computed_ms; /* when the first piece was there, by that clock: from then on the host also copies */
  struct vordec_decode_result result; /* the result so far */
};

/* The residual that decodes make by themselves (vulkan_synthesis.h). */
struct plan_synthesis {
  uint32_t bands;           /* bits VORDEC_RESIDUAL_MID and VORDEC_RESIDUAL_HIGH; 0: none */
  bool phases;              /* jobs may bring phases */
  bool sums_hat;            /* the energy of omega_hat is summed over its modes wherever there is a residual */
  uint32_t max_kept, given; /* given: the bits of those bands whose phases the next job brings */
  uint64_t seed;
  double energy_max; /* the largest n E whose squares do not overflow */
  struct band_table table;
  struct vulkan_simulation_sizes sizes;
  VkPipeline columns, rows, hat_rows, hat_columns;
  struct vordec_residual_job next;
  void (*list_needs)(const struct vordec_plan *plan, struct buffer_need *needs); /* adds its buffers; NULL: none */
};

/* What others see of the plan (plan_share.h). */
struct plan_sharing {
  bool on, takes_z;
  bool copies;           /* fields are copied chunk by chunk to where others see them; otherwise they are made there */
  VkSemaphore semaphore; /* NULL: the device shares no semaphore */
  VkCommandBuffer taking, giving; /* take memory over from others, and give it back; NULL: they see none of it */
  bool takes;                     /* the pending job has yet to take over what others have written */
  struct vordec_export_job next;  /* what the next job also does; a value that a submission has taken along becomes 0 */
  uint32_t marked;                /* how many places of a chunk the host has marked for states that others write */
};

struct vordec_plan {
  struct vordec_session *session;
  struct vordec_plan_desc desc; /* its pointers are NULL */
  uint32_t n, cells, words;
  uint32_t groups;        /* how many partial results a state has in a slot */
  uint32_t absmax_groups; /* how many of these the search for max |R| makes */
  uint32_t real_bytes;    /* 4 or 8 */
  uint32_t kept;          /* how many kept modes take part: max_kept, or 0 if anchors are ignored */
  uint32_t coef_stride;   /* how many values a state has in PLAN_COEF */
  uint32_t window_shape;  /* one of VORDEC_SHAPE_.. */
  uint32_t chunk;         /* how many states a submission has */
  bool combines;          /* the plan makes omega_hat */
  bool copies_apart;      /* readbacks go to the queue that copies, so that another plan can compute meanwhile */
  struct mode_table low_modes, kept_modes;
  struct plan_synthesis synthesis;
  struct plan_sharing sharing;
  struct energy_table energies; /* empty unless the plan makes scalars */
  double *kept_values;          /* the host's copy of the kept coefficients of one state, for the energy */
  struct buffer buffers[PLAN_BUFFER_COUNT];
  VkCommandBuffer taking;              /* brings the states of a rollout; NULL: the plan decodes none */
  const struct segment_script *script; /* what the plan's jobs do */
  const struct transform *transform;
  void *transform_state;        /* belongs to the transform */
  enum plan_buffer mask_buffer; /* the buffer that the finished mask is in */
  VkDescriptorPool sets;
  VkDescriptorSet bound[PLAN_SETS_MAX]; /* the descriptor sets of the segments' dispatches */
  uint32_t bound_count;
  struct operation *operations; /* the operations of the segments; NULL: submissions have no time limit */
  VkQueryPool queries;          /* NULL: there are no timestamps */
  struct segment segments[SEGMENT_COUNT];
  struct plan_pieces pieces;
  VkFence fence; /* signalled when the chunk in progress ends */
  VkSemaphore
      computed; /* tells the queue that copies that the other has computed; NULL: not needed, or lost in a failure */
  struct pending_job pending;
  uint64_t device_bytes;
};

/* Forgets a job that was never waited for. The device must have finished. */
static inline void plan_forget_job(struct vordec_plan *plan) {
  if (!plan->pending.started) return;
  plan->pending.started = false;
  plan->session->pending_jobs--;
}

/* Whether a segment is the first of a job. */
static inline bool plan_segment_begins(enum plan_segment id) {
  return id == SEGMENT_UPLOAD || id == SEGMENT_UNPACK || id == SEGMENT_TAKE_Z;
}

/* The buffer that the host writes coefficients to. */
static inline struct buffer *plan_coef_input(struct vordec_plan *plan) {
  return &plan->buffers[plan->buffers[PLAN_COEF_UPLOAD].handle ? PLAN_COEF_UPLOAD : PLAN_COEF];
}

/* The residual inputs that the plan has room for, or that it makes itself, as the bits of a set. */
static inline uint32_t plan_residual_bits(const struct vordec_plan *plan) {
  return (plan->desc.residuals | plan->synthesis.bands) & 7u;
}

#endif
