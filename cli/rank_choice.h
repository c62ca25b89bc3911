/* SPDX-License-Identifier: MIT */
/* What ranks work with: all with the same, or their results would not be those of one run. */
#ifndef VORDEC_CLI_RANK_CHOICE_H
#define VORDEC_CLI_RANK_CHOICE_H

#include <vordec/vordec.h>

#include "ranks/ranks.h"

struct rank_choice {
  char backend[64], fft[64];
  enum vordec_precision precision;
  char device[256], driver[256];
  bool gpu;
  uint8_t uuid[16];
  char host[256];
};

struct rank_choice rank_choice_of(const struct vordec_decoder_info *info);
struct rank_choice rank_choice_of_encoder(const struct vordec_encoder_info *info);
struct rank_choice rank_choice_of_rollout(const struct vordec_rollout_info *info);

#define RANK_CHOICE_TEXT_MAX 700

/* "vulkan, direct, fp32 on NVIDIA H200 (driver)" */
void rank_choice_text(const struct rank_choice *choice, char text[RANK_CHOICE_TEXT_MAX]);

/* Where the configuration leaves the FFT to a measurement, that of the first rank counts for all. */
enum vordec_status rank_choice_follow(const struct rank_choice *first, struct vordec_config *config,
                                      struct vordec_error *error);

/* All ranks; zeroed where a rank has no work. E_REFUSED: two of them would share a GPU, and [decode] share_devices does
 * not allow it. */
enum vordec_status rank_choice_alone(struct ranks *ranks, const struct vordec_config *config,
                                     const struct rank_choice *own, struct vordec_error *error);

/* E_REFUSED: this rank would work with something else. */
enum vordec_status rank_choice_check(const struct rank_choice *first, const struct rank_choice *own,
                                     struct vordec_error *error);

#endif
