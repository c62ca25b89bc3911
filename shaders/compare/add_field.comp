/* SPDX-License-Identifier: MIT */
#version 450
// add_field.comp - adds a field to another, cell by cell.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(ADD_FIELD_PUSH)
layout(std430, binding = 0) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 1) buffer sum_buffer { REAL sum[]; };

void main() {
  const uint cell = thread_of_state();
  if (cell < push.cells) sum[cell] += field[cell];
}
