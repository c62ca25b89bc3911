/* SPDX-License-Identifier: MIT */
// common.glsl - what every kernel shares: number type, workgroup, and how threads map to work.
//
// REAL is float or double (-DREAL=...), REAL2 and REAL4 vectors of them. Threads of a state count through
// (workgroup.y, workgroup.x, thread); the state is workgroup.z, so nothing a thread does depends on the batch. Nor on the
// number of workgroups, since a dispatch may be done in parts: gl_NumWorkGroups is that of the part.
#extension GL_GOOGLE_include_directive : require
#ifdef VORDEC_FP64
#extension GL_ARB_gpu_shader_fp64 : require
#define REAL double
#define REAL2 dvec2
#define REAL4 dvec4
#else
#define REAL float
#define REAL2 vec2
#define REAL4 vec4
#endif
#define VORDEC_GLSL
#include "push_constants.h"

#ifndef VORDEC_OWN_WORKGROUP
layout(local_size_x = VORDEC_WORKGROUP) in;
#endif

uint thread_of_state() {
  return (gl_WorkGroupID.y * VORDEC_GRID_X + gl_WorkGroupID.x) * VORDEC_WORKGROUP + gl_LocalInvocationID.x;
}
