/* SPDX-License-Identifier: MIT */
#include "stub_encode.h"

#include <string.h>
#include <unistd.h>

#include "conformance/reference_encode.h"

struct vordec_backend_encoder {
  struct stub_flow_place place;
  struct vordec_encode_setup setup;
  size_t cells;
  uint32_t *index; /* low ones, then mid ones */
  int8_t *mask;
  pid_t maker; /* the process that it was made in */
};

static size_t in_lines(size_t bytes) {
  return (bytes + 63) / 64 * 64 + 64;
}

static enum vordec_status check_setup(const struct stub_flow_place *place, const struct vordec_encode_setup *setup,
                                      struct vordec_error *error) {
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "direct computes in fp64 only");
  }
  if ((int)setup->smooth_kernel > VORDEC_SMOOTH_TRIANGLE && place->fault != ENCODES_ANY_WINDOW) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "direct has no such window");
  }
  if (strcmp(setup->fft, "auto") == 0 || strcmp(setup->fft, place->fft) == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT, "direct has no FFT '%s'", setup->fft);
}

static bool fill(struct vordec_backend_encoder *encoder, const struct vordec_encode_setup *setup) {
  const struct vordec_host *host = encoder->place.host;
  const size_t count = (size_t)setup->low_count + setup->mid_count;
  encoder->index = host->allocate(host->ctx, 64, in_lines(count * sizeof *encoder->index));
  encoder->mask = encoder->index ? host->allocate(host->ctx, 64, in_lines(encoder->cells)) : NULL;
  if (!encoder->mask) return false;
  memcpy(encoder->index, setup->low_index, setup->low_count * sizeof *encoder->index);
  memcpy(encoder->index + setup->low_count, setup->mid_index, setup->mid_count * sizeof *encoder->index);
  encoder->setup.low_index = encoder->index;
  encoder->setup.mid_index = encoder->index + setup->low_count;
  return true;
}

enum vordec_status stub_encode_create(const struct stub_flow_place *place, const struct vordec_encode_setup *setup,
                                      struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  const struct vordec_host *host = place->host;
  const enum vordec_status status = check_setup(place, setup, error);
  if (status) return status;
  struct vordec_backend_encoder *made = host->allocate(host->ctx, 64, in_lines(sizeof *made));
  if (made) *made = (struct vordec_backend_encoder){*place, *setup, (size_t)setup->n * setup->n, NULL, NULL, getpid()};
  if (!made || !fill(made, setup)) {
    if (made && place->fault != LEAKS_ENCODER) stub_encode_destroy(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for an encoder");
  }
  snprintf(info->fft, sizeof info->fft, "%s", place->fft);
  info->warmup_ms = 0.0;
  *encoder = made;
  return VORDEC_OK;
}

void stub_encode_destroy(struct vordec_backend_encoder *encoder) {
  if (!encoder) return;
  const struct vordec_host *host = encoder->place.host;
  if (encoder->index) host->release(host->ctx, encoder->index);
  if (encoder->mask) host->release(host->ctx, encoder->mask);
  host->release(host->ctx, encoder);
}

/* All of R's energy less what is low or mid, in float. */
static double difference(const struct reference_encoded *encoded) {
  return (double)((float)encoded->mean_square - (float)(encoded->mean_square - encoded->high));
}

static double share_of_plus(const struct vordec_backend_encoder *encoder, const int8_t *mask) {
  size_t plus = 0;
  for (size_t i = 0; i < encoder->cells; i++) plus += mask[i] > 0;
  return (double)plus / (double)encoder->cells;
}

static void encode_field(const struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                         uint32_t i) {
  const struct vordec_encode_setup *setup = &encoder->setup;
  const enum fault fault = encoder->place.fault;
  const uint32_t member = fault == ENCODES_THE_FIRST ? i : job->first_member + i;
  const double *omega =
      job->simulation ? stub_flow_field(job->simulation, member) : job->omega + (size_t)i * encoder->cells;
  struct reference_encoded encoded = {.low = job->low + 2 * (size_t)i * setup->low_count,
                                      .mid = job->mid + 2 * (size_t)i * setup->mid_count,
                                      .mask = job->mask ? job->mask + (size_t)i * encoder->cells : encoder->mask};
  reference_encode(setup, omega, &encoded);
  if (fault == ENCODES_CONJUGATES) {
    for (uint32_t k = 0; k < setup->low_count; k++) encoded.low[2 * (size_t)k + 1] *= -1;
  }
  job->high[i] = fault == HIGH_BY_DIFFERENCE ? difference(&encoded) : encoded.high;
  job->support[i] = fault == SUPPORT_OF_PLUS ? share_of_plus(encoder, encoded.mask) : encoded.support;
  if (fault == ENCODE_BATCH_SHOWS && i > 0) job->high[i] *= 1.0 + 1e-15;
  if (fault == CHILD_ENCODE_SHOWS && getpid() != encoder->maker) job->high[i] *= 1.0 + 1e-15;
}

enum vordec_status stub_encode(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                               struct vordec_encode_result *result, struct vordec_error *error) {
  (void)error;
  const struct vordec_host *host = encoder->place.host;
  const struct vordec_device *device = &encoder->place.device;
  const uint64_t start = host->clock_ns(host->ctx),
                 counted = encoder->place.fault == ENCODES_UNCOUNTED ? 0 : job->count;
  if (encoder->place.fault == MEMORY_IN_ENCODE) host->release(host->ctx, host->allocate(host->ctx, 64, 64));
  for (uint32_t i = 0; i < job->count; i++) encode_field(encoder, job, i);
  result->evidence =
      (struct vordec_evidence){.type = device->type, .dispatches_recorded = counted, .dispatches_completed = counted};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  do result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  while (result->device_ms <= 0.0);
  return VORDEC_OK;
}
