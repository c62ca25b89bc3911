/* SPDX-License-Identifier: MIT */
#include "option_record.h"

#include <stdio.h>

#include "option_list.h"

/* As many digits as tell any two numbers apart. */
void option_text_real(double value, char text[OPTION_TEXT_MAX]) {
  snprintf(text, OPTION_TEXT_MAX, "%.17g", value);
}

const char *option_text_flag(bool value) {
  return value ? "on" : "off";
}

static const void *field_at(const void *request, const struct option_entry *entry, size_t to) {
  return (const char *)request + entry->base + to - 1;
}

static const char *or_none(const char *text) {
  return text ? text : "none";
}

static enum vordec_status visit_given(const struct option_entry *entry, const void *request, option_visitor visit,
                                      void *ctx, struct vordec_error *error) {
  char name[OPTION_NAME_MAX + 8];
  if (!entry->spec->given) return VORDEC_OK;
  snprintf(name, sizeof name, "%s given", entry->name);
  return visit(ctx, name, option_text_flag(*(const bool *)field_at(request, entry, entry->spec->given)), NULL, error);
}

static enum vordec_status visit_value(const struct option_entry *entry, const void *request, option_visitor visit,
                                      void *ctx, struct vordec_error *error) {
  const void *field = field_at(request, entry, entry->spec->to);
  char text[OPTION_TEXT_MAX], name[OPTION_NAME_MAX + 16];
  switch (entry->spec->type) {
  case OPTION_FLAG:
    return visit(ctx, entry->name, option_text_flag(*(const bool *)field), NULL, error);
  case OPTION_WORD:
  case OPTION_FOLDER:
    return visit(ctx, entry->name, or_none(*(const char *const *)field), NULL, error);
  case OPTION_COUNT:
    snprintf(text, sizeof text, "%zu", *(const size_t *)field);
    return visit(ctx, entry->name, text, NULL, error);
  case OPTION_REAL:
  case OPTION_NOT_NEGATIVE:
    option_text_real(*(const double *)field, text);
    return visit(ctx, entry->name, text, NULL, error);
  case OPTION_INPUT:
    snprintf(name, sizeof name, "content of --%s", entry->name);
    return visit(ctx, name, or_none(NULL), *(const char *const *)field, error);
  case OPTION_OUTPUT:
    break;
  }
  return VORDEC_OK;
}

enum vordec_status option_record_visit(const struct command *command, const void *request, option_visitor visit,
                                       void *ctx, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < option_list_own(command) && !status; i++) {
    const struct option_entry entry = option_list_at(command, i);
    if (entry.spec->effect != OPTION_COMPARED || !entry.spec->to) continue;
    status = visit_value(&entry, request, visit, ctx, error);
    if (!status) status = visit_given(&entry, request, visit, ctx, error);
  }
  return status;
}
