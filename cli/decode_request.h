/* SPDX-License-Identifier: MIT */
/* What 'vordec decode' is asked for. */
#ifndef VORDEC_CLI_DECODE_REQUEST_H
#define VORDEC_CLI_DECODE_REQUEST_H

#include <vordec/vordec.h>

#include "output_options.h"
#include "ranks/ranks.h"
#include "residual_settings.h"
#include "shard_record.h"

struct decode_request {
  struct vordec_config *config; /* with which the runtime is made; takes the state's own settings as defaults */
  bool verbose;
  struct ranks *ranks;    /* which do it together */
  struct shard shard;     /* the part of the states that is decoded */
  bool parts;             /* each rank writes a file of its own */
  const char *collective; /* whether all ranks write one file together: "auto", "on", "off" */
  bool resume;            /* a part that is there already is left alone */
  char shard_request[SHARD_REQUEST_MAX];
  const char *z0;             /* a file of states */
  const char *resid, *phases; /* files; NULL: none */
  struct output_settings output;
  const char *out, *png; /* where fields and their picture go; NULL: nowhere */
  size_t png_state;      /* which one the picture shows */
  bool png_state_given;
  const char *metrics_path; /* NULL: nowhere */
  struct residual_settings residual;
  uint32_t outputs; /* enum vordec_output bits that are read back */
};

#endif
