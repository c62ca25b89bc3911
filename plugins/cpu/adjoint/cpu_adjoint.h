/* SPDX-License-Identifier: MIT */
/*
 * cpu_adjoint.h - the interface "vordec.adjoint/1": the stages of a decode transposed, in fp64. Of cotangents the half
 * spectra are taken, by the transform of encoders; what scatter_lowk writes is read from there; and the mask is a
 * weight.
 */
#ifndef VORDEC_CPU_ADJOINT_H
#define VORDEC_CPU_ADJOINT_H

#include <vordec/backend.h>

extern const struct vordec_adjoint_interface cpu_adjoint_interface;

#endif
