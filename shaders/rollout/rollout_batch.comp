/* SPDX-License-Identifier: MIT */
#version 450
// rollout_batch.comp - one step of a rollout of several states: workgroup.y takes VORDEC_ROLLOUT_STATES of them.
#define STATES VORDEC_ROLLOUT_STATES
#extension GL_GOOGLE_include_directive : require
#include "rollout.glsl"
