/* SPDX-License-Identifier: MIT */
#version 450
// rollout_step.comp - one step of a rollout of one state.
#define STATES 1
#extension GL_GOOGLE_include_directive : require
#include "rollout.glsl"
