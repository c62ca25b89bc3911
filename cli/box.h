/* SPDX-License-Identifier: MIT */
/* The side of the periodic box, in whose units lengths and energies are. */
#ifndef VORDEC_CLI_BOX_H
#define VORDEC_CLI_BOX_H

#include <vordec/vordec.h>

/* What is configured; 0: auto. */
double box_configured(const struct vordec_config *config);

/* The side that counts: what is configured, else what is known of the flow; NAN: neither is. */
static inline double box_side(double configured, double known) {
  return configured > 0 ? configured : known;
}

/* The side of a box that nobody has said anything of. */
double box_standard(void);

#endif
