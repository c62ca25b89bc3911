/* SPDX-License-Identifier: MIT */
#include "config_value.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <vordec/types.h>

size_t config_split(char *text, const char **words, size_t max) {
  size_t count = 0;
  for (char *save = NULL, *word = strtok_r(text, ", \t", &save); word && count < max;
       word = strtok_r(NULL, ", \t", &save)) {
    words[count++] = word;
  }
  return count;
}

/* ---- words ---- */

/* a-z, 0-9 and one sign more. */
static bool only_of(const char *text, size_t length, char sign) {
  for (size_t i = 0; i < length; i++) {
    const char c = text[i];
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != sign) return false;
  }
  return length > 0;
}

bool config_is_backend_name(const char *name, size_t length) {
  return length < CONFIG_NAME_MAX && only_of(name, length, '_');
}

static bool valid_name(const char *text) {
  return config_is_backend_name(text, strlen(text));
}

static bool valid_names(const char *text) {
  char copy[256];
  const char *words[CONFIG_NAMES_MAX + 1];
  if (strlen(text) >= sizeof copy) return false;
  snprintf(copy, sizeof copy, "%s", text);
  const size_t count = config_split(copy, words, sizeof words / sizeof *words);
  for (size_t i = 0; i < count; i++) {
    if (!valid_name(words[i])) return false;
  }
  return count <= CONFIG_NAMES_MAX;
}

/* An index, or a UUID with dashes anywhere. */
static bool valid_device(const char *text) {
  size_t digits = 0, dashes = 0;
  for (const char *c = text; *c; c++) {
    if (!isxdigit((unsigned char)*c) && *c != '-') return false;
    *(*c == '-' ? &dashes : &digits) += 1;
  }
  const bool index = dashes == 0 && digits < 10 && strspn(text, "0123456789") == digits;
  return digits + dashes < CONFIG_DEVICE_MAX && (digits == 32 || (digits > 0 && index));
}

static bool valid_devices(const char *text) {
  char copy[CONFIG_DEVICES_MAX * CONFIG_DEVICE_MAX];
  const char *words[CONFIG_DEVICES_MAX + 1];
  if (strcmp(text, CONFIG_DEVICES_ONE) == 0 || strcmp(text, CONFIG_DEVICES_ALL) == 0) return true;
  if (strlen(text) >= sizeof copy) return false;
  snprintf(copy, sizeof copy, "%s", text);
  const size_t count = config_split(copy, words, sizeof words / sizeof *words);
  for (size_t i = 0; i < count; i++) {
    if (!valid_device(words[i])) return false;
  }
  return count > 0 && count <= CONFIG_DEVICES_MAX;
}

static bool parse_choice(const struct key_spec *spec, const char *text, uint64_t *index) {
  const int found = key_choice_index(spec, text);
  if (found >= 0) *index = (uint64_t)found;
  return found >= 0;
}

static bool parse_set(const struct key_spec *spec, const char *text, uint64_t *bits) {
  char copy[128];
  const char *words[9]; /* one more than allowed, to notice that there are too many */
  if (strlen(text) >= sizeof copy) return false;
  snprintf(copy, sizeof copy, "%s", text);
  const size_t count = config_split(copy, words, sizeof words / sizeof *words);
  if (count == sizeof words / sizeof *words) return false;
  if (count == 1 && strcmp(words[0], "none") == 0) return true;
  for (size_t i = 0; i < count; i++) {
    const int index = key_choice_index(spec, words[i]);
    if (index < 0) return false;
    *bits |= (uint64_t)1 << index;
  }
  return true;
}

static bool parse_boolean(const char *text, uint64_t *out) {
  static const char *const names[2][4] = {{"false", "no", "off", "0"}, {"true", "yes", "on", "1"}};
  for (uint64_t truth = 0; truth < 2; truth++) {
    for (int i = 0; i < 4; i++) {
      if (strcasecmp(text, names[truth][i]) == 0) {
        *out = truth;
        return true;
      }
    }
  }
  return false;
}

/* ---- numbers ---- */

static bool parse_integer(const struct key_spec *spec, const char *text, uint64_t *out) {
  if (*text < '0' || *text > '9') return false; /* no sign, no space */
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (errno || *end || value < spec->min || value > spec->max) return false;
  *out = value;
  return true;
}

/* Does not depend on the host's locale, whose decimal point may be a comma. */
static bool parse_real(const char *text, double *out) {
  locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (!plain) return false;
  char *end;
  *out = strtod_l(text, &end, plain);
  freelocale(plain);
  return end != text && *end == '\0';
}

static bool parse_type(const struct key_spec *spec, const char *text, struct config_value *value) {
  switch (spec->type) {
  case KEY_CHOICE:
    return parse_choice(spec, text, &value->number);
  case KEY_SET:
    return parse_set(spec, text, &value->number);
  case KEY_BOOLEAN:
    return parse_boolean(text, &value->number);
  case KEY_AUTO_INTEGER:
    return strcmp(text, "auto") == 0 || parse_integer(spec, text, &value->number);
  case KEY_INTEGER:
    return parse_integer(spec, text, &value->number);
  case KEY_SHARE:
    return parse_real(text, &value->real) && value->real > 0.0 && value->real <= 1.0;
  case KEY_LENGTH:
    return parse_real(text, &value->real) && value->real > 0.0 && isfinite(value->real);
  case KEY_NAME:
    return valid_name(text);
  case KEY_NAMES:
    return valid_names(text);
  case KEY_DEVICES:
    return valid_devices(text);
  case KEY_FFT:
    return strlen(text) < VORDEC_FFT_NAME_MAX && only_of(text, strlen(text), '-');
  case KEY_TEXT:
    return strpbrk(text, "\r\n") == NULL;
  }
  return false;
}

bool config_value_parse(const struct key_spec *spec, const char *text, struct config_value *value) {
  const bool automatic = spec->otherwise && strcmp(text, KEY_AUTO) == 0;
  *value = (struct config_value){.automatic = automatic};
  return parse_type(spec, automatic ? spec->otherwise : text, value);
}
