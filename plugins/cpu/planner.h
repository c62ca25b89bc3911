/*
 * planner.h - FFTW's planner, which everything in the process shares: this plugin, the command, and the host's own
 * code.
 */
#ifndef VORDEC_CPU_PLANNER_H
#define VORDEC_CPU_PLANNER_H

/* Makes FFTW itself serialise planning and the destruction of plans from now on. Call before either. Thread-safe. */
void planner_share(void);

#endif
