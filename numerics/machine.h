/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what this process has to compute with. Thread-safe.
 */
#ifndef VORDEC_NUMERICS_MACHINE_H
#define VORDEC_NUMERICS_MACHINE_H

#include <stdint.h>

/* Processors that this process may run on, at least 1. */
uint32_t machine_processors(void);

/* Bytes of main memory; 0: unknown. */
uint64_t machine_memory(void);

#endif
