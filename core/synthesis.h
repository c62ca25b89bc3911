/* SPDX-License-Identifier: MIT */
/*
 * The residual that decodes synthesise under [residual] synthesis = on. The decoder's own backend makes it if it has
 * vordec.residual/1; otherwise the CPU backend does, and its bands are handed to the decoder's backend as if they came
 * from the caller.
 */
#ifndef VORDEC_CORE_SYNTHESIS_H
#define VORDEC_CORE_SYNTHESIS_H

#include "batch.h"
#include "core/base/band_table.h"
#include "decode_limits.h"
#include "engine.h"
#include "state.h"

#define SYNTHESIS_BATCHES 2 /* how many may be in progress at once: DECODER_DEPTH_MAX */

/* What belongs to one batch in progress. */
struct synthesis_batch {
  uint32_t *step;        /* of each state */
  double *energy[BANDS]; /* n E of each */
  double *field[BANDS];  /* bands that the CPU makes */
};

/* Which step each state of a call is of: the first `together` are of `first`, those behind them of `apart` more. */
struct synthesis_course {
  uint32_t first, apart;
  size_t together;
};

struct synthesis {
  struct vordec_runtime *runtime;
  const struct vordec_layout *layout;
  struct vordec_residual_setup setup; /* bands 0: nothing is synthesised, and the rest has no meaning */
  struct band_table table;
  struct limits limits; /* of the decode's precision */
  size_t batch_size;
  const struct vordec_residual_interface *interface; /* of whoever makes the bands */
  struct engine *host;                               /* that of the CPU; NULL: the decoder's own backend makes them */
  struct vordec_plan *host_plan;
  char why[VORDEC_MESSAGE_MAX]; /* why the decoder's own backend does not; empty if it does */
  double *phase[BANDS];         /* NULL: drawn */
  bool step_is_set;
  uint32_t step;                  /* the step of the first state of later calls */
  struct synthesis_course course; /* of the call under way */
  struct synthesis_batch batches[SYNTHESIS_BATCHES];
  const double *rolled_out; /* the states of the rollout that is being decoded, if the host needs them; its own */
  double *target[BANDS];    /* n E of each state of the call that ended last */
  size_t target_room;
};

/* Says whether decodes with these outputs and the caller's own residuals (enum bits) synthesise, and fills what follows
 * from the configuration and the layout. E_INPUT: the layout has no resid_mid_cut. synthesis_release() frees what was
 * made. */
enum vordec_status synthesis_describe(struct synthesis *synthesis, struct vordec_runtime *runtime,
                                      const struct vordec_layout *layout, const struct vordec_decoder_desc *desc,
                                      struct vordec_error *error);
static inline bool synthesis_is_on(const struct synthesis *synthesis) {
  return synthesis->setup.bands != 0;
}

static inline bool synthesis_makes(const struct synthesis *synthesis, enum band band) {
  return (synthesis->setup.bands & (uint32_t)VORDEC_RESIDUAL_MID << band) != 0;
}

/* The backend's own table, complete; NULL: it has none. */
const struct vordec_residual_interface *synthesis_find(const struct engine *engine);

/* Called once the decoder has its plans, each for batches of `batch_size`: makes room for those and, if its backend
 * makes no bands, makes the CPU's plan after `desc`. */
enum vordec_status synthesis_open(struct synthesis *synthesis, const struct vordec_plan_desc *desc, size_t batch_size,
                                  struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void synthesis_release(struct synthesis *synthesis);

/* What a state asks for, if something is synthesised. */
struct vordec_residual_targets synthesis_targets(const struct synthesis *synthesis, const double *z);
/* E_INPUT: n E of a state is beyond the precision. z: `count` states, which messages number from `first` on. */
enum vordec_status synthesis_check(const struct synthesis *synthesis, const double *z, size_t first, size_t count,
                                   struct vordec_error *error);

/* Copies the phases; NULL: drawn. E_INPUT names the first that is not finite. */
enum vordec_status synthesis_set_phases(struct synthesis *synthesis, const double *const phases[BANDS],
                                        struct vordec_error *error);

/* Begins a call of `count` states; course->first counts unless the caller has set a step. */
enum vordec_status synthesis_begin(struct synthesis *synthesis, size_t count, const struct synthesis_course *course,
                                   struct vordec_error *error);
/* Called before a job goes to the plan of batch number `number`: says what is to be made, or makes it. z: the job's
 * states. */
enum vordec_status synthesis_prepare(struct synthesis *synthesis, const struct batch *batch, size_t number,
                                     struct vordec_decode_job *job, size_t first, const double *z,
                                     struct vordec_error *error);
/* Called after it: keeps what the bands were scaled to. */
void synthesis_collect(struct synthesis *synthesis, const struct batch *batch, size_t number);

#endif
