/* SPDX-License-Identifier: MIT */
/*
 * vordec_texts: writes the manual pages and the shell completions from the tables that the command itself uses. A build
 * tool, not installed.
 *
 * usage: vordec_texts FOLDER    writes man1/, vordec.bash and _vordec into it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "completion.h"
#include "manual.h"

static FILE *open_in(const char *folder, const char *name) {
  char *path = NULL;
  if (asprintf(&path, "%s/%s", folder, name) < 0) return NULL;
  FILE *out = fopen(path, "w");
  if (!out) fprintf(stderr, "vordec_texts: %s: %s\n", path, strerror(errno));
  free(path);
  return out;
}

static bool close_written(FILE *out) {
  const bool good = !ferror(out);
  if (fclose(out) == 0 && good) return true;
  fprintf(stderr, "vordec_texts: %s\n", strerror(errno));
  return false;
}

static bool write_page(const char *folder, const struct command *command, const struct vordec_config *defaults) {
  char name[64];
  snprintf(name, sizeof name, "vordec%s%s.1", command ? "-" : "", command ? command->name : "");
  FILE *out = open_in(folder, name);
  if (!out) return false;
  if (command) {
    manual_write_command(out, command, defaults);
  } else {
    manual_write_overview(out);
  }
  return close_written(out);
}

static bool write_manual(const char *folder, const struct vordec_config *defaults) {
  char *pages = NULL;
  if (asprintf(&pages, "%s/man1", folder) < 0) return false;
  bool good = (mkdir(pages, 0777) == 0 || errno == EEXIST) && write_page(pages, NULL, defaults);
  for (size_t i = 0; good && i < command_count; i++) good = write_page(pages, commands[i], defaults);
  free(pages);
  return good;
}

static bool write_completion(const char *folder, const char *name, void (*write)(FILE *out)) {
  FILE *out = open_in(folder, name);
  if (!out) return false;
  write(out);
  return close_written(out);
}

int main(int argc, char **argv) {
  struct vordec_config *defaults = NULL;
  if (argc != 2 || vordec_config_create(&defaults, NULL)) {
    fprintf(stderr, "usage: vordec_texts FOLDER\n");
    return EXIT_BAD_USAGE;
  }
  const bool good = write_manual(argv[1], defaults) &&
                    write_completion(argv[1], "vordec.bash", completion_write_bash) &&
                    write_completion(argv[1], "_vordec", completion_write_zsh);
  vordec_config_destroy(defaults);
  return good ? EXIT_DONE : EXIT_FAILED;
}
