/* Values of options: real numbers. */
#ifndef VORDEC_CLI_ARGUMENTS_H
#define VORDEC_CLI_ARGUMENTS_H

#include "command.h"

/* A finite number from an option's text. */
enum vordec_status argument_real(const char *option, const char *text, double *number, struct vordec_error *error);

/* The same, and not negative. */
enum vordec_status argument_not_negative(const char *option, const char *text, double *number,
                                         struct vordec_error *error);

#endif
