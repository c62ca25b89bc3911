/* SPDX-License-Identifier: MIT */
#include "trajectory_choice.h"

#include <stdlib.h>
#include <vordec/error.h>

static enum vordec_status choose_sample(const struct trajectory_request *request,
                                        const struct trajectory_layout *layout, size_t samples, size_t *chosen,
                                        struct vordec_error *error) {
  char *end = NULL;
  *chosen = 0;
  if (!request->sample) {
    if (samples == 1) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it holds %zu samples; choose one with --sample (0 .. %zu)%s",
                       request->path, layout->key[0], samples, samples - 1,
                       layout->guessed ? ", or name its axes with --axes" : "");
  }
  const unsigned long long sample = strtoull(request->sample, &end, 10);
  if (request->sample[0] < '0' || request->sample[0] > '9' || *end || sample >= samples) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: sample '%s': expected a number from 0 to %zu", request->path,
                       request->sample, samples - 1);
  }
  *chosen = (size_t)sample;
  return VORDEC_OK;
}

/* One number of a slice, negative ones counted from the end; `otherwise` where there is none. False: no number. */
static bool slice_number(const char **at, long long count, long long otherwise, long long *value) {
  char *end = NULL;
  *value = otherwise;
  if (**at == ':' || **at == '\0') return true;
  *value = strtoll(*at, &end, 10);
  if (end == *at) return false;
  *at = end;
  if (*value < 0) *value += count;
  return true;
}

static enum vordec_status choose_frames(const struct trajectory_request *request, struct trajectory_choice *choice,
                                        struct vordec_error *error) {
  const long long count = (long long)choice->frames;
  long long first = 0, end = count, stride = 1;
  if (!request->frames) return VORDEC_OK;
  const char *at = request->frames;
  bool good = slice_number(&at, count, 0, &first) && *at == ':';
  if (good) at++;
  good = good && slice_number(&at, count, count, &end);
  if (good && *at == ':') {
    at++;
    good = slice_number(&at, 0, 1, &stride);
  }
  if (end > count) end = count;
  if (!good || *at || first < 0 || stride < 1 || first >= end) {
    return vordec_fail(
        error, VORDEC_E_INPUT, 0,
        "%s: frames '%s': expected A:B:S, every S-th frame from A up to B, without B, and at least one of the "
        "%lld that there are",
        request->path, request->frames, count);
  }
  choice->first = (size_t)first;
  choice->stride = (size_t)stride;
  choice->frames = 1 + (size_t)((end - first - 1) / stride);
  return VORDEC_OK;
}

enum vordec_status trajectory_choose(const struct trajectory_request *request, const struct trajectory_layout *layout,
                                     size_t samples, size_t frames, struct trajectory_choice *choice,
                                     struct vordec_error *error) {
  choice->first = 0;
  choice->stride = 1;
  choice->frames = frames;
  const enum vordec_status status = choose_sample(request, layout, samples, &choice->sample, error);
  return status ? status : choose_frames(request, choice, error);
}
