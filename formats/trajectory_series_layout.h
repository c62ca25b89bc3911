/* SPDX-License-Identifier: MIT */
/* Files whose frames are arrays of their own, GROUP/STEP: FourierFlows, Oceananigans, shenfun. */
#ifndef VORDEC_FORMATS_TRAJECTORY_SERIES_LAYOUT_H
#define VORDEC_FORMATS_TRAJECTORY_SERIES_LAYOUT_H

#include "trajectory_layout.h"

/* Fills in the layout; its key names what is wanted, if anything. False: there is no such series. */
bool trajectory_series_recognise(struct array_source *source, struct trajectory_layout *layout);

#endif
