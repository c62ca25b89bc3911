#include "rank_choice.h"

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

struct rank_choice rank_choice_of(const struct vordec_decoder_info *info) {
  struct rank_choice choice = {.precision = info->precision};
  snprintf(choice.backend, sizeof choice.backend, "%s", info->backend_used);
  snprintf(choice.fft, sizeof choice.fft, "%s", info->fft_used);
  snprintf(choice.device, sizeof choice.device, "%s", info->device.name);
  snprintf(choice.driver, sizeof choice.driver, "%s", info->device.driver);
  return choice;
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
      "would decode with %.240s, but rank 0 with %.240s: the fields of one run come from one kind of device", one,
      other);
}
