/* SPDX-License-Identifier: MIT */
/* A configuration of its own for each test. */
#ifndef VORDEC_TESTS_CORE_CONFIG_RIG_H
#define VORDEC_TESTS_CORE_CONFIG_RIG_H

#include "check.h"

struct config_rig {
  struct vordec_config *config;
  struct vordec_error error;
};

/* CMocka's fixtures. */
int config_setup(void **state);
int config_teardown(void **state);

#endif
