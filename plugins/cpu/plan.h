/*
 * plan.h - everything that decoding states of one shape needs, made once.
 */
#ifndef VORDEC_CPU_PLAN_H
#define VORDEC_CPU_PLAN_H

#include "ifft_lp.h"
#include "session.h"
#include "smooth.h"
#include "synthesis.h"

/*
 * Work memory of one field on its way through the stages. Fields have grid.pitch doubles a row, masks grid.mask_pitch
 * bytes. What lies where:
 *          scatter_lowk, ifft_lp          mask                   combine
 *   lp     omega_lp                       omega_lp               omega_lp
 *   spare  columns, or the whole spectrum smoothed along x       kept modes' columns or spectrum, then omega_hat
 *   other  spectrum of the columns        R = omega_lp - base    kept modes' field, then omega_hat's spectrum
 */
struct workspace {
  double *lp, *spare, *other;
  double *matrix;     /* of a synthesis */
  uint64_t *bits;     /* planes_words_of_field() */
  int8_t *mask;       /* the result */
  int8_t *mask_other; /* the round before */
  double *row_sum;    /* n partial sums, added up in the order of rows */
};

/* What each slot of a run needs for itself. */
struct scratch {
  double *window;    /* smooth_window_doubles() */
  fftw_complex *row; /* ifft_row_values() */
  int8_t *triple;    /* n + 2 sums of three */
  double *signals;   /* synthesis_slot_doubles() */
  uint64_t *strip;   /* planes_words_of_slot() */
  double absmax;     /* results of a slot's share, joined by the caller */
  size_t cells;
  bool changed;
};

/* What the stages of some fields took; one for each thread that takes whole fields. */
struct tally {
  uint64_t stage_ns[VORDEC_STAGE_COUNT];
  uint64_t completed; /* stages */
};

struct vordec_plan {
  struct vordec_session *session;
  struct memory memory;
  struct grid grid;

  size_t d, m, max_kept;
  struct smoothing smoothing;
  double tau, coefficient_max;
  uint32_t majority_iters;
  enum vordec_gate gate;

  struct mode_table low, kept; /* kept is empty where anchors are not included */
  struct ifft ifft;
  struct synthesis low_synthesis, kept_synthesis; /* in use where pruned has few columns to deal with */
  fftw_plan forward; /* omega_hat to its half spectrum, for its energy; NULL where never needed */

  struct workspace *workspaces; /* one, or one for each thread */
  size_t workspace_count;
  struct scratch *scratch; /* and a tally for each thread */
  struct tally *tallies;
  double *rolled_out; /* d, for a state that comes from a rollout */
  size_t scratch_count;
  size_t row_slots; /* threads that share the rows of one field */
};

/* The plan_create() and plan_destroy() slots of the backend's table (vordec/backend.h). */
enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_plan **plan, struct vordec_plan_info *info, struct vordec_error *error);
void plan_destroy(struct vordec_plan *plan);

#endif
