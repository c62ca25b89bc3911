/* SPDX-License-Identifier: MIT */
/*
 * animation_format.h - what animation_webp.so does, which is loaded when an animation is made: neither libvordec nor
 * the command links its libraries.
 */
#ifndef VORDEC_REPORT_ANIMATION_FORMAT_H
#define VORDEC_REPORT_ANIMATION_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct animation_frame {
  size_t width, height;
  const uint32_t *argb; /* width x height values 0xAARRGGBB, row by row from the top */
  int shown_at_ms;      /* since the beginning of the animation */
};

/* One thread at a time per encoder. Failures are told by NULL and false, and by why(). */
struct animation_format {
  /* For frames of one size. It repeats without end. */
  void *(*create)(size_t width, size_t height);
  bool (*add)(void *encoder, const struct animation_frame *frame);
  /* The file; to be freed with free(). The last frame ends at end_ms. */
  bool (*finish)(void *encoder, int end_ms, unsigned char **bytes, size_t *count);
  const char *(*why)(void *encoder);
  void (*destroy)(void *encoder); /* accepts NULL */
};

/* What the module exports: its functions, or NULL where it was built for another version. */
typedef const struct animation_format *(*animation_entry)(const char *version);
#define ANIMATION_ENTRY "vordec_animation_entry"

#endif
