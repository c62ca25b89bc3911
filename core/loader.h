/* SPDX-License-Identifier: MIT */
/* Plugins: finding decode_NAME.so, loading it, and checking that it is what it says. */
#ifndef VORDEC_CORE_LOADER_H
#define VORDEC_CORE_LOADER_H

#include <vordec/backend.h>

#include "config.h"

#define PLUGIN_NAME_MAX CONFIG_NAME_MAX

struct plugin {
  char name[PLUGIN_NAME_MAX];
  void *handle;
  bool pinned;                   /* it has opened a device: never unloaded again */
  char description[256];         /* the backend's, safe to show */
  struct vordec_backend backend; /* the slots that lie within the plugin's struct_size; the others are NULL */
};

/* The absolute path of the plugin folder: `path` if it is not empty; otherwise VORDEC_PLUGIN_PATH (ignored in set-uid
 * programs); otherwise the folder "vordec" beside this library. The caller frees it. It is not an error yet if the
 * folder does not exist. */
enum vordec_status loader_folder(const char *path, char **folder, struct vordec_error *error);

/* Returns the names of all decode_NAME.so in the folder, sorted, cpu last. The caller frees them with
 * loader_free_names(). */
enum vordec_status loader_list(const char *folder, char ***names, size_t *count, struct vordec_error *error);
void loader_free_names(char **names, size_t count);

/* Loads folder/decode_NAME.so. A failure is E_UNSUPPORTED with the reason. */
enum vordec_status loader_open(const char *folder, const char *name, const struct vordec_host *host,
                               struct plugin *plugin, struct vordec_error *error);
/* Unloads it unless it is pinned. Accepts a plugin that was never opened. */
void loader_close(struct plugin *plugin);

#endif
