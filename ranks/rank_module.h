/* SPDX-License-Identifier: MIT */
/* vordec_mpi.so, loaded. */
#ifndef VORDEC_RANKS_RANK_MODULE_H
#define VORDEC_RANKS_RANK_MODULE_H

#include <vordec/types.h>

#include "rank_transport.h"

/* Loads it and connects the ranks. E_UNSUPPORTED: it is not there, or of another build. */
enum vordec_status rank_module_load(const struct rank_transport **transport, struct vordec_error *error);

#endif
