/* SPDX-License-Identifier: MIT */
#include "state_number.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#define WORD "state "

void state_number_shift(struct vordec_error *error, size_t first) {
  const struct vordec_error inner = *error;
  const char *at = strstr(inner.message, WORD);
  char *rest = NULL;
  if (!at || first == 0) return;
  at += strlen(WORD);
  const unsigned long long number = strtoull(at, &rest, 10);
  if (rest == at) return;
  vordec_fail(error, inner.status, inner.reason, "%.*s%llu%s", (int)(at - inner.message), inner.message, number + first,
              rest);
}
