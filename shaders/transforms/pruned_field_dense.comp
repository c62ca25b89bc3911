/* SPDX-License-Identifier: MIT */
#version 450
// pruned_field_dense.comp - stages 1 to 3 of a small grid in one kernel, in less shared memory.
#extension GL_GOOGLE_include_directive : require
#define VORDEC_DENSE
#include "pruned_field.glsl"
