/* SPDX-License-Identifier: MIT */
#include "bench_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options/option_list.h"

#define OWN_WORDS 12 /* arguments that are no keys */

/* Caches on disk: of vordec (and of whoever else keeps to the XDG folders), of NVIDIA's driver, of Mesa's. */
static const char *const cache_variables[] = {"XDG_CACHE_HOME", "__GL_SHADER_DISK_CACHE_PATH", "MESA_SHADER_CACHE_DIR"};
#define CACHE_VARIABLES (sizeof cache_variables / sizeof *cache_variables)

static bool words_create(struct words *words, size_t room) {
  *words = (struct words){calloc(room + 1, sizeof(char *)), 0};
  return words->list != NULL;
}

void words_release(struct words *words) {
  for (size_t i = 0; i < words->count; i++) free(words->list[i]);
  free(words->list);
}

__attribute__((format(printf, 2, 3))) static bool words_add(struct words *words, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *word = NULL;
  const bool made = vasprintf(&word, format, args) >= 0;
  va_end(args);
  if (made) words->list[words->count++] = word;
  return made;
}

/* "--decode-batch=4"; dashes where the key has underscores. */
static bool add_key(struct words *words, const struct vordec_config *config, const struct vordec_config_key *key) {
  if (strcmp(key->section, "metrics") == 0 || strcmp(key->section, "plugins") == 0) return true;
  char name[OPTION_NAME_MAX];
  option_key_name(key->section, key->key, name);
  return words_add(words, "--%s=%s", name, vordec_config_get(config, key->section, key->key));
}

bool words_for_start(const struct vordec_config *config, const char *folder, const struct bench_case *what,
                     struct words *words) {
  const size_t keys = vordec_config_key_count();
  if (!words_create(words, OWN_WORDS + keys)) return false;
  bool made = words_add(words, "vordec") && words_add(words, "bench") && words_add(words, "--once") &&
              words_add(words, "--cases=%zux%zu", what->batch, what->n) &&
              words_add(words, "--k-cut=%zu", what->k_cut) && words_add(words, "--plugins-path=%s", folder);
  if (what->readback) made = made && words_add(words, what->stream ? "--stream" : "--readback");
  for (size_t i = 0; i < keys && made; i++) made = add_key(words, config, vordec_config_key_at(i));
  return made;
}

static bool names_cache(const char *variable) {
  for (size_t i = 0; i < CACHE_VARIABLES; i++) {
    const size_t length = strlen(cache_variables[i]);
    if (strncmp(variable, cache_variables[i], length) == 0 && variable[length] == '=') return true;
  }
  return false;
}

bool words_for_cache(const char *cache, struct words *words) {
  size_t count = 0;
  while (environ[count]) count++;
  bool made = words_create(words, count + CACHE_VARIABLES);
  for (size_t i = 0; i < count && made; i++) {
    if (!names_cache(environ[i])) made = words_add(words, "%s", environ[i]);
  }
  for (size_t i = 0; i < CACHE_VARIABLES && made; i++) made = words_add(words, "%s=%s", cache_variables[i], cache);
  return made;
}
