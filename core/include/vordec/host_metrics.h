/* SPDX-License-Identifier: MIT */
/*
 * host_metrics.h - what a run did, as JSON; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_METRICS_H
#define VORDEC_HOST_METRICS_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_runtime;
struct vordec_layout;
struct vordec_decoder;
struct vordec_rollout;
struct vordec_simulation;
struct vordec_encoder;
struct vordec_comparer;
struct vordec_decode_io;
struct vordec_decode_report;

/* What a run did, collected for its JSON. */
struct vordec_metrics;

/* What a runner knows of a run. */
struct vordec_run {
  size_t steps;
  double dt;           /* of one step; NAN: unknown */
  double rollout_s;    /* time spent in steps */
  size_t nan_inf_hits; /* states that were not finite, or too large for the decode's precision */
};

/* Collects what a run did. All arguments are borrowed: write the JSON before you destroy any of them. decoder or
 * rollout may be NULL if the run has none, but not both. Any thread. */
VORDEC_API enum vordec_status vordec_metrics_create(const struct vordec_runtime *runtime,
                                                    const struct vordec_layout *layout,
                                                    const struct vordec_decoder *decoder,
                                                    const struct vordec_rollout *rollout,
                                                    struct vordec_metrics **metrics, struct vordec_error *error);
/* Does the same for a run that only simulates: nothing is decoded or rolled out. Any thread. */
VORDEC_API enum vordec_status vordec_metrics_create_simulation(const struct vordec_runtime *runtime,
                                                               const struct vordec_simulation *simulation,
                                                               struct vordec_metrics **metrics,
                                                               struct vordec_error *error);
/* Any thread, after all other calls on it. */
VORDEC_API void vordec_metrics_destroy(struct vordec_metrics *metrics);

/* Adds one vordec_decode(), or one batch that was waited for: timings, scalars if io has them, and hashes of the fields
 * (and of z, if io has it) that [metrics] hash names. t0 is the step or batch index of the first state. If the rollout
 * of these metrics holds several states, t0 is the step of all of them; if it holds several rows, t0 is the step of the
 * first row. Each row counts as one decode with an equal share of the time. The metrics keep numbers and hashes, no
 * fields. One thread per metrics. */
VORDEC_API enum vordec_status vordec_metrics_add(struct vordec_metrics *metrics, size_t t0,
                                                 const struct vordec_decode_io *io,
                                                 const struct vordec_decode_report *report, struct vordec_error *error);

/* Adds the hash of a state (vordec_rollout_hash()) at step t; copied. One thread per metrics. */
VORDEC_API enum vordec_status vordec_metrics_add_state_hash(struct vordec_metrics *metrics, size_t t,
                                                            const char *digest, struct vordec_error *error);

/* Names the simulation whose fields the run decoded, or compared with; borrowed. One thread per metrics. */
VORDEC_API void vordec_metrics_set_simulation(struct vordec_metrics *metrics,
                                              const struct vordec_simulation *simulation);

/* Makes metrics for a run that encodes, and neither decodes nor rolls out. Any thread. */
VORDEC_API enum vordec_status vordec_metrics_create_encoder(const struct vordec_runtime *runtime,
                                                            const struct vordec_encoder *encoder,
                                                            struct vordec_metrics **metrics,
                                                            struct vordec_error *error);
/* Names the encoder that made the run's states; borrowed. One thread per metrics. */
VORDEC_API void vordec_metrics_set_encoder(struct vordec_metrics *metrics, const struct vordec_encoder *encoder);

/* Names the comparer of the run's fields; borrowed. One thread per metrics. */
VORDEC_API void vordec_metrics_set_comparer(struct vordec_metrics *metrics, const struct vordec_comparer *comparer);

/* Bytes of fields that a run brought from a device of its own to the host, each counted under its first use. */
struct vordec_field_uses {
  uint64_t pictures, files;
  uint64_t hashes;  /* [metrics] hash */
  uint64_t numbers; /* comparisons and the like that the host computes */
  uint64_t journal; /* what a later run continues from */
};
/* Sets these numbers; copied. Any further bytes that the run's objects brought to the host are reported as other uses.
 * One thread per metrics. */
VORDEC_API void vordec_metrics_set_field_uses(struct vordec_metrics *metrics, const struct vordec_field_uses *uses);

/* Sets what the runner knows; copied. One thread per metrics. */
VORDEC_API void vordec_metrics_set_run(struct vordec_metrics *metrics, const struct vordec_run *run);

/* Says that the operator was learnt from steps 0 to last_step of true fields: every entry of a step then says whether
 * it lies inside these steps. One thread per metrics. */
VORDEC_API void vordec_metrics_set_training(struct vordec_metrics *metrics, size_t last_step);

/* How a decoded field compares with the true one at its step, together with the errors of simple alternatives; NAN
 * where a value is not known. Each relative L2 is the norm of the difference divided by the norm of the true field. */
struct vordec_comparison {
  double relative_l2, correlation;
  double relative_l2_persistence; /* of the last known true field, kept as it was */
  double relative_l2_climatology; /* of the mean of the fields that the operator was learnt from */
  double relative_l2_encoding;    /* of the true field itself, encoded and decoded: the loss of the state alone */
};
/* Adds the comparison of step t; copied. E_USAGE: comparison is NULL. One thread per metrics. */
VORDEC_API enum vordec_status vordec_metrics_add_comparison(struct vordec_metrics *metrics, size_t t,
                                                            const struct vordec_comparison *comparison,
                                                            struct vordec_error *error);

/* Makes one JSON object (docs/metrics.schema.json), pretty-printed and ended by a newline. It belongs to the caller,
 * who frees it with vordec_free(). One thread per metrics, while no thread is in a call on the decoder or rollout. */
VORDEC_API enum vordec_status vordec_metrics_json(const struct vordec_metrics *metrics, char **json,
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
