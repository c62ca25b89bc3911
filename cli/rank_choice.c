/* SPDX-License-Identifier: MIT */
#include "rank_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "core/policy/device_kind.h"

static struct rank_choice choice_of(const char *backend, const char *fft, enum vordec_precision precision,
                                    const struct vordec_device *device) {
  struct rank_choice choice = {.precision = precision, .gpu = device_is_gpu(device->type)};
  memcpy(choice.uuid, device->uuid, sizeof choice.uuid);
  if (gethostname(choice.host, sizeof choice.host - 1) != 0) *choice.host = '\0';
  snprintf(choice.backend, sizeof choice.backend, "%s", backend);
  snprintf(choice.fft, sizeof choice.fft, "%s", fft);
  snprintf(choice.device, sizeof choice.device, "%s", device->name);
  snprintf(choice.driver, sizeof choice.driver, "%s", device->driver);
  return choice;
}

struct rank_choice rank_choice_of(const struct vordec_decoder_info *info) {
  return choice_of(info->backend_used, info->fft_used, info->precision, &info->device);
}

struct rank_choice rank_choice_of_encoder(const struct vordec_encoder_info *info) {
  return choice_of(info->backend_used, info->fft_used, info->precision, &info->device);
}

struct rank_choice rank_choice_of_rollout(const struct vordec_rollout_info *info) {
  return choice_of(info->backend_used, "", info->precision, &info->device);
}

enum vordec_status rank_choice_follow(const struct rank_choice *first, struct vordec_config *config,
                                      struct vordec_error *error) {
  if (strcmp(vordec_config_get(config, "decode", "fft"), "auto") != 0) return VORDEC_OK;
  return vordec_config_set(config, "decode", "fft", first->fft, VORDEC_FROM_COMMAND_LINE, "rank 0", error);
}

static const char *precision_word(const struct rank_choice *choice) {
  return choice->precision == VORDEC_FP64 ? "fp64" : "fp32";
}

void rank_choice_text(const struct rank_choice *choice, char text[RANK_CHOICE_TEXT_MAX]) {
  snprintf(text, RANK_CHOICE_TEXT_MAX, "%s, %s, %s on %s (%s)", choice->backend, choice->fft, precision_word(choice),
           choice->device, choice->driver);
}

enum vordec_status rank_choice_check(const struct rank_choice *first, const struct rank_choice *own,
                                     struct vordec_error *error) {
  if (strcmp(first->backend, own->backend) == 0 && strcmp(first->fft, own->fft) == 0 &&
      first->precision == own->precision && strcmp(first->device, own->device) == 0 &&
      strcmp(first->driver, own->driver) == 0) {
    return VORDEC_OK;
  }
  char one[RANK_CHOICE_TEXT_MAX], other[RANK_CHOICE_TEXT_MAX];
  rank_choice_text(own, one);
  rank_choice_text(first, other);
  return vordec_fail(
      error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
      "would work with %.240s, but rank 0 with %.240s; all results of a run have to come from one kind of device", one,
      other);
}

/* ---- a GPU each */

static bool share(const struct rank_choice *a, const struct rank_choice *b) {
  return a->gpu && b->gpu && memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0 && strcmp(a->host, b->host) == 0;
}

static enum vordec_status check_all(const struct rank_choice *all, size_t size, struct vordec_error *error) {
  for (size_t rank = 1; rank < size; rank++) {
    for (size_t other = 0; other < rank; other++) {
      if (!share(&all[rank], &all[other])) continue;
      return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
                         "ranks %zu and %zu of host %.100s would share %.100s: start one rank per GPU, or allow it "
                         "with --share-devices",
                         other, rank, all[rank].host, all[rank].device);
    }
  }
  return VORDEC_OK;
}

enum vordec_status rank_choice_alone(struct ranks *ranks, const struct vordec_config *config,
                                     const struct rank_choice *own, struct vordec_error *error) {
  if (vordec_config_get_boolean(config, "decode", "share_devices")) return VORDEC_OK;
  const size_t size = ranks_size(ranks);
  enum vordec_status status = VORDEC_OK;
  struct rank_choice *all = calloc(size, sizeof *all);
  if (!all) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  status = ranks_settle(ranks, status, error);
  for (size_t rank = 0; all && !status && rank < size; rank++) {
    all[rank] = *own;
    ranks_collect(ranks, rank, &all[rank], sizeof *all);
  }
  if (all && !status && ranks_rank(ranks) == 0) status = check_all(all, size, error);
  free(all);
  return ranks_settle(ranks, status, error);
}
