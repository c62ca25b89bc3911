/* SPDX-License-Identifier: MIT */
#include "learn_inputs.h"

#include <stdlib.h>
#include <unistd.h>
#include <vordec/error.h>

#include "formats/state_series.h"
#include "paths.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the states");
}

/* What fits nothing stands for itself, so that whoever reads it says what is wrong. */
static enum vordec_status find_files(const char *pattern, struct learn_inputs *inputs, struct vordec_error *error) {
  const bool literal = access(pattern, F_OK) == 0;
  if (glob(literal ? "/" : pattern, GLOB_NOCHECK, NULL, &inputs->found) != 0) return fail_memory(error);
  inputs->files = literal ? 1 : inputs->found.gl_pathc;
  const char **paths = calloc(inputs->files, sizeof *paths);
  inputs->first = calloc(inputs->files + 1, sizeof *inputs->first);
  inputs->paths = paths;
  if (!paths || !inputs->first) return fail_memory(error);
  for (size_t i = 0; i < inputs->files; i++) paths[i] = literal ? pattern : inputs->found.gl_pathv[i];
  return VORDEC_OK;
}

enum vordec_status learn_inputs_find(const char *pattern, const char *out, struct learn_inputs *inputs,
                                     struct vordec_error *error) {
  *inputs = (struct learn_inputs){0};
  enum vordec_status status = find_files(pattern, inputs, error);
  for (size_t i = 0; i < inputs->files && !status; i++) {
    const struct named_path pair[] = {{"--states-npz", inputs->paths[i], false}, {"--out", out, true}};
    size_t count = 0;
    status = paths_check(pair, 2, error);
    if (!status) status = state_series_count(inputs->paths[i], &count, error);
    inputs->total += count;
    inputs->first[i + 1] = inputs->total;
  }
  return status;
}

static enum vordec_status read_one(struct learn_inputs *inputs, size_t file, size_t at, struct learn_series *series,
                                   struct vordec_error *error) {
  double *z = NULL;
  size_t d = 0;
  const enum vordec_status status = state_series_read(inputs->paths[file], at, &z, &series->count, &d, error);
  series->z = z;
  if (status) return status;
  if (!inputs->d) inputs->d = d;
  if (d == inputs->d) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: z: D = %zu, but %s has D = %zu; series that learn together need states of one layout",
                     inputs->paths[file], d, inputs->paths[0], inputs->d);
}

/* The first file's, without its states. */
static enum vordec_status find_d(struct learn_inputs *inputs, struct vordec_error *error) {
  struct learn_series first = {0};
  const enum vordec_status status = read_one(inputs, 0, 0, &first, error);
  free((void *)first.z);
  return status;
}

enum vordec_status learn_inputs_read(struct learn_inputs *inputs, const struct rank_block *block,
                                     struct vordec_error *error) {
  inputs->series = calloc(block->count + 1, sizeof *inputs->series);
  inputs->names = calloc(block->count + 1, sizeof *inputs->names);
  if (!inputs->series || !inputs->names) return fail_memory(error);
  enum vordec_status status = block->first == 0 && block->count ? VORDEC_OK : find_d(inputs, error);
  for (size_t file = 0, i = 0; i < block->count && !status; i++) {
    const size_t number = block->first + i;
    while (inputs->first[file + 1] <= number) file++;
    status = read_one(inputs, file, number - inputs->first[file], &inputs->series[i], error);
    inputs->names[i] = inputs->paths[file];
    inputs->count = i + 1;
  }
  return status;
}

void learn_inputs_release(struct learn_inputs *inputs) {
  for (size_t i = 0; i < inputs->count; i++) free((void *)inputs->series[i].z);
  free(inputs->series);
  free(inputs->names);
  free(inputs->first);
  free((void *)inputs->paths);
  if (inputs->found.gl_pathv) globfree(&inputs->found);
  *inputs = (struct learn_inputs){0};
}
