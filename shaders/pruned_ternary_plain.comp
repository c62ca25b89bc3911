#version 450
// pruned_ternary_plain.comp - pruned_ternary.glsl, without subgroup operations: every cell is a piece by itself.
#extension GL_GOOGLE_include_directive : require
#include "pruned_ternary.glsl"
