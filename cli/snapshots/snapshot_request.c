#include "snapshot_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "cli/json_read.h"
#include "file_digest.h"

char *snapshot_path(const struct snapshot_request *request, const char *name) {
  char *path = NULL;
  return asprintf(&path, "%s/%s_%s", request->out_dir, request->prefix, name) < 0 ? NULL : path;
}

/* An object of texts that remembers a failed addition. */
struct description {
  cJSON *object;
  bool failed;
};

static void put(struct description *description, const char *key, const char *text) {
  if (!cJSON_AddStringToObject(description->object, key, text)) description->failed = true;
}

/* As many digits as tell any two numbers apart. */
static void put_real(struct description *description, const char *key, double value) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  put(description, key, text);
}

static void put_count(struct description *description, const char *key, uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  put(description, key, text);
}

static void put_flag(struct description *description, const char *key, bool value) {
  put(description, key, value ? "on" : "off");
}

/* A file is what is in it, not where it lies. */
static enum vordec_status put_file(struct description *description, const char *key, const char *path,
                                   struct vordec_error *error) {
  struct file_digest digest;
  if (!path) {
    put(description, key, "none");
    return VORDEC_OK;
  }
  const enum vordec_status status = file_digest_make(path, &digest, error);
  if (!status) put(description, key, digest.hash);
  return status;
}

static void put_options(struct description *description, const struct snapshot_request *request) {
  const struct simulation_setup *simulation = &request->simulation;
  put(description, "vordec", vordec_version());
  put(description, "commit", vordec_git_describe());
  put_count(description, "N", simulation->les.n);
  put_count(description, "steps", request->steps_given || !request->traj ? simulation->steps : 0);
  put_count(description, "stride", simulation->stride);
  put_real(description, "dt", simulation->les.dt);
  put_real(description, "nu0", simulation->les.nu0);
  put_real(description, "Cs", simulation->les.cs);
  put_count(description, "seed", simulation->seed);
  put_flag(description, "seed given", simulation->seeded);
  put_flag(description, "filter", simulation->les.filter);
  put_flag(description, "reference-mean", simulation->les.reference_mean);
  put_real(description, "k-cut", request->encoding.k_cut);
  put_real(description, "resid-mid-cut", request->encoding.resid_mid_cut);
  put_count(description, "topk-mid", request->encoding.topk_mid);
  put_real(description, "ridge", request->ridge);
  put_flag(description, "dt given", request->dt_given);
  put_flag(description, "ground truth", request->ground_truth);
  put_flag(description, "check-decode-parity", request->check_parity);
  put_flag(description, "parity-only", request->parity_only);
  put_flag(description, "no-decode", request->no_decode);
  put_count(description, "hash-every", request->hash_every);
  put_flag(description, "require-gpu", request->require_gpu);
  put_flag(description, "save-traj", request->save_traj);
  put_flag(description, "save-decoded", request->save_decoded);
}

static void put_config(struct description *description, const struct vordec_config *config) {
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    char name[128];
    if (strcmp(key->section, "cpu") == 0) continue; /* results do not depend on the number of threads */
    snprintf(name, sizeof name, "[%s] %s", key->section, key->key);
    put(description, name, vordec_config_get(config, key->section, key->key));
  }
}

enum vordec_status snapshot_request_describe(const struct snapshot_request *request, cJSON **object,
                                             struct vordec_error *error) {
  const struct {
    const char *key, *path;
  } inputs[] = {{"content of --init-npy", request->simulation.init},
                {"content of --noise-npy", request->simulation.noise},
                {"content of --traj-npz", request->traj},
                {"content of --z0-npz", request->z0},
                {"content of --A-npz", request->a},
                {"content of --phases-npz", request->phases}};
  struct description description = {cJSON_CreateObject(), false};
  enum vordec_status status = VORDEC_OK;
  put_options(&description, request);
  put_config(&description, request->invocation->config);
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs && !status; i++) {
    status = put_file(&description, inputs[i].key, inputs[i].path, error);
  }
  if (!status && description.failed) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  }
  if (status) {
    cJSON_Delete(description.object);
    description.object = NULL;
  }
  *object = description.object;
  return status;
}

enum vordec_status snapshot_request_compare(const cJSON *asked, const cJSON *recorded, const char *path,
                                            struct vordec_error *error) {
  for (const cJSON *item = json_first(asked); item; item = item->next) {
    const char *was = json_text(recorded, item->string), *is = item->valuestring;
    if (strcmp(was, is) == 0) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resume: %s is of another run: %s was '%.100s' there and is '%.100s' here; ask for the same, "
                       "or leave --resume away to start again",
                       path, item->string, was, is);
  }
  return VORDEC_OK;
}
