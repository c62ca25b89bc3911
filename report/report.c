/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "animation_module.h"
#include "io/outfile.h"
#include "report_page.h"
#include "run_bytes.h"
#include "saved_fields.h"

static enum vordec_status find_animation(const struct finished_run *run, struct animation_bytes *animation,
                                         struct vordec_error *error) {
  if (run->state[RUN_ANIMATION] != RUN_FILE_READ) return saved_fields_animate(run->request, animation, error);
  char *path = finished_run_path(run->request, run_file_name(RUN_ANIMATION));
  if (!path) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  const enum vordec_status status = run_bytes_read(path, &animation->bytes, &animation->count, error);
  free(path);
  return status;
}

bool report_can_animate(struct vordec_error *error) {
  const struct animation_format *format = NULL;
  return animation_module_load(&format, error) == VORDEC_OK;
}

static enum vordec_status write_page(const struct report_request *request, const struct section_source *source,
                                     struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(request->path, &file, error);
  if (!status) status = report_page_put(outfile_stream(file), source, error);
  if (!status) status = outfile_commit(file, error);
  outfile_destroy(file);
  return status;
}

enum vordec_status report_write(const struct report_request *request, struct vordec_error *error) {
  struct finished_run run = {.request = NULL};
  struct animation_bytes animation = {0};
  struct vordec_error no_animation = {0};
  enum vordec_status status = finished_run_read(&request->run, &run, error);
  if (!status) {
    const enum vordec_status found = find_animation(&run, &animation, &no_animation);
    if (found && (request->animate || found == VORDEC_E_NO_MEMORY)) {
      *error = no_animation;
      status = found;
    }
  }
  if (!status && request->animate) status = animation_save(&animation, request->animate, error);
  if (!status && request->path) {
    const struct section_source source = {&run, request->defaults, &animation, no_animation.message};
    status = write_page(request, &source, error);
  }
  free(animation.bytes);
  finished_run_release(&run);
  return status;
}
