#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/backend.h>

enum vordec_status argument_real(const char *option, const char *text, double *number, struct vordec_error *error) {
  char *end = NULL;
  errno = 0;
  const double value = isspace((unsigned char)*text) ? NAN : strtod(text, &end);
  if (!end || end == text || *end || !isfinite(value)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected a number", option, text);
  }
  *number = value;
  return VORDEC_OK;
}

enum vordec_status argument_not_negative(const char *option, const char *text, double *number,
                                         struct vordec_error *error) {
  const enum vordec_status status = argument_real(option, text, number, error);
  if (status || *number >= 0.0) return status;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected a number of 0 or more", option, text);
}

enum vordec_status argument_aliases(const struct invocation *invocation, const struct option_spec *options,
                                    const struct option_alias *aliases, size_t count, struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    const char *given = invocation->values[aliases[i].option];
    char where[80];
    if (!given) continue;
    snprintf(where, sizeof where, "--%s", options[aliases[i].option].name);
    const enum vordec_status status =
        vordec_config_set(invocation->config, aliases[i].section, aliases[i].key,
                          aliases[i].value ? aliases[i].value : given, VORDEC_FROM_COMMAND_LINE, where, error);
    if (status) return status;
  }
  return VORDEC_OK;
}
