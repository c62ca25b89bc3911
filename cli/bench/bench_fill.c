/* SPDX-License-Identifier: MIT */
#include "bench_fill.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <vordec/error.h>

#include "spread.h"

/* Larger than any cache; a GPU's fill must also outlast its start. */
#define FILL_BYTES_HOST ((uint64_t)256 << 20)
#define FILL_BYTES_GPU ((uint64_t)1 << 30)

#define MEASUREMENTS 3
#define VARIES 1.1 /* the fastest over the slowest */

void bench_fill_warn(const struct bench_fill *fill, const char *backend, const char *device) {
  if (!(fill->fastest > VARIES * fill->slowest)) return;
  const bool little = fill->asked > 0 && fill->asked < FILL_BYTES_HOST;
  fprintf(stderr,
          "vordec: warning: bench: %s on %s filled memory at %.1f to %.1f GB/s: %sthe machine is busy with other work, "
          "or its clock changes, and shares of that rate are uncertain by as much\n",
          backend, device, 1e-9 * fill->slowest, 1e-9 * fill->fastest,
          little ? "--fill-mib is too little for an even rate, " : "");
}

/* The middle of the rates, and what they lie between. */
static enum vordec_status measure(struct vordec_decoder *decoder, uint64_t bytes, struct bench_fill *fill,
                                  struct vordec_error *error) {
  struct vordec_fill_report report;
  double rates[MEASUREMENTS];
  for (int i = 0; i < MEASUREMENTS; i++) {
    const enum vordec_status status = vordec_decoder_fill_bandwidth(decoder, bytes, &report, error);
    if (status) return status;
    rates[i] = (double)report.bytes / report.seconds;
  }
  const struct spread spread = spread_of(rates, MEASUREMENTS);
  *fill = (struct bench_fill){.asked = fill->asked,
                              .bytes_per_s = spread.median,
                              .slowest = spread.min,
                              .fastest = spread.max,
                              .bytes = (double)report.bytes,
                              .device_timestamps = report.device_timestamps};
  return VORDEC_OK;
}

/* Of an amount that was asked for, the line says by what. */
static enum vordec_status name_amount(uint64_t asked, enum vordec_status status, struct vordec_error *error) {
  if (asked == 0 || status != VORDEC_E_NO_MEMORY) return status;
  const struct vordec_error cause = *error;
  return vordec_fail(error, status, cause.reason, "--fill-mib %llu: %s", (unsigned long long)(asked >> 20),
                     cause.message);
}

enum vordec_status bench_fill_measure(struct vordec_decoder *decoder, struct bench_fill *fill,
                                      struct vordec_error *error) {
  if (fill->bytes_per_s != 0.0) return VORDEC_OK;
  struct vordec_decoder_info info;
  vordec_decoder_get(decoder, &info);
  const bool host = info.device.type == VORDEC_DEVICE_HOST || info.device.type == VORDEC_DEVICE_SOFTWARE;
  const uint64_t usual = host ? FILL_BYTES_HOST : FILL_BYTES_GPU;
  *fill = (struct bench_fill){.asked = fill->asked, .bytes_per_s = NAN, .bytes = NAN};
  const enum vordec_status status = measure(decoder, fill->asked ? fill->asked : usual, fill, error);
  if (status == VORDEC_E_UNSUPPORTED && error->reason == VORDEC_REASON_NO_INTERFACE) return VORDEC_OK;
  return name_amount(fill->asked, status, error);
}
