/* SPDX-License-Identifier: MIT */
/*
 * flow_columns.h - the passes of a step along y.
 */
#ifndef VORDEC_CPU_FLOW_COLUMNS_H
#define VORDEC_CPU_FLOW_COLUMNS_H

#include "flow_space.h"

/* Makes the parts (numerics/flow.h) from the waves, and what the shear lacks. If the flow is dealiased, the waves lose
 * the modes that tendencies do without. */
void flow_columns_derive(struct flow_space *space);

/* What a spectrum is multiplied by. */
enum flow_damping { FLOW_TWO_THIRDS, FLOW_FILTER };

/* Damps the waves' spectrum. */
void flow_columns_damp(struct flow_space *space, enum flow_damping damping);

#endif
