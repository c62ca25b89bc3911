/* SPDX-License-Identifier: MIT */
#include "snapshot_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/json_read.h"
#include "cli/request_texts.h"
#include "training_span.h"

char *snapshot_path(const struct snapshot_request *request, const char *name) {
  char *path = NULL;
  return asprintf(&path, "%s/%s_%s", request->out_dir, request->prefix, name) < 0 ? NULL : path;
}

struct snapshot_name snapshot_array_name(const struct snapshot_request *request, const char *stem) {
  struct snapshot_name name;
  snprintf(name.text, sizeof name.text, "%s.%s", stem, request->format);
  return name;
}

char *snapshot_array_path(const struct snapshot_request *request, const char *stem) {
  const struct snapshot_name name = snapshot_array_name(request, stem);
  return snapshot_path(request, name.text);
}

static enum vordec_status check_format(const struct snapshot_request *request, struct vordec_error *error) {
  if (request->output.storage.arrangement == ARRANGE_WELL && strcmp(request->format, "h5") != 0) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--layout well needs --format h5");
  }
  return VORDEC_OK;
}

static enum vordec_status check_no_decode(const struct snapshot_request *request, struct vordec_error *error) {
  const struct {
    const char *name;
    bool given;
  } options_for_decodes[] = {{"parity-only", request->parity_only},
                             {"check-decode-parity", request->check_parity},
                             {"save-decoded", request->save_decoded},
                             {"phases-npz", request->phases != NULL},
                             {"require-gpu", request->require_gpu}};
  for (size_t i = 0; request->no_decode && i < sizeof options_for_decodes / sizeof *options_for_decodes; i++) {
    if (!options_for_decodes[i].given) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--no-decode decodes nothing, but --%s needs decodes",
                       options_for_decodes[i].name);
  }
  return VORDEC_OK;
}

static enum vordec_status check_sources(const struct snapshot_request *request, struct vordec_error *error) {
  const bool kernel_only = request->kernel_only;
  const bool files = request->z0 && request->a;
  if (kernel_only && !files) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--kernel-only needs --z0-npz STATE.npz and --A-npz A.npz");
  }
  if (!kernel_only && (request->z0 || request->a)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--z0-npz and --A-npz need --kernel-only");
  }
  if (request->traj.path && kernel_only) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--traj and --kernel-only both say where the states come from: choose one");
  }
  if (request->save_traj && (request->traj.path || kernel_only)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--save-traj needs a simulation, but %s runs none",
                       kernel_only ? "--kernel-only" : "--traj");
  }
  if (kernel_only && request->train_given) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--kernel-only learns nothing, so --train-steps has no meaning: leave it out");
  }
  if (request->save_decoded && !request->fields) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--save-decoded needs fields, but [decode] observer = %s reads none; use snapshots",
                       request->observer);
  }
  if (!*request->prefix || strchr(request->prefix, '/')) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--prefix '%.100s': expected a word without '/'", request->prefix);
  }
  return VORDEC_OK;
}

static enum vordec_status check_members(const struct snapshot_request *request, struct vordec_error *error) {
  const struct {
    const char *name;
    bool given;
  } others[] = {{"traj", request->traj.path != NULL},
                {"no-decode", request->no_decode},
                {"parity-only", request->parity_only},
                {"check-decode-parity", request->check_parity},
                {"log-snapshots", request->log_snapshots},
                {"save-traj without --member-files", request->save_traj && !request->member_files},
                {"save-decoded without --member-files", request->save_decoded && !request->member_files}};
  if (!request->members && request->member_files) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--member-files needs --members M");
  }
  for (size_t i = 0; request->members && i < sizeof others / sizeof *others; i++) {
    if (!others[i].given) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--members: runs that learn together cannot take --%s",
                       others[i].name);
  }
  if (request->members > 1 && request->simulation.start.seed > (size_t)INT64_MAX - (request->members - 1)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--seed %zu: the seeds of %zu members would go beyond the largest one",
                       request->simulation.start.seed, request->members);
  }
  return VORDEC_OK;
}

enum vordec_status snapshot_request_check(const struct snapshot_request *request, struct vordec_error *error) {
  if (request->resume && request->restart) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resume continues what an earlier run left, and --restart discards it: choose one");
  }
  enum vordec_status status = check_sources(request, error);
  if (!status) status = check_format(request, error);
  if (!status) status = check_members(request, error);
  if (!status) status = training_span_check(request->train_steps, error);
  if (!status) status = stride_use_check(&request->strides, error);
  return status ? status : check_no_decode(request, error);
}

bool snapshot_request_draws(const struct snapshot_request *request) {
  return !request->parity_only && !request->member.bare;
}

bool snapshot_request_saves_states(const struct snapshot_request *request) {
  return !request->z0 && !request->parity_only && !request->member.bare;
}

/* What a run did of which its record says nothing, since it was made before one could ask for anything else. */
static const char *recorded_text(const cJSON *recorded, const char *name) {
  static const struct {
    const char *name, *text;
  } before[] = {{"train-steps", "all"}, {"train-steps given", NULL}, {"format", "npz"},
                {"compress", "0"},      {"field-dtype", "auto"},     {"layout", "plain"},
                {"members", "0"},       {"member-files", "off"},     {"[op] stride_power", "false"}};
  for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
    if (strcmp(before[i].name, name) == 0 && !cJSON_HasObjectItem(recorded, name)) return before[i].text;
  }
  return json_text(recorded, name);
}

size_t snapshot_request_steps(const cJSON *recorded) {
  const char *text = recorded_text(recorded, "steps");
  const double number = text ? strtod(text, NULL) : 0.0;
  return number >= 1.0 && number < (double)UINT32_MAX ? (size_t)number : 0;
}

/* What has to be the same for the operator to be the same is compared here, where the number of steps is another. */
static enum vordec_status compare_training(const struct snapshot_request *request, const cJSON *recorded, size_t steps,
                                           struct vordec_error *error) {
  const char *word = recorded_text(recorded, "train-steps");
  struct training_span then, now;
  if (request->kernel_only) return VORDEC_OK;
  enum vordec_status status = training_span_make(word ? word : "half", steps, &then, error);
  if (!status) status = training_span_make(request->train_steps, request->simulation.steps, &now, error);
  if (status || then.last == now.last) return status;
  return vordec_fail(
      error, VORDEC_E_USAGE, 0,
      "--resume: the operator of the run of %zu steps is learnt from steps 0 to %zu, and here it would be "
      "from 0 to %zu; to make that run longer, add --train-steps %zu",
      steps, then.last, now.last, then.last);
}

static bool is_about_length(const char *name) {
  return strcmp(name, "steps") == 0 || strcmp(name, "train-steps") == 0 || strcmp(name, "train-steps given") == 0;
}

enum vordec_status snapshot_request_compare(const struct snapshot_request *request, const cJSON *recorded,
                                            const char *path, size_t *longer, struct vordec_error *error) {
  const size_t steps = snapshot_request_steps(recorded);
  *longer = steps && request->simulation.steps > steps ? steps : 0;
  for (const cJSON *item = json_first(request->asked); item; item = item->next) {
    const char *found = recorded_text(recorded, item->string), *is = item->valuestring;
    const char *was = found ? request_text_now(item->string, found) : is;
    if (strcmp(was, is) == 0 || (*longer && is_about_length(item->string))) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resume: %s belongs to a run in which %s was '%.100s', and here it is '%.100s'; use the same, "
                       "or leave --resume out to start again",
                       path, item->string, was, is);
  }
  return *longer ? compare_training(request, recorded, *longer, error) : VORDEC_OK;
}
