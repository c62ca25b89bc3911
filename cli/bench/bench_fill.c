#include "bench_fill.h"

#include <math.h>

/* Larger than any cache; a GPU's fill must also outlast its start. */
#define FILL_BYTES_HOST ((uint64_t)256 << 20)
#define FILL_BYTES_GPU ((uint64_t)1 << 30)

enum vordec_status bench_fill_measure(struct vordec_decoder *decoder, struct bench_fill *fill,
                                      struct vordec_error *error) {
  if (fill->bytes_per_s != 0.0) return VORDEC_OK;
  struct vordec_decoder_info info;
  struct vordec_fill_report report;
  vordec_decoder_get(decoder, &info);
  const bool host = info.device.type == VORDEC_DEVICE_HOST || info.device.type == VORDEC_DEVICE_SOFTWARE;
  const enum vordec_status status =
      vordec_decoder_fill_bandwidth(decoder, host ? FILL_BYTES_HOST : FILL_BYTES_GPU, &report, error);
  *fill = (struct bench_fill){NAN, NAN, false};
  if (status == VORDEC_E_UNSUPPORTED && error->reason == VORDEC_REASON_NO_INTERFACE) return VORDEC_OK;
  if (status) return status;
  *fill = (struct bench_fill){(double)report.bytes / report.seconds, (double)report.bytes, report.device_timestamps};
  return VORDEC_OK;
}
