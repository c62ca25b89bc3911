/* SPDX-License-Identifier: MIT */
/* INI files: what is read, and that every mistake is told with file and line. */
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/types.h>

#include "config.h"
#include "files.h"

struct rig {
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX];
  struct vordec_config *config;
  struct vordec_error error;
};

static int setup(void **state) {
  struct rig *rig = calloc(1, sizeof *rig);
  *state = rig;
  if (!rig) return -1;
  files_make_folder(rig->folder);
  files_join(rig->path, rig->folder, "test.ini");
  return vordec_config_create(&rig->config, &rig->error) == VORDEC_OK ? 0 : -1;
}

static int teardown(void **state) {
  struct rig *rig = *state;
  vordec_config_destroy(rig->config);
  files_remove_folder(rig->folder);
  free(rig);
  return 0;
}

static enum vordec_status read_text(struct rig *rig, const char *text) {
  files_write(rig->path, text, strlen(text));
  return vordec_config_read(rig->config, rig->path, &rig->error);
}

static void check_value(const struct rig *rig, const char *section, const char *key, const char *value, int line) {
  char where[FILES_PATH_MAX + 16];
  snprintf(where, sizeof where, "%s:%d", rig->path, line);
  assert_string_equal(vordec_config_get(rig->config, section, key), value);
  assert_string_equal(vordec_config_where(rig->config, section, key), where);
}

/* What is compiled in is config/default.ini, and reading that file changes nothing but the origins. */
static void defaults(void **state) {
  struct rig *rig = *state;
  char *text = files_read(DEFAULT_INI);
  assert_string_equal(vordec_config_defaults(), text);
  free(text);
  struct vordec_config *file = NULL;
  check_ok(vordec_config_create(&file, &rig->error), &rig->error);
  files_write(rig->path, vordec_config_defaults(), strlen(vordec_config_defaults()));
  check_ok(vordec_config_read(file, rig->path, &rig->error), &rig->error);
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    assert_string_equal(vordec_config_get(file, key->section, key->key),
                        vordec_config_get(rig->config, key->section, key->key));
    assert_non_null(strstr(vordec_config_where(file, key->section, key->key), "test.ini:"));
  }
  vordec_config_destroy(file);
}

static void well_formed(void **state) {
  struct rig *rig = *state;
  check_ok(read_text(rig, "# comment\n"
                          "; comment\n"
                          "\n"
                          "[mask]\n"
                          "tau = 0.5 ; inline comment\n"
                          "  ; an indented comment\n"
                          "   \t \n"
                          "smooth_width=7\n"
                          "[combine]\n"
                          "gate  =  signed  \n"
                          "[mask]\n"
                          "boundary = periodic"), /* no newline at the end */
           &rig->error);
  check_value(rig, "mask", "tau", "0.5", 5);
  check_value(rig, "mask", "smooth_width", "7", 8);
  check_value(rig, "mask", "boundary", "periodic", 12);
  assert_string_equal(vordec_config_get(rig->config, "decode", "backend"), "auto");
}

static void encodings(void **state) {
  struct rig *rig = *state;
  check_ok(read_text(rig, "\xEF\xBB\xBF[mask]\ntau = 0.5\n"), &rig->error);
  check_value(rig, "mask", "tau", "0.5", 2);
  check_ok(read_text(rig, "[mask]\r\ntau = 0.6\r\n\r\nsmooth_width = 5\r\n"), &rig->error);
  check_value(rig, "mask", "tau", "0.6", 2);
  check_value(rig, "mask", "smooth_width", "5", 4);
  check_ok(read_text(rig, ""), &rig->error);
  check_ok(read_text(rig, "\n"), &rig->error);
  check_value(rig, "mask", "tau", "0.6", 2);
  /* a path may hold any bytes but line breaks */
  check_ok(read_text(rig, "[plugins]\npath = /gr\xc3\xbcn/a b#c"), &rig->error);
  check_value(rig, "plugins", "path", "/gr\xc3\xbcn/a b#c", 2);
}

/* ---- mistakes -----------------------------------------------------------------------------------------------------
 */

#define LINE_100 "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

static const struct {
  const char *text;
  int line;
  const char *says;
} mistakes[] = {
    {"[decoder]\nbackend = cpu\n", 1, "unknown section [decoder]"},
    {"[decoder]\n", 1, "unknown section [decoder]"},
    {"\xEF\xBB\xBF[decoder]\n", 1, "unknown section [decoder]"},
    {"\xEF\xBB\xBF[mask] tau = 0.5\n", 1, "nothing may follow [section]"},
    {"[mask]\n\v[nope]\n", 2, "the line is indented"},
    {"[mask]\n[]\n", 2, "this stands outside of every section"},
    {"backend = cpu\n", 1, "this stands outside of every section"},
    {"[mask]\n\n# x\ntaw = 0.5\n", 4, "unknown key 'taw' in [mask]"},
    {"[mask]\ntau = 0.5\ntau = 0.6\n", 3, "[mask] tau is set a second time (first on line 2)"},
    {"[mask]\ntau = 0.5\ntau = 0.5\n", 3, "[mask] tau is set a second time (first on line 2)"},
    {"[mask]\ntau = 0.5\n[cpu]\nthreads = 1\n[mask]\ntau = 0.6\n", 6, "[mask] tau is set a second time"},
    {"[plugins]\npath =\npath = x\n", 3, "[plugins] path is set a second time (first on line 2)"},
    {"[op]\ndeterministic = maybe\n", 2, "[op] deterministic = 'maybe': expected true, false"},
    {"[cpu]\nthreads = many\n", 2, "[cpu] threads = 'many': expected 0 (all) .. 1024"},
    {"[cpu]\nthreads =\n", 2, "[cpu] threads = ''"},
    {"[mask]\ntau = 0,35\n", 2, "[mask] tau = '0,35': expected auto, or 0 < tau <= 1"},
    {"[combine]\n\n\n\ngate = maybe\n", 5, "[combine] gate = 'maybe': expected support, signed"},
    {"[decode]\nbackend = ../x\n", 2, "[decode] backend = '../x'"},
    {"[mask]\ntau\n", 2, "expected [section] or key = value"},
    {"[mask\ntau = 0.5\n", 1, "expected [section] or key = value"},
    {"[mask]\nnonsense\ntau = 7\n", 2, "expected [section] or key = value"}, /* the first mistake, not the second */
    {"[mask]\ntau = 7\nnonsense\n", 2, "[mask] tau = '7'"},
    {"[ mask ]\ntau = 0.5\n", 1, "unknown section [ mask ]"},
    {"[mask]\n  tau = 0.5\n", 2, "indented"},
    {"[mask]\ntau = 0.5\n\t0.6\n", 3, "indented"},
    {"[decode]\ndevice = " LINE_100 LINE_100 "\n", 2, "too long"},
    {"# " LINE_100 LINE_100 "\n[mask]\n", 1, "too long"},
    {"[mask] tau = 0.5\n", 1, "nothing may follow [section]"},
    {"[mask]\ntau = 0.5\n[cpu] junk\n", 3, "nothing may follow [section]"},
};

static void every_mistake_has_its_line(void **state) {
  struct rig *rig = *state;
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    char place[FILES_PATH_MAX + 16];
    memset(&rig->error, 0, sizeof rig->error);
    const enum vordec_status status = read_text(rig, mistakes[i].text);
    const int length = snprintf(place, sizeof place, "%s:%d: ", rig->path, mistakes[i].line);
    const char *message = rig->error.message;
    if (status == VORDEC_E_CONFIG && rig->error.status == status && strncmp(message, place, (size_t)length) == 0 &&
        strstr(message, mistakes[i].says) && !strchr(message, '\n')) {
      continue;
    }
    wrong++;
    print_error("%s: expected %s%s\n  got %s: %s\n", mistakes[i].text, place, mistakes[i].says,
                vordec_status_name(status), message);
  }
  assert_int_equal(wrong, 0);
}

/* As long as the message says; what is longer is refused, not cut. */
static void longest_line(void **state) {
  struct rig *rig = *state;
  static const char head[] = "[metrics]\njson = ";
  const size_t start = strlen("[metrics]\n");
  for (size_t length = 190; length < 220; length++) {
    for (int newline = 0; newline < 2; newline++) {
      char text[256] = {0};
      memset(text, 'x', start + length);
      memcpy(text, head, strlen(head));
      if (newline) text[start + length] = '\n';
      const enum vordec_status status = read_text(rig, text);
      if (length <= 198) check_ok(status, &rig->error);
      if (length > 199) assert_int_equal(status, VORDEC_E_CONFIG);
      if (status == VORDEC_OK) {
        assert_int_equal(strlen(vordec_config_get(rig->config, "metrics", "json")), length - strlen("json = "));
      } else {
        check_line_holds(rig->error.message, "test.ini:2: the line is too long (198 characters at most)");
      }
    }
  }
}

static void bytes_that_are_no_text(void **state) {
  struct rig *rig = *state;
  static const char text[] = "[mask]\ntau = 0.5\nsmooth_width = 1\0001\n";
  files_write(rig->path, text, sizeof text - 1);
  check_fails(vordec_config_read(rig->config, rig->path, &rig->error), &rig->error, VORDEC_E_CONFIG,
              "test.ini:3: a NUL byte");
  files_write(rig->path, "", 1);
  check_fails(vordec_config_read(rig->config, rig->path, &rig->error), &rig->error, VORDEC_E_CONFIG,
              "test.ini:1: a NUL byte");
}

static void files_that_cannot_be_read(void **state) {
  struct rig *rig = *state;
  char missing[FILES_PATH_MAX];
  files_join(missing, rig->folder, "missing.ini");
  check_fails(vordec_config_read(rig->config, missing, &rig->error), &rig->error, VORDEC_E_IO,
              "missing.ini: No such file or directory");
  check_fails(vordec_config_read(rig->config, rig->folder, &rig->error), &rig->error, VORDEC_E_IO, "Is a directory");
  check_fails(vordec_config_read(rig->config, "", &rig->error), &rig->error, VORDEC_E_IO, "No such file");
  assert_string_equal(vordec_config_get(rig->config, "mask", "tau"), "auto");
}

/* A relative plugin folder counts from the file, wherever the host runs. */
static void plugin_folder_beside_the_file(void **state) {
  struct rig *rig = *state;
  char expected[FILES_PATH_MAX], before[FILES_PATH_MAX], inner[FILES_PATH_MAX];
  files_join(expected, rig->folder, "plugins here");
  check_ok(read_text(rig, "[plugins]\npath = plugins here\n"), &rig->error);
  assert_string_equal(vordec_config_get(rig->config, "plugins", "path"), expected);
  check_ok(read_text(rig, "[plugins]\npath = /absolute\n"), &rig->error);
  assert_string_equal(vordec_config_get(rig->config, "plugins", "path"), "/absolute");
  check_ok(read_text(rig, "[plugins]\npath =\n"), &rig->error);
  assert_string_equal(vordec_config_get(rig->config, "plugins", "path"), "");

  /* the file itself named relative to the current folder */
  assert_non_null(getcwd(before, sizeof before));
  files_join(inner, rig->folder, "inner");
  assert_int_equal(mkdir(inner, 0700), 0);
  files_join(inner, rig->folder, "inner/c.ini");
  files_write(inner, "[plugins]\npath = p\n", 19);
  assert_int_equal(chdir(rig->folder), 0);
  const enum vordec_status status = vordec_config_read(rig->config, "inner/c.ini", &rig->error);
  assert_int_equal(chdir(before), 0);
  check_ok(status, &rig->error);
  assert_string_equal(vordec_config_get(rig->config, "plugins", "path"), "inner/p");
  /* by API or option, a path is as given */
  check_ok(vordec_config_set(rig->config, "plugins", "path", "q", VORDEC_FROM_COMMAND_LINE, "--x", &rig->error),
           &rig->error);
  assert_string_equal(vordec_config_get(rig->config, "plugins", "path"), "q");
}

/* A file does not undo the command line, and a second file overrides the first. */
static void files_and_other_origins(void **state) {
  struct rig *rig = *state;
  check_ok(vordec_config_set(rig->config, "mask", "tau", "0.9", VORDEC_FROM_COMMAND_LINE, "--mask-tau", &rig->error),
           &rig->error);
  check_ok(vordec_config_set(rig->config, "mask", "smooth_width", "3", VORDEC_FROM_STATE, "s", &rig->error),
           &rig->error);
  check_ok(read_text(rig, "[mask]\ntau = 0.5\nsmooth_width = 5\n"), &rig->error);
  assert_string_equal(vordec_config_where(rig->config, "mask", "tau"), "--mask-tau");
  check_value(rig, "mask", "smooth_width", "5", 3);
  check_ok(read_text(rig, "\n[mask]\n\nsmooth_width = 9\n"), &rig->error);
  check_value(rig, "mask", "smooth_width", "9", 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(defaults),
      TEST(well_formed),
      TEST(encodings),
      TEST(every_mistake_has_its_line),
      TEST(longest_line),
      TEST(bytes_that_are_no_text),
      TEST(files_that_cannot_be_read),
      TEST(plugin_folder_beside_the_file),
      TEST(files_and_other_origins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
