/* SPDX-License-Identifier: MIT */
#include "ensemble_member.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <vordec/error.h>

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the members");
}

/* As many as the last member needs, and three at least, so that names sort by number. */
static int digits_of(const struct snapshot_request *all) {
  const int digits = snprintf(NULL, 0, "%zu", all->members - 1);
  return digits > 3 ? digits : 3;
}

/* "PREFIX_m003" */
static char *prefix_of(const struct snapshot_request *all, size_t number) {
  char *prefix = NULL;
  return asprintf(&prefix, "%s_m%0*zu", all->prefix, digits_of(all), number) < 0 ? NULL : prefix;
}

int64_t ensemble_member_seed(const struct snapshot_request *all, size_t number) {
  const bool drawn = !all->z0 && !all->simulation.init && !all->simulation.noise;
  return drawn ? (int64_t)(all->simulation.start.seed + number) : -1;
}

/* What the member's record is compared by: what all are asked for, and which one it is. */
static bool put_asked(struct ensemble_member *member, const cJSON *asked, size_t number) {
  char text[24];
  snprintf(text, sizeof text, "%zu", number);
  member->asked = cJSON_Duplicate(asked, true);
  return member->asked && cJSON_AddStringToObject(member->asked, "member", text);
}

enum vordec_status ensemble_member_make(const struct snapshot_request *all, size_t number,
                                        const struct ensemble_kept *kept, struct ensemble_member *member,
                                        struct vordec_error *error) {
  const int64_t seed = ensemble_member_seed(all, number);
  *member = (struct ensemble_member){.request = *all};
  struct snapshot_request *request = &member->request;
  member->prefix = prefix_of(all, number);
  if (!member->prefix || !put_asked(member, all->asked, number)) return fail_memory(error);
  request->asked = member->asked;
  request->prefix = member->prefix;
  request->member = (struct snapshot_member){.of = all->members,
                                             .number = number,
                                             .bare = !all->member_files,
                                             .follows = kept->known,
                                             .kept = kept->modes,
                                             .kept_count = kept->count};
  request->simulation.member = number;
  request->simulation.quiet = true;
  request->report = false;             /* one page tells of all */
  if (number > 0) request->log = NULL; /* they would all say the same */
  if (seed >= 0) {
    request->simulation.start.seed = (size_t)seed;
  } else {
    request->simulation.members = all->members;
  }
  return VORDEC_OK;
}

void ensemble_member_release(struct ensemble_member *member) {
  cJSON_Delete(member->asked);
  free(member->prefix);
  *member = (struct ensemble_member){.asked = NULL};
}

enum vordec_status ensemble_member_blame(const struct snapshot_request *all, size_t number, enum vordec_status status,
                                         struct vordec_error *error) {
  const int64_t seed = ensemble_member_seed(all, number);
  char which[64] = "";
  if (!status || status == VORDEC_E_REFUSED || status == VORDEC_E_UNSUPPORTED) return status;
  if (seed >= 0) snprintf(which, sizeof which, " (seed %lld)", (long long)seed);
  const struct vordec_error inner = *error;
  return vordec_fail(error, status, inner.reason, "member %zu%s: %.600s", number, which, inner.message);
}

void ensemble_member_forget(const struct snapshot_request *all, size_t number) {
  char path[PATH_MAX]; /* no memory is needed for it */
  const int length =
      snprintf(path, sizeof path, "%s/%s_m%0*zu_journal", all->out_dir, all->prefix, digits_of(all), number);
  if (length > 0 && length < (int)sizeof path) unlink(path);
}
