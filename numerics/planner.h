/* SPDX-License-Identifier: MIT */
/*
 * planner.h - FFTW's planner, which everything in the process shares: plugins, the command, and the host's own
 * code.
 */
#ifndef VORDEC_NUMERICS_PLANNER_H
#define VORDEC_NUMERICS_PLANNER_H

#include <stdbool.h>
#include <stddef.h>

/* Call before planning. Makes FFTW itself serialise planning and the destruction of plans from now on, and looks
 * whether there is the memory that it may take for transforms of n: FFTW ends the process where it gets none.
 * Thread-safe. */
bool planner_ready(size_t n);

/* Around every call that makes or destroys a plan, after planner_ready(): a fork waits until the planner is at rest, so
 * that a child finds it in order and not taken. Thread-safe. */
void planner_enter(void);
void planner_leave(void);

#endif
