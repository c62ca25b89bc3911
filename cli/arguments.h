/* Values of options: real numbers, and other names of INI keys. */
#ifndef VORDEC_CLI_ARGUMENTS_H
#define VORDEC_CLI_ARGUMENTS_H

#include "command.h"

/* An option that is another name of an INI key. */
struct option_alias {
  int option; /* index in the command's options */
  const char *section, *key;
  const char *value; /* what a flag sets; NULL: the option's own value */
};

/* A finite number from an option's text. */
enum vordec_status argument_real(const char *option, const char *text, double *number, struct vordec_error *error);

/* The same, and not negative. */
enum vordec_status argument_not_negative(const char *option, const char *text, double *number,
                                         struct vordec_error *error);

/* Sets the keys that the options given stand for, as the command line does. `options` is the command's table. */
enum vordec_status argument_aliases(const struct invocation *invocation, const struct option_spec *options,
                                    const struct option_alias *aliases, size_t count, struct vordec_error *error);

#endif
