/* SPDX-License-Identifier: MIT */
/*
 * cpu_adjoint.h - the interfaces "vordec.adjoint/1" and "vordec.adjoint/2": the stages of a decode transposed, in fp64.
 * Of cotangents the half spectra are taken, by the transform of encoders; what scatter_lowk writes is read from there;
 * and the mask is a weight.
 */
#ifndef VORDEC_CPU_ADJOINT_H
#define VORDEC_CPU_ADJOINT_H

#include "plugins/cpu/cpu_session.h"
#include "plugins/cpu/encode/encode_spectrum.h"

/* Arrays that others see, and how the last started run went; "vordec.adjoint/2" only. */
struct cpu_adjoint_shared {
  void *arrays[VORDEC_ADJOINT_ARRAYS]; /* NULL: there is no such */
  uint32_t *kept;                      /* K of each state, as numbers */
  uint32_t states;
  struct vordec_adjoint_result result;
};

struct vordec_backend_adjoint {
  struct vordec_session *session;
  struct team team; /* a state each */
  size_t n, d, m, kept;
  uint32_t *index; /* m low modes, then kept ones */
  enum vordec_gate gate;
  struct encode_spectrum spectrum;
  double *work;        /* one array for each slot of the team */
  size_t work_doubles; /* of one */
  struct cpu_adjoint_shared shared;
};

/* The slots of "vordec.adjoint/1". */
enum vordec_status cpu_adjoint_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                      struct vordec_error *error);
void cpu_adjoint_destroy(struct vordec_backend_adjoint *adjoint);
enum vordec_status cpu_adjoint_run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                   struct vordec_adjoint_result *result, struct vordec_error *error);

extern const struct vordec_adjoint_interface cpu_adjoint_interface;
extern const struct vordec_adjoint_shared_interface cpu_adjoint_shared_interface;

#endif
