/* SPDX-License-Identifier: MIT */
#include "bench_fill.h"

#include <math.h>
#include <stdio.h>

#include "spread.h"

/* Larger than any cache; a GPU's fill must also outlast its start. */
#define FILL_BYTES_HOST ((uint64_t)256 << 20)
#define FILL_BYTES_GPU ((uint64_t)1 << 30)

#define MEASUREMENTS 3
#define VARIES 1.1 /* the fastest over the slowest */

void bench_fill_warn(const struct bench_fill *fill, const char *backend, const char *device) {
  if (!(fill->fastest > VARIES * fill->slowest)) return;
  fprintf(stderr,
          "vordec: warning: bench: %s on %s filled memory at %.1f to %.1f GB/s: the machine is busy with other work, "
          "or its clock changes, and shares of that rate are uncertain by as much\n",
          backend, device, 1e-9 * fill->slowest, 1e-9 * fill->fastest);
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

enum vordec_status bench_fill_measure(struct vordec_decoder *decoder, struct bench_fill *fill,
                                      struct vordec_error *error) {
  if (fill->bytes_per_s != 0.0) return VORDEC_OK;
  struct vordec_decoder_info info;
  vordec_decoder_get(decoder, &info);
  const bool host = info.device.type == VORDEC_DEVICE_HOST || info.device.type == VORDEC_DEVICE_SOFTWARE;
  const uint64_t usual = host ? FILL_BYTES_HOST : FILL_BYTES_GPU;
  *fill = (struct bench_fill){.asked = fill->asked, .bytes_per_s = NAN, .bytes = NAN};
  const enum vordec_status status = measure(decoder, fill->asked ? fill->asked : usual, fill, error);
  return status == VORDEC_E_UNSUPPORTED && error->reason == VORDEC_REASON_NO_INTERFACE ? VORDEC_OK : status;
}
