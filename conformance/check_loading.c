/* SPDX-License-Identifier: MIT */
#include "check_loading.h"

#include <dirent.h>
#include <string.h>

#include "elf_file.h"
#include "plugin.h"

#define PREFIX "decode_"
#define SUFFIX ".so"

/* NAME of decode_NAME.so; false: the file is not called so. */
static bool take_name(const char *path, char *name, size_t size) {
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  const size_t length = strlen(base), affixes = strlen(PREFIX SUFFIX);
  if (length <= affixes || length - affixes >= size || strncmp(base, PREFIX, strlen(PREFIX)) != 0) return false;
  if (strcmp(base + length - strlen(SUFFIX), SUFFIX) != 0) return false;
  snprintf(name, size, "%.*s", (int)(length - affixes), base + strlen(PREFIX));
  return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length - affixes;
}

void check_file(struct suite *suite) {
  struct elf_file file;
  elf_file_read(suite->options->path, &file);
  if (file.problem[0]) {
    suite_short(suite, "%s", file.problem);
  } else if (!take_name(suite->options->path, suite->shared->name, sizeof suite->shared->name)) {
    suite_short(suite, "it must be called decode_NAME.so, NAME of a-z, 0-9 and _, at most 63 of them");
  }
}

void check_exports(struct suite *suite) {
  struct elf_file file;
  elf_file_read(suite->options->path, &file);
  if (!file.has_symbols) {
    suite_skip(suite, "the file has no section of dynamic symbols");
  } else if (!file.has_entry) {
    suite_short(suite, "it exports no vordec_backend_entry");
  } else if (file.exports != 1) {
    suite_short(suite, "it exports %zu symbols, '%s' among them; build with -fvisibility=hidden", file.exports,
                file.stranger);
  }
}

static size_t count_threads(void) {
  size_t count = 0;
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks) return 0;
  for (const struct dirent *entry; (entry = readdir(tasks));) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

void check_entry(struct suite *suite) {
  const size_t threads = count_threads();
  if (!plugin_load(suite)) return;
  if (count_threads() != threads) suite_short(suite, "loading it started a thread");
  if (atomic_load(&suite->host.taken) != 0) suite_short(suite, "vordec_backend_entry() takes memory from the host");
}

static bool has_slots(struct suite *suite, const struct vordec_backend *backend) {
  const struct {
    const char *name;
    bool there;
  } slots[] = {{"description", backend->description},
               {"ffts", backend->ffts},
               {"probe", backend->probe},
               {"open", backend->open},
               {"close", backend->close},
               {"plan_create", backend->plan_create},
               {"plan_destroy", backend->plan_destroy},
               {"decode", backend->decode}};
  for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
    if (!slots[i].there) suite_short(suite, "the required slot %s is empty", slots[i].name);
  }
  return !suite_fell_short(suite);
}

static void judge_ffts(struct suite *suite, const char *const *ffts) {
  if (!ffts[0]) suite_short(suite, "ffts: it offers none");
  for (size_t i = 0; ffts[i]; i++) {
    const size_t length = strlen(ffts[i]);
    const bool plain = strspn(ffts[i], "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
    if (length == 0 || length >= VORDEC_FFT_NAME_MAX || !plain || strcmp(ffts[i], "auto") == 0) {
      suite_short(suite, "ffts: '%.60s' cannot be the name of one", ffts[i]);
    }
    for (size_t j = 0; j < i; j++) {
      if (strcmp(ffts[i], ffts[j]) == 0) suite_short(suite, "ffts: '%s' is listed twice", ffts[i]);
    }
  }
}

void check_table(struct suite *suite) {
  if (!plugin_load(suite)) return;
  const struct vordec_backend *backend = suite->backend;
  if (backend->abi_major != VORDEC_ABI_MAJOR) {
    suite_short(suite, "abi_major is %u, but this version needs %u", backend->abi_major, VORDEC_ABI_MAJOR);
    return;
  }
  if (!backend->name || strcmp(backend->name, suite->shared->name) != 0) {
    suite_short(suite, "it calls itself '%.60s', but the file is called '%s'", backend->name ? backend->name : "",
                suite->shared->name);
  }
  if (!has_slots(suite, backend)) return;
  if (!backend->description[0] || strchr(backend->description, '\n')) suite_short(suite, "description is not one line");
  judge_ffts(suite, backend->ffts);
  suite_note(suite, "'%.120s', ABI %u.%u", backend->description, backend->abi_major, backend->abi_minor);
}

void check_other_abi(struct suite *suite) {
  if (!plugin_load(suite)) return;
  const vordec_backend_entry_fn entry = plugin_entry(suite);
  if (entry(VORDEC_ABI_MAJOR + 97, &suite->host.table)) {
    suite_short(suite, "vordec_backend_entry() returns a table for ABI %u, which nobody has defined",
                VORDEC_ABI_MAJOR + 97);
  }
  const struct vordec_backend *first = entry(VORDEC_ABI_MAJOR, &suite->host.table);
  const struct vordec_backend *second = entry(VORDEC_ABI_MAJOR, &suite->host.table);
  if (first != second) {
    suite_short(suite, "vordec_backend_entry() returns another table each time");
  }
}

void check_interfaces(struct suite *suite) {
  if (!plugin_load(suite)) return;
  if (!suite->backend->get_interface) {
    suite_note(suite, "it has none");
    return;
  }
  static const char *const unknown[] = {"", "vordec.no-such/1", "vordec.rollout/99", "vordec.rollout"};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    if (suite->backend->get_interface(unknown[i])) suite_short(suite, "get_interface(\"%s\") is not NULL", unknown[i]);
  }
  const struct {
    const char *name;
    const void *usable;
  } known[] = {{VORDEC_ROLLOUT_INTERFACE, plugin_rollout(suite)},
               {VORDEC_ROLLOUT_BATCH_INTERFACE, plugin_rollout_batch(suite)},
               {VORDEC_TRAIL_INTERFACE, plugin_trail(suite)},
               {VORDEC_SIMULATE_INTERFACE, plugin_simulate(suite)},
               {VORDEC_ENCODE_INTERFACE, plugin_encode(suite)},
               {VORDEC_ADJOINT_INTERFACE, plugin_adjoint(suite)},
               {VORDEC_ADJOINT_SHARED_INTERFACE, plugin_adjoint_shared(suite)},
               {VORDEC_COMPARE_INTERFACE, plugin_compare(suite)},
               {VORDEC_BANDWIDTH_INTERFACE, plugin_bandwidth(suite)},
               {VORDEC_RESIDUAL_INTERFACE, plugin_residual(suite)},
               {VORDEC_EXPORT_INTERFACE, plugin_export(suite)},
               {VORDEC_SHELF_INTERFACE, plugin_shelf(suite)},
               {VORDEC_STREAM_INTERFACE, plugin_stream(suite)},
               {VORDEC_FORK_INTERFACE, plugin_fork(suite)}};
  char list[320] = "";
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!suite->backend->get_interface(known[i].name)) continue;
    if (!known[i].usable) suite_short(suite, "%s is short or lacks a slot", known[i].name);
    const size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", known[i].name);
  }
  suite_note(suite, "%s", list);
}
