/* SPDX-License-Identifier: MIT */
#include "option_fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "arguments.h"
#include "cli/paths.h"
#include "file_ending.h"
#include "option_list.h"

static enum vordec_status put_value(const struct option_spec *spec, void *field, const char *text,
                                    struct vordec_error *error) {
  switch (spec->type) {
  case OPTION_FLAG:
    *(bool *)field = true;
    return VORDEC_OK;
  case OPTION_WORD:
    *(const char **)field = text;
    if (spec->not_empty && !*text)
      return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '': expected %s", spec->name, spec->value);
    return spec->words ? argument_word(spec->name, text, spec->words, error) : VORDEC_OK;
  case OPTION_INPUT:
  case OPTION_OUTPUT:
  case OPTION_FOLDER:
    *(const char **)field = text;
    return VORDEC_OK;
  case OPTION_COUNT:
    return argument_count(spec->name, text, spec->min, spec->max, field, error);
  case OPTION_REAL:
    return argument_real(spec->name, text, field, error);
  case OPTION_NOT_NEGATIVE:
    return argument_not_negative(spec->name, text, field, error);
  }
  return VORDEC_OK;
}

/* A dash stands for a stream only where --json has it; a file of that name is asked for as ./-. */
static enum vordec_status check_file_name(const struct option_spec *spec, const char *text,
                                          struct vordec_error *error) {
  const bool names_file = spec->type == OPTION_INPUT || spec->type == OPTION_OUTPUT || spec->type == OPTION_FOLDER;
  if (!text || !names_file) return VORDEC_OK;
  if (spec->bare) return file_ending_check(spec->name, spec->ending, text, error);
  if (!*text)
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s: the name is empty; expected %s", spec->name, spec->value);
  if (strcmp(text, "-") != 0) return file_ending_check(spec->name, spec->ending, text, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s -: vordec %s; expected %s", spec->name,
                     spec->type == OPTION_INPUT ? "reads no standard input here"
                                                : "writes files, not to standard output",
                     spec->value);
}

static void *field_at(void *request, size_t base, size_t to) {
  return (char *)request + base + to - 1;
}

static enum vordec_status put_option(const struct command *command, const struct invocation *invocation,
                                     const struct option_entry *entry, void *request, struct vordec_error *error) {
  const struct option_spec *spec = entry->spec;
  const char *text = invocation->values[entry->index];
  if (!text && spec->required) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: --%s%s%s is needed; see 'vordec %s --help'", command->name,
                       spec->name, spec->value ? " " : "", spec->value ? spec->value : "", command->name);
  }
  const enum vordec_status status = check_file_name(spec, text, error);
  if (status) return status;
  if (text && spec->given) *(bool *)field_at(request, entry->base, spec->given) = true;
  if (!text && spec->type != OPTION_FLAG) text = spec->initial;
  return text && spec->to ? put_value(spec, field_at(request, entry->base, spec->to), text, error) : VORDEC_OK;
}

/* ---- files ---- */

struct path_list {
  struct named_path *paths;
  char (*names)[OPTION_NAME_MAX + 2];
  size_t count;
};

static void add_path(struct path_list *list, const char *option, const char *path, bool output) {
  char *name = list->names[list->count];
  snprintf(name, sizeof *list->names, "%s", option);
  list->paths[list->count++] = (struct named_path){name, path, output};
}

static void add_own_paths(const struct command *command, const struct invocation *invocation, enum option_type type,
                          struct path_list *list) {
  for (size_t i = 0; i < option_list_own(command); i++) {
    const struct option_entry entry = option_list_at(command, i);
    char name[OPTION_NAME_MAX + 2];
    if (entry.spec->type != type) continue;
    if (entry.spec->bare && invocation->values[i] && strcmp(invocation->values[i], entry.spec->bare) == 0) continue;
    snprintf(name, sizeof name, "--%.*s", OPTION_NAME_MAX - 1, entry.name);
    add_path(list, name, invocation->values[i], type == OPTION_OUTPUT);
  }
}

/* No output may destroy an input, or another output. */
static enum vordec_status check_files(const struct command *command, const struct invocation *invocation,
                                      struct vordec_error *error) {
  const size_t most = option_list_own(command) + 2;
  struct path_list list = {calloc(most, sizeof *list.paths), calloc(most, sizeof *list.names), 0};
  enum vordec_status status = VORDEC_OK;
  if (!list.paths || !list.names) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  } else {
    add_own_paths(command, invocation, OPTION_INPUT, &list);
    if (command->takes_config) add_path(&list, "--config", invocation->config_path, false);
    add_own_paths(command, invocation, OPTION_OUTPUT, &list);
    if (command->metrics == METRICS_WRITTEN) {
      add_path(&list, "[metrics] json", vordec_config_get(invocation->config, "metrics", "json"), true);
    }
    status = paths_check(list.paths, list.count, error);
  }
  free(list.paths);
  free(list.names);
  return status;
}

/* After check_files(): that a file would be lost says more than that its name does not suit. A file of configuration
 * may name any. */
static enum vordec_status check_metrics(const struct command *command, const struct invocation *invocation,
                                        struct vordec_error *error) {
  if (!command->takes_config) return VORDEC_OK;
  if (strcmp(vordec_config_where(invocation->config, "metrics", "json"), "--metrics-json") != 0) return VORDEC_OK;
  if (command->metrics != METRICS_NONE) {
    return file_ending_check("metrics-json", "json", vordec_config_get(invocation->config, "metrics", "json"), error);
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s writes no metrics: leave --metrics-json out", command->name);
}

enum vordec_status option_fill(const struct command *command, const struct invocation *invocation, void *request,
                               struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < option_list_own(command) && !status; i++) {
    const struct option_entry entry = option_list_at(command, i);
    status = put_option(command, invocation, &entry, request, error);
  }
  if (!status) status = check_files(command, invocation, error);
  return status ? status : check_metrics(command, invocation, error);
}
