/* SPDX-License-Identifier: MIT */
/* How fast a decoder's device fills its memory and copies it out: the backend measures, this file weighs the answer. */
#include <math.h>

#include "core/base/clock.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"

typedef enum vordec_status (*measure_fn)(struct vordec_session *session, uint64_t bytes,
                                         struct vordec_bandwidth_result *result, struct vordec_error *error);

static measure_fn find_fill(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_bandwidth_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_BANDWIDTH_INTERFACE) : NULL;
  return interface && interface->struct_size >= sizeof *interface ? interface->fill : NULL;
}

/* No run can have taken longer than the whole call, or moved more than was asked for. */
static enum vordec_status weigh(const struct engine *engine, const char *what, uint64_t asked, double call_s,
                                const struct vordec_bandwidth_result *result, struct vordec_error *error) {
  const bool bytes = result->bytes > 0 && result->bytes <= asked;
  const bool seconds = isfinite(result->seconds) && result->seconds > 0.0 && result->seconds <= call_s;
  if (bytes && seconds) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_EVIDENCE,
                     "backend '%s' claims to have %s %llu of %llu bytes in %g s, but the call took %g s",
                     engine->backend->name, what, (unsigned long long)result->bytes, (unsigned long long)asked,
                     result->seconds, call_s);
}

/* `what` was done to the bytes: "filled", "copied". */
static enum vordec_status measure(struct engine *engine, measure_fn slot, const char *what, uint64_t bytes,
                                  struct vordec_fill_report *report, struct vordec_error *error) {
  if (bytes == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "the number of bytes to be %s must be above 0", what);
  if (!slot) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "backend '%s' cannot measure how fast memory is %s", engine->backend->name, what);
  }
  enum vordec_status status = engine_enter(engine, error);
  if (status) return status;
  struct vordec_bandwidth_result result = {.struct_size = sizeof result};
  const uint64_t start = clock_ns();
  intake_ready(error);
  status = slot(engine->session, bytes, &result, error);
  const double call_s = (double)(clock_ns() - start) * 1e-9;
  status = intake_status(status, error);
  intake_bandwidth(&result);
  if (engine_leave(engine, status)) return status;
  status = weigh(engine, what, bytes, call_s, &result, error);
  if (status) return status;
  *report = (struct vordec_fill_report){result.bytes, result.seconds, result.device_timestamps};
  return VORDEC_OK;
}

enum vordec_status vordec_decoder_fill_bandwidth(struct vordec_decoder *decoder, uint64_t bytes,
                                                 struct vordec_fill_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  return measure(decoder->engine, find_fill(decoder->engine), "filled", bytes, report, error_or(error, &scratch));
}

enum vordec_status vordec_decoder_link_bandwidth(struct vordec_decoder *decoder, uint64_t bytes,
                                                 struct vordec_fill_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  return measure(decoder->engine, decoder->stream ? decoder->stream->link : NULL, "copied to the host", bytes, report,
                 error_or(error, &scratch));
}
