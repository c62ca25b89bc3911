/* States in, fields out: what 'vordec decode' does. */
#ifndef VORDEC_CLI_DECODE_RUN_H
#define VORDEC_CLI_DECODE_RUN_H

#include "command.h"
#include "output_options.h"
#include "residual_settings.h"

struct decode_request {
  struct vordec_config *config; /* with which the runtime is made; takes the state's own settings as defaults */
  bool verbose;
  struct ranks *ranks;        /* which do it together */
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

/* Writes all files, whole, or none; then a summary to stderr. */
enum vordec_status decode_run(const struct decode_request *request, struct vordec_error *error);

#endif
