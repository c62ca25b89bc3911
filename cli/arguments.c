#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
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
