/* SPDX-License-Identifier: MIT */
/* How fast a device fills its memory, beside which all times are set. */
#ifndef VORDEC_CLI_BENCH_BENCH_FILL_H
#define VORDEC_CLI_BENCH_BENCH_FILL_H

#include <vordec/vordec.h>

/* NAN: the backend cannot say. */
struct bench_fill {
  uint64_t asked;          /* bytes to fill; 0: as many as suit the kind of device */
  double bytes_per_s;      /* the middle of several measurements */
  double slowest, fastest; /* of them */
  double bytes;
  bool device_timestamps;
};

/* Warns on stderr where the measurements differ so much that shares of them say little. */
void bench_fill_warn(const struct bench_fill *fill, const char *backend, const char *device);

/* Leaves a rate that is known already, above 0, as it is. A backend that cannot measure leaves it unknown; anything
 * else that goes wrong is an error. */
enum vordec_status bench_fill_measure(struct vordec_decoder *decoder, struct bench_fill *fill,
                                      struct vordec_error *error);

#endif
