/* SPDX-License-Identifier: MIT */
/* vordec report: a finished run of snapshots as one page of HTML, and its animation as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "command.h"
#include "paths.h"
#include "report/report.h"
#include "report/saved_fields.h"
#include "setting_defaults.h"

struct page_request {
  const char *prefix, *out, *animate;
};

static const struct option_spec options[] = {
    {"prefix", "WORD", "the beginning of the names of the run's files",
     .remark = ". Default: that of the only run in the folder", TO_WORD(struct page_request, prefix)},
    {"out", "FILE.html", "where the report goes. Default: RUN/PREFIX_report.html", .ending = "html",
     TO_OUTPUT(struct page_request, out)},
    {"animate", "FILE.webp",
     "also write the animation of truth, forecast and error as an animated WebP; the run must have been made with "
     "--report or --save-decoded",
     .ending = "webp", TO_OUTPUT(struct page_request, animate)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* Both are named: to be freed by the caller. */
static enum vordec_status name_run(const struct page_request *asked, const char *folder, char **prefix, char **path,
                                   struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (!asked->prefix) status = finished_run_find_prefix(folder, prefix, error);
  if (status) return status;
  const struct finished_run_request run = {.folder = folder, .prefix = asked->prefix ? asked->prefix : *prefix};
  *path = finished_run_path(&run, "report.html");
  return *path ? VORDEC_OK : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

/* What the page and the animation are made of is not to be written over by them. */
static enum vordec_status check_outputs(const struct page_request *asked, const struct finished_run_request *run,
                                        const char *page, struct vordec_error *error) {
  enum { TEXTS = RUN_PICTURES, READ = TEXTS + SAVED_FIELDS_FILES, ALL = READ + 2 };
  struct named_path paths[ALL] = {[READ] = {"--out", page, true}, [READ + 1] = {"--animate", asked->animate, true}};
  char *owned[READ] = {NULL};
  bool room = true;
  for (int i = 0; i < READ; i++) {
    const char *name = i < TEXTS ? run_file_name((enum run_file)i) : saved_fields_files[i - TEXTS];
    owned[i] = finished_run_path(run, name);
    paths[i] = (struct named_path){name, owned[i], false};
    room = room && owned[i];
  }
  const enum vordec_status status =
      room ? paths_check(paths, ALL, error)
           : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  for (int i = 0; i < READ; i++) free(owned[i]);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  const struct page_request *asked = request;
  struct vordec_error error = {0};
  char *prefix = NULL, *path = NULL;
  cJSON *defaults = NULL;
  enum vordec_status status = VORDEC_OK;
  if (!invocation->operand) {
    status = vordec_fail(&error, VORDEC_E_USAGE, 0, "report: the folder of a run is needed: vordec report RUN");
  }
  if (!status) status = name_run(asked, invocation->operand, &prefix, &path, &error);
  if (!status) status = setting_defaults_make(&defaults, &error);
  if (!status) {
    const struct report_request page = {
        .run = {.folder = invocation->operand, .prefix = asked->prefix ? asked->prefix : prefix},
        .path = asked->out ? asked->out : path,
        .animate = asked->animate,
        .defaults = defaults};
    status = check_outputs(asked, &page.run, page.path, &error);
    if (!status) status = report_write(&page, &error);
    if (!status) fprintf(stderr, "report         %s\n", page.path);
    if (!status && page.animate) fprintf(stderr, "animation      %s\n", page.animate);
  }
  cJSON_Delete(defaults);
  free(prefix);
  free(path);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_report = {
    .name = "report",
    .summary = "make one HTML page of a finished run of snapshots",
    .synopsis = "RUN [--prefix WORD] [--out FILE.html] [--animate FILE.webp]",
    .details = "RUN is the folder that 'vordec snapshots --out-dir RUN' has filled. The page says\n"
               "what did the work and what the evidence is, which settings differ from the defaults,\n"
               "and how far the snapshots are from the truth, next to the baselines. It shows the\n"
               "curves, the pictures and an animation. It refers to no other file, so it can be sent\n"
               "as it is. If the folder lacks something, the page says what.",
    .examples = "vordec report run\n"
                "vordec report run --out run.html --animate run.webp\n",
    COMMAND_OPTIONS(groups, struct page_request),
    .operand = "RUN",
    .run = run,
};
