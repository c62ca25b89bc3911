/* SPDX-License-Identifier: MIT */
#include "animation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "animation_module.h"
#include "io/outfile.h"
#include "plot/plot_triptych.h"

#define PANEL_SIZE 320
#define WHOLE_MS 8000 /* of all frames, as long as none is shorter or longer than these */
#define FRAME_MIN_MS 120
#define FRAME_MAX_MS 800

struct animation {
  struct animation_subject subject;
  const struct animation_format *format;
  void *encoder; /* NULL before the first frame */
  size_t every;  /* of so many snapshots one is shown */
  size_t seen, frames;
  int frame_ms;
};

enum vordec_status animation_create(const struct animation_subject *subject, struct animation **animation,
                                    struct vordec_error *error) {
  const struct animation_format *format = NULL;
  *animation = NULL;
  enum vordec_status status = animation_module_load(&format, error);
  if (status) return status;
  struct animation *made = calloc(1, sizeof *made);
  if (!made) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", subject->path);
  }
  made->subject = *subject;
  made->format = format;
  made->every = (subject->snapshots + ANIMATION_FRAMES - 1) / ANIMATION_FRAMES;
  if (made->every == 0) made->every = 1;
  const size_t shown = subject->snapshots / made->every + 1;
  made->frame_ms = (int)(WHOLE_MS / shown);
  if (made->frame_ms < FRAME_MIN_MS) made->frame_ms = FRAME_MIN_MS;
  if (made->frame_ms > FRAME_MAX_MS) made->frame_ms = FRAME_MAX_MS;
  *animation = made;
  return VORDEC_OK;
}

void animation_title(double step, double dt, double train, char title[ANIMATION_TITLE_MAX]) {
  const char *kind = isnan(train) ? "" : train > 0.0 ? ": training" : ": a forecast";
  if (isnan(dt)) {
    snprintf(title, ANIMATION_TITLE_MAX, "step %.0f%s", step, kind);
  } else {
    snprintf(title, ANIMATION_TITLE_MAX, "step %.0f, t = %.6g%s", step, step * dt, kind);
  }
}

static enum vordec_status fail(const struct animation *animation, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot make the animation: %s", animation->subject.path,
                     animation->format->why(animation->encoder));
}

static enum vordec_status pack(struct animation *animation, const struct plot_pixels *pixels,
                               struct vordec_error *error) {
  const struct animation_format *format = animation->format;
  if (!animation->encoder) animation->encoder = format->create(pixels->width, pixels->height);
  if (!animation->encoder) return fail(animation, error);
  const struct animation_frame frame = {pixels->width, pixels->height, pixels->argb,
                                        (int)animation->frames * animation->frame_ms};
  if (!format->add(animation->encoder, &frame)) return fail(animation, error);
  animation->frames++;
  return VORDEC_OK;
}

/* The last snapshot is shown whatever it is. */
static bool is_shown(const struct animation *animation, size_t index) {
  return index % animation->every == 0 || index + 1 == animation->subject.snapshots;
}

enum vordec_status animation_add(struct animation *animation, const struct animation_fields *fields,
                                 struct vordec_error *error) {
  struct animation_subject *subject = &animation->subject;
  if (!is_shown(animation, animation->seen++)) return VORDEC_OK;
  if (!(subject->limit > 0.0)) {
    subject->limit = figure_absmax(fields->truth ? fields->truth : fields->decoded, VORDEC_FP64, subject->n);
  }
  const struct plot_triptych triptych = {.title = fields->title,
                                         .n = subject->n,
                                         .box = subject->box,
                                         .limit = subject->limit,
                                         .truth = fields->truth,
                                         .decoded = fields->decoded,
                                         .panel_size = PANEL_SIZE};
  struct plot_pixels pixels;
  enum vordec_status status = plot_triptych_pixels(subject->path, &triptych, &pixels, error);
  if (!status) status = pack(animation, &pixels, error);
  free(pixels.argb);
  return status;
}

enum vordec_status animation_finish(struct animation *animation, struct animation_bytes *bytes,
                                    struct vordec_error *error) {
  const int end_ms = (int)animation->frames * animation->frame_ms;
  *bytes = (struct animation_bytes){0};
  if (!animation->frames) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: there is no field to be shown", animation->subject.path);
  }
  if (animation->format->finish(animation->encoder, end_ms, &bytes->bytes, &bytes->count)) return VORDEC_OK;
  return fail(animation, error);
}

enum vordec_status animation_save(const struct animation_bytes *bytes, const char *path, struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(path, &file, error);
  if (!status) {
    fwrite(bytes->bytes, 1, bytes->count, outfile_stream(file));
    status = outfile_commit(file, error);
  }
  outfile_destroy(file);
  return status;
}

void animation_destroy(struct animation *animation) {
  if (!animation) return;
  animation->format->destroy(animation->encoder);
  free(animation);
}
