#version 450
// pruned_ternary_ballot.comp - pruned_ternary.glsl, with subgroup ballots.
#extension GL_GOOGLE_include_directive : require
#define VORDEC_BALLOT
#include "pruned_ternary.glsl"
