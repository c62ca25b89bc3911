/* SPDX-License-Identifier: MIT */
#version 450
// pruned_field.comp - stages 1 to 3 of a small grid in one kernel; the text is in pruned_field.glsl.
#extension GL_GOOGLE_include_directive : require
#include "pruned_field.glsl"
