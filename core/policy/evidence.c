/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <math.h>
#include <string.h>

#include <vordec/vordec.h>

#include "core/base/utf8.h"
#include "device_kind.h"

static const char *device_claim(enum vordec_device_type type) {
  return device_is_gpu(type) ? "gpu" : device_is_cpu(type) ? "cpu" : "unknown";
}

__attribute__((format(printf, 2, 3))) static bool missing(struct evidence_verdict *verdict, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(verdict->why, sizeof verdict->why, format, args);
  va_end(args);
  utf8_mend(verdict->why); /* names are cut */
  return false;
}

static bool same_device(const struct vordec_device *probed, const struct vordec_evidence *evidence,
                        struct evidence_verdict *verdict) {
  if (evidence->type != probed->type) {
    return missing(verdict, "it worked on a device of type %s, but probing reported %s",
                   vordec_device_type_name(evidence->type), vordec_device_type_name(probed->type));
  }
  if (strncmp(evidence->name, probed->name, sizeof evidence->name) != 0) {
    return missing(verdict, "it worked on '%.120s', but probing reported '%.120s'", evidence->name, probed->name);
  }
  if (strncmp(evidence->driver, probed->driver, sizeof evidence->driver) != 0) {
    return missing(verdict, "its driver is '%.120s', but probing reported '%.120s'", evidence->driver, probed->driver);
  }
  if (memcmp(evidence->uuid, probed->uuid, sizeof evidence->uuid) != 0) {
    return missing(verdict, "the device's UUID is not the one that probing reported");
  }
  return true;
}

static bool work_done(const struct vordec_evidence *evidence, struct evidence_verdict *verdict) {
  if (evidence->dispatches_recorded == 0) return missing(verdict, "no dispatch was recorded");
  if (evidence->dispatches_completed != evidence->dispatches_recorded) {
    return missing(verdict, "%llu of %llu dispatches completed", (unsigned long long)evidence->dispatches_completed,
                   (unsigned long long)evidence->dispatches_recorded);
  }
  return true;
}

/* The times that a backend reports for some work, part by part, by whichever clock. */
struct times {
  const double *ms;
  size_t count;
  const char *part; /* what the only part is called; NULL: the parts are the stages of a decode */
};

/* `timed`: there are times by a clock that shows that the work was done. */
static bool times_plausible(const struct times *times, bool timed, double host_ms, struct evidence_verdict *verdict) {
  double sum = 0.0;
  for (size_t i = 0; i < times->count; i++) {
    const char *part = times->part ? times->part : vordec_stage_name((enum vordec_stage)i);
    if (!(times->ms[i] >= 0.0)) return missing(verdict, "%s took %g ms", part, times->ms[i]);
    sum += times->ms[i];
  }
  if ((timed && !(sum > 0.0)) || sum > host_ms) {
    return missing(verdict, "its work took %g ms in all, but the call took %g ms", sum, host_ms);
  }
  return true;
}

static bool promise_kept(const struct vordec_device *probed, const struct vordec_evidence *evidence,
                         struct evidence_verdict *verdict) {
  if (!(probed->capabilities & VORDEC_CAP_TIMESTAMPS) || evidence->device_timestamps) return true;
  return missing(verdict, "probing promised the device's own timestamps, but there are none");
}

static void judge(const struct vordec_device *probed, const struct vordec_evidence *evidence, const struct times *times,
                  double host_ms, struct evidence_verdict *verdict) {
  memset(verdict, 0, sizeof *verdict);
  verdict->decode_device = "unknown";
  /* The host's processor is timed by the core's clock; any other device needs a clock of its own. */
  const bool timed = probed->type == VORDEC_DEVICE_HOST || evidence->device_timestamps;
  verdict->timed = promise_kept(probed, evidence, verdict) && times_plausible(times, timed, host_ms, verdict);
  const bool shown = same_device(probed, evidence, verdict) && work_done(evidence, verdict);
  verdict->proven = verdict->timed && shown;
  verdict->timing_unavailable = verdict->proven && !timed;
  if (verdict->proven) verdict->decode_device = device_claim(probed->type);
}

void evidence_judge(const struct vordec_device *probed, const struct vordec_decode_result *result, double host_ms,
                    struct evidence_verdict *verdict) {
  const struct times times = {result->stage_ms, VORDEC_STAGE_COUNT, NULL};
  judge(probed, &result->evidence, &times, host_ms, verdict);
}

void evidence_judge_rollout(const struct vordec_device *probed, const struct vordec_rollout_result *result,
                            double host_ms, struct evidence_verdict *verdict) {
  const struct times times = {&result->device_ms, 1, "rollout"};
  judge(probed, &result->evidence, &times, host_ms, verdict);
}

void evidence_judge_simulation(const struct vordec_device *probed, const struct vordec_simulation_result *result,
                               double host_ms, struct evidence_verdict *verdict) {
  const struct times times = {&result->device_ms, 1, "simulation"};
  judge(probed, &result->evidence, &times, host_ms, verdict);
}

void evidence_judge_encode(const struct vordec_device *probed, const struct vordec_encode_result *result,
                           double host_ms, struct evidence_verdict *verdict) {
  const struct times times = {&result->device_ms, 1, "encode"};
  judge(probed, &result->evidence, &times, host_ms, verdict);
}

void evidence_judge_adjoint(const struct vordec_device *probed, const struct vordec_adjoint_result *result,
                            double host_ms, struct evidence_verdict *verdict) {
  const struct times times = {&result->device_ms, 1, "gradient"};
  judge(probed, &result->evidence, &times, host_ms, verdict);
}

void evidence_judge_compare(const struct vordec_device *probed, const struct vordec_compare_result *result,
                            double host_ms, struct evidence_verdict *verdict) {
  const struct times times = {&result->device_ms, 1, "comparison"};
  judge(probed, &result->evidence, &times, host_ms, verdict);
}
