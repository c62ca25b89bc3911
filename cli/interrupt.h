/* SPDX-License-Identifier: MIT */
/* Ending a long run early: a signal asks, the run finishes its step and writes its files. */
#ifndef VORDEC_CLI_INTERRUPT_H
#define VORDEC_CLI_INTERRUPT_H

#include <stdbool.h>

/* For help: who ends a run in order. */
#define INTERRUPT_SIGNALS "SIGINT, SIGTERM, SIGUSR1, and SIGHUP unless it is ignored,"

/* From now on the first SIGINT, SIGTERM, SIGHUP or SIGUSR1 (which batch systems send some time before they kill) only
 * sets a flag, and a second one kills. A SIGHUP that is ignored, as under nohup, stays so. SIGINT is heard also where
 * it was ignored, as in a shell's background jobs: whoever sends one there means this run. Once per process. */
void interrupt_watch(void);

/* Whether a signal came. */
bool interrupt_came(void);

#endif
