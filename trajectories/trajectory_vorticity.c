/* SPDX-License-Identifier: MIT */
#include "trajectory_vorticity.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "science/curl.h"

static enum vordec_status prepare_curl(struct trajectory_vorticity *vorticity, struct vordec_error *error) {
  const struct trajectory *trajectory = &vorticity->trajectory;
  if (!trajectory->layout.velocity) return VORDEC_OK;
  const double box = isfinite(trajectory->grid.box) ? trajectory->grid.box : 2 * acos(-1.0);
  vorticity->velocity = malloc(2 * trajectory->n * trajectory->n * sizeof *vorticity->velocity);
  if (!vorticity->velocity) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", trajectory->path);
  }
  return curl_create(trajectory->n, box, trajectory->layout.shift, &vorticity->curl, error);
}

enum vordec_status trajectory_vorticity_open(const struct trajectory_request *request,
                                             const struct trajectory_listener *listener,
                                             struct trajectory_vorticity *vorticity, struct vordec_error *error) {
  *vorticity = (struct trajectory_vorticity){0};
  enum vordec_status status = trajectory_open(request, &vorticity->trajectory, error);
  if (!status) trajectory_remarks_tell(&vorticity->trajectory, request->dt == 0, listener);
  if (!status) status = prepare_curl(vorticity, error);
  if (status) trajectory_vorticity_release(vorticity);
  return status;
}

enum vordec_status trajectory_vorticity_frame(struct trajectory_vorticity *vorticity, size_t i, double *omega,
                                              struct vordec_error *error) {
  double *values = vorticity->curl ? vorticity->velocity : omega;
  const enum vordec_status status = trajectory_frame(&vorticity->trajectory, i, values, error);
  if (!status && vorticity->curl) curl_apply(vorticity->curl, values, omega);
  return status;
}

void trajectory_vorticity_release(struct trajectory_vorticity *vorticity) {
  trajectory_release(&vorticity->trajectory);
  curl_destroy(vorticity->curl);
  free(vorticity->velocity);
  *vorticity = (struct trajectory_vorticity){0};
}
