/* SPDX-License-Identifier: MIT */
#include "request_texts.h"

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/snapshots/file_digest.h"
#include "core/policy/fft_names.h"
#include "options/option_record.h"

/* An object of texts that remembers a failed addition. */
struct description {
  cJSON *object;
  bool failed;
};

static void put(struct description *description, const char *key, const char *text) {
  if (!cJSON_AddStringToObject(description->object, key, text)) description->failed = true;
}

/* A file is what is in it, not where it lies. */
static enum vordec_status put_option(void *ctx, const char *name, const char *text, const char *path,
                                     struct vordec_error *error) {
  struct file_digest digest;
  const enum vordec_status status = path ? file_digest_make(path, &digest, error) : VORDEC_OK;
  if (!status) put(ctx, name, path ? digest.hash : text);
  return status;
}

const char *request_text_now(const char *name, const char *text) {
  return strcmp(name, "[decode] fft") == 0 ? fft_present_name(text) : text;
}

static void put_config(struct description *description, const struct vordec_config *config) {
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    char name[128];
    if (strcmp(key->section, "cpu") == 0) continue; /* results do not depend on the number of threads */
    snprintf(name, sizeof name, "[%s] %s", key->section, key->key);
    put(description, name, request_text_now(name, vordec_config_get(config, key->section, key->key)));
  }
}

enum vordec_status request_texts_make(const struct command *command, const void *request,
                                      const struct vordec_config *config, cJSON **texts, struct vordec_error *error) {
  struct description description = {cJSON_CreateObject(), false};
  put(&description, "vordec", vordec_version());
  put(&description, "commit", vordec_git_describe());
  enum vordec_status status = option_record_visit(command, request, put_option, &description, error);
  put_config(&description, config);
  if (!status && description.failed) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  }
  if (status) {
    cJSON_Delete(description.object);
    description.object = NULL;
  }
  *texts = description.object;
  return status;
}
