/* SPDX-License-Identifier: MIT */
#include "select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/utf8.h"
#include "core/base/visible_gpu.h"
#include "device_kind.h"
#include "fft_names.h"

/* What a request makes of a candidate: usable, with reason NONE, or not. */
struct judgement {
  enum vordec_reason reason;
  size_t device;
  enum vordec_precision precision;
  const char *fft;
  char why[VORDEC_MESSAGE_MAX];
};

/* ---- one device ---- */

static enum vordec_reason judge_precision(enum wanted_precision asked, const struct vordec_device *device,
                                          enum vordec_precision *precision) {
  const bool fp32 = device->capabilities & VORDEC_CAP_FP32, fp64 = device->capabilities & VORDEC_CAP_FP64;
  if (asked == PRECISION_FP32 && !fp32) return VORDEC_REASON_NO_FP32;
  if (asked == PRECISION_FP64 && !fp64) return VORDEC_REASON_NO_FP64;
  if (!fp32 && !fp64) return VORDEC_REASON_DEVICE_UNSUITABLE;
  const bool prefer_fp64 = asked == PRECISION_FP64 || (asked == PRECISION_AUTO && device->type == VORDEC_DEVICE_HOST);
  *precision = (prefer_fp64 && fp64) || !fp32 ? VORDEC_FP64 : VORDEC_FP32;
  return VORDEC_REASON_NONE;
}

enum vordec_reason select_judge_device(const struct select_request *request, const struct vordec_device *device,
                                       enum vordec_precision *precision) {
  if (device->unusable) return device->unusable;
  if (device->type == VORDEC_DEVICE_SOFTWARE && !request->allow_software_device) return VORDEC_REASON_SOFTWARE_DEVICE;
  if (!device_is_cpu(device->type) && !device_is_gpu(device->type)) return VORDEC_REASON_DEVICE_UNSUITABLE;
  if (device_is_gpu(device->type) && !visible_gpu(request->visible, device->uuid))
    return VORDEC_REASON_DEVICE_NOT_FOUND;
  return judge_precision(request->precision, device, precision);
}

void select_explain_device(const struct vordec_device *device, enum vordec_reason reason, char *text, size_t size) {
  static const struct {
    enum vordec_reason reason;
    const char *words;
  } lacks[] = {{VORDEC_REASON_SOFTWARE_DEVICE, "is a software device"},
               {VORDEC_REASON_DEVICE_NOT_FOUND, "is not among those of " VISIBLE_GPU_VARIABLE},
               {VORDEC_REASON_NO_FP64, "has no fp64"},
               {VORDEC_REASON_NO_FP32, "computes in fp64 only"}};
  for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
    if (lacks[i].reason != reason) continue;
    snprintf(text, size, "device %u (%.120s) %s", device->index, device->name, lacks[i].words);
    utf8_mend(text); /* names are cut */
    return;
  }
  snprintf(text, size, "device %u (%.120s): %.200s", device->index, device->name,
           device->unusable_detail[0] ? device->unusable_detail : "not a kind of device that can be used");
  utf8_mend(text);
}

/* ---- which device ---- */

static bool all_digits(const char *text) {
  return *text && text[strspn(text, "0123456789")] == '\0';
}

/* Whether the text is the UUID: 32 hexadecimal digits, with dashes anywhere. */
static bool parse_uuid(const char *text, uint8_t uuid[16]) {
  static const char hex[] = "0123456789abcdef";
  int digits = 0;
  for (; *text; text++) {
    if (*text == '-') continue;
    const char lower = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;
    const char *at = strchr(hex, lower);
    if (!at || digits == 32) return false;
    const uint8_t nibble = (uint8_t)(at - hex);
    uuid[digits / 2] = digits % 2 ? (uint8_t)(uuid[digits / 2] | nibble) : (uint8_t)(nibble << 4);
    digits++;
  }
  return digits == 32;
}

static bool has_index(const struct select_candidate *candidate, const char *asked) {
  for (size_t i = 0; all_digits(asked) && i < candidate->device_count; i++) {
    if (strtoul(asked, NULL, 10) == candidate->devices[i].index) return true;
  }
  return false;
}

/* Whether the text means the device. Digits are an index if there is a device of that index; otherwise they are a part
 * of a name ("4090"). */
static bool device_matches(const char *asked, bool by_index, const struct vordec_device *device) {
  uint8_t uuid[16];
  if (strcmp(asked, "auto") == 0) return true;
  if (by_index) return strtoul(asked, NULL, 10) == device->index;
  if (parse_uuid(asked, uuid)) return memcmp(uuid, device->uuid, sizeof uuid) == 0;
  return *asked && strcasestr(device->name, asked);
}

static bool failed(const struct select_candidate *candidate, size_t device) {
  return device < 64 && (candidate->failed >> device & 1u);
}

static enum vordec_reason failure_reason(const struct select_candidate *candidate) {
  return candidate->failure.reason ? candidate->failure.reason : VORDEC_REASON_DEVICE_UNSUITABLE;
}

/* Finds the best device that matches and may be used, or else the reason against the best one that matches. */
static void pick_device(const struct select_request *request, const struct select_candidate *candidate,
                        struct judgement *judgement) {
  const struct vordec_device *best = NULL;
  const bool by_index = has_index(candidate, request->device);
  judgement->reason = candidate->device_count ? VORDEC_REASON_DEVICE_NOT_FOUND : VORDEC_REASON_NO_DEVICE;
  for (size_t i = 0; i < candidate->device_count; i++) {
    const struct vordec_device *device = &candidate->devices[i];
    if (!device_matches(request->device, by_index, device)) continue;
    enum vordec_precision precision = VORDEC_FP64;
    const enum vordec_reason reason =
        failed(candidate, i) ? failure_reason(candidate) : select_judge_device(request, device, &precision);
    const bool better = !best || (!reason && judgement->reason) ||
                        (!reason == !judgement->reason && device_rank(device->type) < device_rank(best->type));
    if (!better) continue;
    best = device;
    judgement->reason = reason;
    judgement->device = i;
    judgement->precision = precision;
  }
  if (!judgement->reason) return;
  if (best && failed(candidate, judgement->device)) {
    snprintf(judgement->why, sizeof judgement->why, "%s", candidate->failure.message);
  } else if (best) {
    select_explain_device(best, judgement->reason, judgement->why, sizeof judgement->why);
  } else if (candidate->device_count) {
    char none[64] = "its only device does not match";
    if (candidate->device_count > 1)
      snprintf(none, sizeof none, "none of its %zu devices matches", candidate->device_count);
    snprintf(judgement->why, sizeof judgement->why, "%s '%.100s'", none, request->device);
  } else {
    snprintf(judgement->why, sizeof judgement->why, "it reports no device");
  }
}

/* ---- one candidate ---- */

static const char *find_fft(const char *const *ffts, const char *asked) {
  for (; *ffts; ffts++) {
    if (strcmp(*ffts, asked) == 0) return *ffts;
  }
  return NULL;
}

static void explain_fft(const char *asked, const char *const *ffts, char *why, size_t size) {
  const struct fft_rename *rename = fft_rename_of(asked);
  size_t used = 0;
  char offers[160] = "";
  for (; *ffts && used < sizeof offers; ffts++) {
    used += (size_t)snprintf(offers + used, sizeof offers - used, "%s%s", used ? ", " : "", *ffts);
  }
  if (rename) {
    snprintf(why, size, "the FFT was asked for by its older name; it is now '%s' of backend %s (it offers %s)",
             rename->is, rename->backend, offers);
  } else {
    snprintf(why, size, "it has no FFT '%s' (it offers %s)", asked, offers);
  }
}

static void judge_fft(const struct select_request *request, const struct select_candidate *candidate,
                      struct judgement *judgement) {
  judgement->fft = request->fft;
  if (strcmp(request->fft, "auto") == 0) return;
  if (candidate->fft_failure.status) {
    judgement->reason = candidate->fft_failure.reason;
    snprintf(judgement->why, sizeof judgement->why, "%s", candidate->fft_failure.message);
    return;
  }
  /* An older backend may still have the name that was asked for. Otherwise the present name counts. */
  const char *offered = find_fft(candidate->ffts, request->fft);
  if (!offered) offered = find_fft(candidate->ffts, fft_name_for(candidate->name, request->fft));
  if (offered) {
    judgement->fft = offered;
    return;
  }
  judgement->reason = VORDEC_REASON_NO_FFT;
  explain_fft(request->fft, candidate->ffts, judgement->why, sizeof judgement->why);
}

static struct judgement judge(const struct select_request *request, const struct select_candidate *candidate) {
  struct judgement judgement = {0};
  if (candidate->state == CANDIDATE_FAILED) {
    judgement.reason = failure_reason(candidate);
    snprintf(judgement.why, sizeof judgement.why, "%s", candidate->failure.message);
    return judgement;
  }
  pick_device(request, candidate, &judgement);
  if (!judgement.reason) judge_fft(request, candidate, &judgement);
  return judgement;
}

static const struct select_candidate *find(const struct select_candidate *candidates, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(candidates[i].name, name) == 0) return &candidates[i];
  }
  return NULL;
}

static void use(const struct select_candidate *candidate, size_t index, const struct judgement *judgement,
                struct selection *selection) {
  selection->verdict = SELECT_USE;
  selection->candidate = index;
  selection->device = judgement->device;
  selection->precision = judgement->precision;
  selection->fft = judgement->fft;
  const struct vordec_device *device = &candidate->devices[judgement->device];
  if (device->type != VORDEC_DEVICE_SOFTWARE) return;
  char why[VORDEC_MESSAGE_MAX];
  snprintf(why, sizeof why, "%.200s runs on the CPU", device->name);
  flags_raise(&selection->flags, FLAG_SOFTWARE_DEVICE, why);
}

/* On the backend that was asked for, precision and FFT may each be downgraded once, before the backend itself is given
 * up. */
static struct judgement judge_relaxed(const struct select_request *request, const struct select_candidate *candidate,
                                      struct perf_flags *flags) {
  struct select_request relaxed = *request;
  struct judgement judgement = judge(&relaxed, candidate);
  const bool precision = judgement.reason == VORDEC_REASON_NO_FP64 || judgement.reason == VORDEC_REASON_NO_FP32;
  if (precision && relaxed.precision != PRECISION_AUTO) {
    flags_raise(flags, FLAG_PRECISION_DOWNGRADE, judgement.why);
    relaxed.precision = PRECISION_AUTO;
    judgement = judge(&relaxed, candidate);
  }
  if (judgement.reason == VORDEC_REASON_NO_FFT || judgement.reason == VORDEC_REASON_FFT_SIZE) {
    flags_raise(flags, FLAG_FFT_FALLBACK, judgement.why);
    relaxed.fft = "auto";
    judgement = judge(&relaxed, candidate);
  }
  return judgement;
}

/* ---- the three kinds of request ---- */

/* For each role, its name in messages, which is that of the configuration, and the flag of a downgrade to the CPU. */
static const struct {
  const char *name;
  enum perf_flag flag;
} roles[] = {
    [SELECT_DECODE] = {"decode", FLAG_GPU_DECODE_FALLBACK_CPU},
    [SELECT_OP] = {"op", FLAG_GPU_ROLLOUT_FALLBACK_CPU},
    [SELECT_SIMULATE] = {"simulate", FLAG_GPU_LES_FALLBACK_CPU},
    [SELECT_ENCODE] = {"encode", FLAG_GPU_ENCODE_FALLBACK_CPU},
};

static const char *role_name(const struct select_request *request) {
  return roles[request->role].name;
}

static const char *policy_hint(const struct select_request *request) {
  return request->permissive ? "" : "; to allow a downgrade: --permissive, or [decode] policy = permissive";
}

static void refuse(struct selection *selection, enum vordec_reason reason, const char *message) {
  selection->verdict = SELECT_REFUSE;
  selection->reason = reason;
  snprintf(selection->message, sizeof selection->message, "%s", message);
}

static bool asks_for_gpu(const struct select_request *request) {
  return strcmp(request->backend, "gpu") == 0;
}

bool select_is_open(const struct select_request *request) {
  return strcmp(request->backend, "auto") == 0 || asks_for_gpu(request);
}

/* Whether a request that names no backend may end with this one: `auto` takes a GPU or cpu, and `gpu` takes a GPU. */
static bool open_wants(const struct select_request *request, const struct select_candidate *candidate,
                       const struct judgement *judgement) {
  if (device_is_gpu(candidate->devices[judgement->device].type)) return true;
  return !asks_for_gpu(request) && strcmp(candidate->name, "cpu") == 0;
}

/* Under the permissive policy, precision and FFT may be downgraded before the search is given up. */
static bool select_open_relaxed(const struct select_request *request, const struct select_candidate *candidates,
                                size_t count, struct selection *selection) {
  for (size_t i = 0; request->permissive && i < count; i++) {
    memset(&selection->flags, 0, sizeof selection->flags);
    const struct judgement judgement = judge_relaxed(request, &candidates[i], &selection->flags);
    if (judgement.reason || !open_wants(request, &candidates[i], &judgement)) continue;
    use(&candidates[i], i, &judgement, selection);
    return true;
  }
  return false;
}

/* The backend that a permissive downgrade goes to; NULL: there is none. */
static const char *fallback_for(const struct select_request *request) {
  for (size_t i = 0; request->permissive && i < request->fallback_count; i++) {
    if (strcmp(request->fallback[i], request->backend) != 0) return request->fallback[i];
  }
  return NULL;
}

static void refuse_named(const struct select_request *request, const struct judgement *judgement,
                         struct selection *selection) {
  const char *remedy = vordec_reason_remedy(judgement->reason);
  char message[VORDEC_MESSAGE_MAX];
  snprintf(message, sizeof message, "%s backend '%s' refused (%s): %.330s%s%s%s", role_name(request), request->backend,
           vordec_reason_name(judgement->reason), judgement->why, *remedy ? "; " : "", remedy, policy_hint(request));
  refuse(selection, judgement->reason, message);
}

static void select_fallback(const struct select_request *request, const struct select_candidate *candidates,
                            size_t count, const struct judgement *first, struct selection *selection) {
  const char *name = fallback_for(request);
  const struct select_candidate *candidate = name ? find(candidates, count, name) : NULL;
  if (!candidate) {
    refuse_named(request, first, selection);
    return;
  }
  selection->candidate = (size_t)(candidate - candidates);
  if (candidate->state == CANDIDATE_UNTRIED) {
    selection->verdict = SELECT_PROBE;
    return;
  }
  struct select_request moved = *request;
  moved.device = "auto"; /* the device asked for was one of the backend that failed */
  memset(&selection->flags, 0, sizeof selection->flags);
  const struct judgement second = judge_relaxed(&moved, candidate, &selection->flags);
  if (second.reason) {
    char message[VORDEC_MESSAGE_MAX];
    snprintf(message, sizeof message,
             "%s backend '%s' refused (%s): %.200s; its fallback '%s' was refused too (%s): %.200s", role_name(request),
             request->backend, vordec_reason_name(first->reason), first->why, name, vordec_reason_name(second.reason),
             second.why);
    refuse(selection, first->reason, message);
    return;
  }
  use(candidate, selection->candidate, &second, selection);
  selection->downgraded = true;
  selection->reason = first->reason;
  snprintf(selection->message, sizeof selection->message, "%s refused (%s): %.400s", request->backend,
           vordec_reason_name(first->reason), first->why);
  if (!device_is_cpu(candidate->devices[second.device].type)) return; /* there is no flag for a move to another GPU */
  flags_raise(&selection->flags, roles[request->role].flag, selection->message);
}

/* What was asked for cannot be had. Takes the fallback, if the policy allows one. */
static void give_up(const struct select_request *request, const struct select_candidate *candidates, size_t count,
                    const struct judgement *judgement, struct selection *selection) {
  if (request->permissive) {
    select_fallback(request, candidates, count, judgement, selection);
  } else {
    refuse_named(request, judgement, selection);
  }
}

static void select_open(const struct select_request *request, const struct select_candidate *candidates, size_t count,
                        struct selection *selection) {
  char reasons[VORDEC_MESSAGE_MAX] = "";
  size_t used = 0;
  enum vordec_reason passed_over = VORDEC_REASON_NONE;
  for (size_t i = 0; i < count; i++) {
    const struct select_candidate *candidate = &candidates[i];
    if (candidate->state == CANDIDATE_UNTRIED) {
      selection->verdict = SELECT_PROBE;
      selection->candidate = i;
      return;
    }
    const struct judgement judgement = judge(request, candidate);
    if (!judgement.reason && open_wants(request, candidate, &judgement)) {
      use(candidate, i, &judgement, selection);
      selection->reason = passed_over;
      snprintf(selection->message, sizeof selection->message, "%s", reasons);
      return;
    }
    if (!judgement.reason) continue;
    passed_over = judgement.reason;
    if (used < sizeof reasons) {
      used += (size_t)snprintf(reasons + used, sizeof reasons - used, "%s%s: %.200s (%s)", used ? "; " : "",
                               candidate->name, judgement.why, vordec_reason_name(judgement.reason));
    }
  }
  if (select_open_relaxed(request, candidates, count, selection)) return;
  if (asks_for_gpu(request)) {
    struct judgement none = {.reason = used ? passed_over : VORDEC_REASON_NO_DEVICE};
    snprintf(none.why, sizeof none.why, "%s", used ? reasons : "no plugin has a GPU");
    give_up(request, candidates, count, &none, selection);
    return;
  }
  char message[VORDEC_MESSAGE_MAX];
  snprintf(message, sizeof message, "no usable backend for %s = auto: %.430s%s", role_name(request),
           used ? reasons : "no plugin found", policy_hint(request));
  refuse(selection, used ? passed_over : VORDEC_REASON_PLUGIN_NOT_FOUND, message);
}

static void select_named(const struct select_request *request, const struct select_candidate *candidates, size_t count,
                         struct selection *selection) {
  const struct select_candidate *candidate = find(candidates, count, request->backend);
  struct judgement judgement = {.reason = VORDEC_REASON_PLUGIN_NOT_FOUND, .why = "no such plugin"};
  if (candidate && candidate->state == CANDIDATE_UNTRIED) {
    selection->verdict = SELECT_PROBE;
    selection->candidate = (size_t)(candidate - candidates);
    return;
  }
  if (candidate) {
    judgement = request->permissive ? judge_relaxed(request, candidate, &selection->flags) : judge(request, candidate);
    if (!judgement.reason) {
      use(candidate, (size_t)(candidate - candidates), &judgement, selection);
      return;
    }
  }
  give_up(request, candidates, count, &judgement, selection);
}

void select_backend(const struct select_request *request, const struct select_candidate *candidates, size_t count,
                    struct selection *selection) {
  memset(selection, 0, sizeof *selection);
  if (select_is_open(request)) {
    select_open(request, candidates, count, selection);
  } else {
    select_named(request, candidates, count, selection);
  }
  utf8_mend(selection->message); /* the reasons against candidates may have been cut within a character */
}
