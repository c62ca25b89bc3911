/* SPDX-License-Identifier: MIT */
/*
 * deviations.h - what a stub does otherwise than a plugin should. The stub is one shared object, copied as
 * decode_NAME.so for each row of the table; the name of its own file tells it which row it is.
 *
 * A stub is a card or the example. A card poses as a GPU and hands out fields that are right and simple (omega_lp by
 * direct sums, omega_hat the same, a mask of zeros): how the library treats plugins is tested with it. The example does
 * all that a backend has to do, with at most one fault: the conformance suite has to find it.
 */
#ifndef VORDEC_TESTS_DEVIATIONS_H
#define VORDEC_TESTS_DEVIATIONS_H

#include <vordec/backend.h>

/* What becomes of the process at some place. */
enum trouble { NO_TROUBLE, TROUBLE_CRASH, TROUBLE_EXIT, TROUBLE_ABORT, TROUBLE_HANG };

/* A time that a stub tells: a share of what really went by, and more. */
struct told_time {
  double share, more;
};

/* What a card tells of a kind of work. */
struct told_evidence {
  enum vordec_device_type type;
  const char *name, *driver;
  uint8_t uuid; /* its first byte; the device's is 0x5a */
  uint64_t recorded, lost;
  struct told_time ms;
};

struct card {
  /* the table */
  const char *claims; /* the name inside; NULL: the file's */
  bool no_claim;      /* .. none at all */
  uint32_t abi_major, serves;
  size_t size;
  bool lacks_decode;
  /* devices */
  uint32_t devices, capabilities;
  enum vordec_device_type type;
  enum vordec_reason unusable;
  bool timestamps; /* in evidence */
  /* one of several that is not as the others */
  uint32_t odd;         /* its index; 0: none */
  const char *odd_name; /* NULL: that of the others */
  unsigned odd_fails;   /* at its so many-th job it is lost; 0: never */
  uint64_t odd_lost;    /* dispatches of each of its jobs */
  unsigned job_ms;      /* that any device's jobs take at least */
  enum trouble on_load, on_probe, on_decode;
  /* plans */
  const char *fft_used; /* NULL: the one asked for, the first where that is auto */
  bool makes_no_plan;
  unsigned plans_max; /* of a session; then its memory is full */
  /* decodes; `recorded` dispatches each */
  struct told_evidence decode;
  double offset, absmax;
  double doubtful_above; /* where z[0] is larger, a dispatch is lost */
  /* rollouts; `recorded` dispatches for each step */
  bool rolls, makes_no_rollout, lacks_read;
  size_t rollout_size;
  struct told_evidence advance;
  uint32_t doubtful_steps; /* none of so many completes */
  /* simulations; `recorded` dispatches for each step */
  bool simulates, makes_no_simulation, lacks_get;
  size_t simulate_size;
  struct told_evidence flow;
  double flow_warmup_ms;
  uint32_t breaks_at, breaks_row; /* step since the last set() that is not finite, and where; 0: none */
  /* encoders; `recorded` dispatches for each field */
  bool encodes, makes_no_encoder, lacks_encoder_destroy;
  size_t encode_size;
  struct told_evidence encode;
  double encode_warmup_ms, told_high, told_support;
  /* comparers; `recorded` dispatches for each comparison */
  bool compares, makes_no_comparer, lacks_comparer_destroy;
  size_t compare_size;
  struct told_evidence compare;
  double compare_warmup_ms, told_square;
  /* gradients; `recorded` dispatches for each state */
  bool transposes, makes_no_adjoint, lacks_adjoint_destroy;
  size_t adjoint_size;
  struct told_evidence adjoint;
  double adjoint_warmup_ms;
  /* bandwidth */
  bool fills, lacks_fill;
  size_t bandwidth_size;
  double fill_share; /* of the bytes asked for, as if there were less room */
  uint64_t fill_more;
  struct told_time fill_ms;
  bool fills_unsteadily; /* every second time ten times as fast */
  /* streams */
  bool streams, lacks_wait, lacks_alloc, lacks_free, lacks_link;
  size_t stream_size;
};

/* The one thing that is wrong with the example. */
enum fault {
  NO_FAULT,
  NO_INTERFACES, /* which is no fault */
  /* loading */
  CRASH_IN_ENTRY,
  THREAD_IN_ENTRY,
  MEMORY_IN_ENTRY,
  ANY_ABI,
  WRONG_MAJOR,
  SHORT_TABLE,
  MISNAMED,
  EMPTY_SLOT,
  FULL_INTERFACES,
  LENDS_FOR_EVER,
  /* devices */
  HANG_IN_PROBE,
  FICKLE_PROBE,
  LEAK_IN_PROBE,
  OPENS_ANYTHING,
  SILENT_ERROR,
  LEAKS_SESSION,
  CLAIMS_GPU,
  /* plans */
  EXIT_IN_PLAN,
  CLAIMS_ANY_FFT,
  TAKES_ANY_WINDOW,
  FAILED_FOR_MEMORY,
  SAYS_DEVICE_MEMORY,
  LEAKS_FAILED_PLAN,
  LEAKS_PLAN,
  LEAKS_UNSEEN,
  /* decodes */
  ABORT_IN_DECODE,
  HANG_IN_DECODE,
  WRITES_PAST,
  WRITES_BEFORE,
  WRITES_INPUT,
  READS_PAST,
  LEAVES_NAN,
  FORGETS_MASK,
  OFF_BY_A_LITTLE,
  ONE_ROUND_LESS,
  ROUNDS_K_UP,
  ALWAYS_SUPPORT,
  NO_NYQUIST,
  FORGETS_LONE,
  SEES_DUST,
  BATCH_SHOWS,
  TIME_SHOWS,
  PROCESS_SHOWS,
  WRONG_ENERGY,
  HIDES_OVERFLOW,
  MEMORY_IN_DECODE,
  COUNTS_NOTHING,
  LOST_DISPATCH,
  TOO_LONG_STAGES,
  OTHER_DEVICE,
  BREAKS_PROMISE,
  INFINITE_WARMUP,
  COLOURS_NAME,
  SHOUTS_FFT,
  /* rollouts */
  ROLLS_TRANSPOSED,
  SPLIT_SHOWS,
  SUMS_BACKWARDS,
  DECODES_THE_LAST,
  DECODES_ANYTHING,
  ROLLS_UNCOUNTED,
  LEAKS_ROLLOUT,
  STATES_SHOW,
  DECODES_THE_FIRST,
  READS_ONE,
  TRAIL_KEEPS_LAST,
  TRAIL_STAYS,
  TRAIL_REPEATS,
  TRAIL_CHECKS_FIRST,
  WALK_UNCOUNTED,
  MEMORY_IN_WALK,
  LEAKS_TRAIL,
  /* simulations */
  FORGETS_MEAN,
  FORGETS_DEALIAS,
  FORGETS_FILTER,
  FLOW_SPLIT_SHOWS,
  MEMBERS_SHOW,
  GETS_FLOATS,
  GETS_TOO_MUCH,
  HIDES_BREAKDOWN,
  COUNTS_FROM_NOUGHT,
  FLOWS_UNCOUNTED,
  MEMORY_IN_ADVANCE,
  LEAKS_FLOW,
  /* encoders */
  ENCODES_CONJUGATES,
  HIGH_BY_DIFFERENCE,
  SUPPORT_OF_PLUS,
  ENCODE_BATCH_SHOWS,
  ENCODES_THE_FIRST,
  ENCODES_ANY_WINDOW,
  ENCODES_UNCOUNTED,
  MEMORY_IN_ENCODE,
  LEAKS_ENCODER,
  /* gradients */
  ADJOINT_CONJUGATES,
  ADJOINT_HALVES,
  ADJOINT_FORGETS_HAT,
  ADJOINT_KEEPS_IGNORED,
  ADJOINT_K_OF_FIRST,
  ADJOINT_K_OF_MOST,
  ADJOINT_OF_K,
  ADJOINT_LEAVES_REST,
  ADJOINT_UNGATED,
  ADJOINT_ALWAYS_SUPPORT,
  ADJOINT_BATCH_SHOWS,
  ADJOINT_ANY_FFT,
  ADJOINT_UNCOUNTED,
  MEMORY_IN_ADJOINT,
  LEAKS_ADJOINT,
  SHARED_K_OF_FIRST,
  SHARED_LEAVES_REST,
  SHARED_TOO_SMALL,
  SHARED_CLAIMS_FD,
  SHARED_UNCOUNTED,
  SHARED_LEAKS,
  /* comparers */
  SHELLS_OFF_BY_ONE,
  VARIANCE_BY_DIFFERENCE,
  FORGETS_FACTOR,
  ADDS_ANEW,
  COMPARES_THE_FIRST,
  COMPARES_LP,
  COMPARES_UNCOUNTED,
  MEMORY_IN_COMPARE,
  LEAKS_COMPARER,
  /* bandwidth */
  FILLS_NO_BYTE,
  FILLS_FOR_LONG,
  /* streams */
  STREAM_SHOWS,
  KEEPS_JOB,
  MEMORY_IN_SUBMIT,
  WAITS_UNCOUNTED,
  ROLLS_ON,
  FAILED_STAYS,
  LENDS_ASKEW,
  LENDS_DIRTY,
  LENDS_AND_LEAKS,
  FREES_NULL,
  WRITES_LENT,
  LENDS_NOTHING,
  LINK_FOR_LONG,
  /* forks */
  CHILD_SHOWS,
  CHILD_FLOW_SHOWS,
  CHILD_ENCODE_SHOWS,
  CHILD_COMPARE_SHOWS,
  HANG_IN_CHILD,
  REFUSES_CHILD,
  /* manners */
  PRINTS,
  LOGS_LINES,
  /* residuals */
  BAND_ANY_ENERGY,
  BAND_LEAKS_PLAN,
  BAND_FORGETS_STEP,
  BAND_STEP_OF_FIRST,
  BAND_KEEPS_KEPT,
  BAND_FORGETS_HALF,
  BAND_SEED_IN_32_BITS,
  BAND_IGNORES_PHASES,
  BAND_ENERGY_OF_MODE,
  MEMORY_IN_PREPARE,
  /* exports */
  EXPORT_STAYS_BEHIND,
  EXPORT_TAKES_FIRST,
  EXPORT_BELIEVES,
  EXPORT_HIDES_WRONG,
  EXPORT_TOO_SMALL,
  EXPORT_LENDS_FD,
  EXPORT_SURVIVES_EXEC,
  EXPORT_LEAKS,
  EXPORT_UNCOUNTED,
  /* shelves */
  SHELF_REMEMBERS,
  SHELF_COMES_LATE,
  SHELF_TAKES_FIRST,
  SHELF_LENDS_FD,
  SHELF_LEAKS
};

/* Which shared object is copied: the stub, the stub with a second exported symbol, one that is no plugin at all. */
enum stub_object { OBJECT_PLAIN, OBJECT_MARKED, OBJECT_OTHER };

struct deviation {
  const char *folder, *name, *what;
  enum stub_object object;
  bool example; /* else a card */
  struct card card;
  enum fault fault;
};

extern const struct deviation deviations[];
extern const size_t deviation_count;

/* NULL: no row is called so. */
const struct deviation *deviation_find(const char *name);

#endif
