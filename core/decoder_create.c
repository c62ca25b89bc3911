/* SPDX-License-Identifier: MIT */
/* Making a decoder: on one device, or on several that share its states. */
#include <stdlib.h>

#include "core/base/utf8.h"
#include "decoder.h"
#include "errors.h"
#include "simulation.h"
#include "team_decode.h"
#include "team_members.h"

/* The leader's own choice, but on another device. */
static struct select_request request_like(const struct vordec_decoder *leader, const struct select_request *request,
                                          const char *device) {
  const bool fp64 = leader->selection.precision == VORDEC_FP64;
  return (struct select_request){
      .role = request->role,
      .backend = leader->engine->backend->name,
      .device = device,
      .visible = request->visible,
      .allow_software_device = request->allow_software_device,
      .precision = fp64 ? PRECISION_FP64 : PRECISION_FP32,
      .fft = leader->plan_info.fft,
  };
}

/* A permissive run does without a device that it cannot have, and reports that. */
static enum vordec_status do_without(struct vordec_decoder *leader, const char *device, struct vordec_error *error) {
  const bool permissive = config_number(leader->runtime->config, CONFIG_DECODE_POLICY) == POLICY_PERMISSIVE;
  const bool of_device = error->status == VORDEC_E_REFUSED || error->status == VORDEC_E_UNSUPPORTED ||
                         error->status == VORDEC_E_DEVICE_LOST ||
                         (error->status == VORDEC_E_NO_MEMORY && !error_is_of_host_memory(error));
  if (!permissive && error->status == VORDEC_E_DEVICE_LOST) {
    const struct vordec_error inner = *error; /* others say which device it is */
    return vordec_fail(error, inner.status, inner.reason, "device %.40s: %.400s", device, inner.message);
  }
  if (!permissive || !of_device) return error->status;
  char why[VORDEC_MESSAGE_MAX];
  snprintf(why, sizeof why, "device %.40s does no work: %.400s", device, error->message);
  utf8_mend(why);
  flags_raise(&leader->flags, FLAG_FEWER_DEVICES, why);
  log_line(&leader->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_FEWER_DEVICES), why);
  return VORDEC_OK;
}

static enum vordec_status add(struct vordec_decoder *leader, const struct decoder_wish *wish,
                              struct vordec_error *error) {
  struct vordec_decoder *made = NULL, **grown = realloc(leader->team, (leader->team_size + 1) * sizeof *grown);
  if (!grown) return error_no_memory(error);
  leader->team = grown;
  const enum vordec_status status = decoder_open(leader->runtime, leader->layout, wish, &made, error);
  if (status) return do_without(leader, wish->request->device, error);
  leader->team[leader->team_size++] = made;
  return VORDEC_OK;
}

/* The other devices that [decode] devices asks for. */
static enum vordec_status gather(struct vordec_decoder *leader, const struct vordec_decoder_desc *desc,
                                 const struct select_request *request, struct vordec_error *error) {
  struct team_members members;
  enum vordec_status status = VORDEC_OK;
  team_members_of(leader->runtime->config, request, leader->engine, &members);
  for (size_t i = 1; i < members.count && !status; i++) {
    const struct select_request like = request_like(leader, request, members.device[i]);
    const struct decoder_wish wish = {desc, &like, leader, NULL};
    status = add(leader, &wish, error);
  }
  return status;
}

enum vordec_status vordec_decoder_create(struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                         const struct vordec_decoder_desc *desc, struct vordec_decoder **decoder,
                                         struct vordec_error *error) {
  return vordec_decoder_create_beside(runtime, NULL, layout, desc, decoder, error);
}

enum vordec_status vordec_decoder_create_beside(struct vordec_runtime *runtime, struct vordec_simulation *simulation,
                                                const struct vordec_layout *layout,
                                                const struct vordec_decoder_desc *desc, struct vordec_decoder **decoder,
                                                struct vordec_error *error) {
  struct vordec_error scratch;
  char fallback_text[256], first[CONFIG_DEVICE_MAX];
  struct select_request request;
  error = error_or(error, &scratch);
  *decoder = NULL;
  if (!runtime_is_here(runtime)) return error_other_process("runtime", error);
  runtime_request(runtime->config, fallback_text, sizeof fallback_text, &request);
  enum vordec_status status = team_request_first(runtime->config, &request, first, error);
  const bool shares = simulation && !team_wanted(runtime->config);
  const struct decoder_wish wish = {desc, &request, NULL, shares ? &simulation->place : NULL};
  if (!status) status = decoder_open(runtime, layout, &wish, decoder, error);
  if (!status) status = gather(*decoder, desc, &request, error);
  if (!status) return VORDEC_OK;
  vordec_decoder_destroy(*decoder);
  *decoder = NULL;
  return status;
}

void vordec_decoder_destroy(struct vordec_decoder *decoder) {
  if (!decoder || !engine_is_here(decoder->engine) || decoder->leader) return;
  team_end(decoder);
  for (size_t i = decoder->team_size; i-- > 1;) decoder_close(decoder->team[i]);
  decoder_close(decoder);
}

size_t vordec_decoder_devices(const struct vordec_decoder *decoder) {
  return decoder->team_size;
}

struct vordec_decoder *vordec_decoder_at(struct vordec_decoder *decoder, size_t i) {
  return i < decoder->team_size ? decoder->team[i] : NULL;
}

void vordec_decoder_get_share(const struct vordec_decoder *decoder, size_t i, struct vordec_decoder_share *share) {
  const struct vordec_decoder *own = decoder->team[i];
  *share = (struct vordec_decoder_share){
      .device = own->engine->device,
      .decode_device = own->decode_device,
      .states = own->states_uploaded + own->states_in_place,
      .lost = own->engine->dead != VORDEC_OK,
  };
}
