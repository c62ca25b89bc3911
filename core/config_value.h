/* SPDX-License-Identifier: MIT */
/* One value: the text that was given, interpreted as its key requires. */
#ifndef VORDEC_CORE_CONFIG_VALUE_H
#define VORDEC_CORE_CONFIG_VALUE_H

#include "config_keys.h"

#define CONFIG_NAME_MAX 64    /* of a backend, with its NUL */
#define CONFIG_NAMES_MAX 8    /* names in [decode] fallback */
#define CONFIG_DEVICES_MAX 64 /* in [decode] devices */
#define CONFIG_DEVICE_MAX 48  /* size of each of these, with its NUL */

#define CONFIG_DEVICES_ONE "one"
#define CONFIG_DEVICES_ALL "all"

struct config_value {
  uint64_t number; /* choices: the index; booleans: 0 or 1; integers: the value, 0 for auto; sets: the bits */
  double real;
  bool automatic; /* auto, for a key that says elsewhere what it means; the rest is that meaning */
};

/* Fills what belongs to the key's type. false: the key does not take this text. */
bool config_value_parse(const struct key_spec *spec, const char *text, struct config_value *value);

/* Says whether these bytes can be the name of a backend: 1 .. CONFIG_NAME_MAX - 1 characters of a-z, 0-9 and _. */
bool config_is_backend_name(const char *name, size_t length);

/* Splits a comma-separated value in place into at most `max` trimmed words; returns their number. */
size_t config_split(char *text, const char **words, size_t max);

#endif
