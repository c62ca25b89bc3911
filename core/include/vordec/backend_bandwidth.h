/* SPDX-License-Identifier: MIT */
/*
 * backend_bandwidth.h - how fast the device writes its own memory: "vordec.bandwidth/1"; a part of backend.h, whose
 * rules hold here.
 */
#ifndef VORDEC_BACKEND_BANDWIDTH_H
#define VORDEC_BACKEND_BANDWIDTH_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_session;

/*
 * Optional capability "vordec.bandwidth/1": how fast the device writes its own memory, which is a limit that no decode
 * can beat.
 */
#define VORDEC_BANDWIDTH_INTERFACE "vordec.bandwidth/1"

struct vordec_bandwidth_result {
  size_t struct_size;
  uint64_t bytes;         /* filled in one run: as many as asked for, or fewer if there is less room */
  double seconds;         /* that one run took: the median of several runs after a warm-up; above 0 */
  bool device_timestamps; /* seconds are measured on the device's clock; otherwise on the host's */
};

struct vordec_bandwidth_interface {
  size_t struct_size;
  /* Fills a buffer that is made for this call and freed at its end. bytes > 0. The caller sets result->struct_size.
   * E_NO_MEMORY: there is no room for any buffer worth timing. One thread per session. */
  enum vordec_status (*fill)(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
