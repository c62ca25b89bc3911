/* SPDX-License-Identifier: MIT */
/* animation_webp.so: animated WebP by libwebp. */
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "animation_format.h"
#include "vordec_version.h"

#define QUALITY 90.0F /* 0 .. 100: with losses, which nobody sees in a field */
#define EFFORT 2      /* 0 quick .. 6 small: more takes three times as long and saves nothing */

struct webp_encoder {
  WebPAnimEncoder *frames;
  WebPConfig config;
  int width, height;
};

static void destroy(void *encoder) {
  struct webp_encoder *own = encoder;
  if (!own) return;
  WebPAnimEncoderDelete(own->frames);
  free(own);
}

static void *create(size_t width, size_t height) {
  struct webp_encoder *own = calloc(1, sizeof *own);
  WebPAnimEncoderOptions options;
  if (!own) return NULL;
  own->width = (int)width;
  own->height = (int)height;
  if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION || !WebPAnimEncoderOptionsInit(&options) ||
      !WebPConfigInit(&own->config)) {
    destroy(own);
    return NULL;
  }
  own->config.quality = QUALITY;
  own->config.method = EFFORT;
  own->frames = WebPAnimEncoderNew(own->width, own->height, &options);
  if (own->frames) return own;
  destroy(own);
  return NULL;
}

static bool add(void *encoder, const struct animation_frame *frame) {
  struct webp_encoder *own = encoder;
  WebPPicture picture;
  if (frame->width != (size_t)own->width || frame->height != (size_t)own->height || !WebPPictureInit(&picture)) {
    return false;
  }
  picture.width = own->width;
  picture.height = own->height;
  picture.use_argb = 1;
  if (!WebPPictureAlloc(&picture)) return false;
  for (size_t y = 0; y < frame->height; y++) {
    memcpy(picture.argb + y * (size_t)picture.argb_stride, frame->argb + y * frame->width,
           frame->width * sizeof *frame->argb);
  }
  const bool added = WebPAnimEncoderAdd(own->frames, &picture, frame->shown_at_ms, &own->config) != 0;
  WebPPictureFree(&picture);
  return added;
}

static bool finish(void *encoder, int end_ms, unsigned char **bytes, size_t *count) {
  struct webp_encoder *own = encoder;
  WebPData data;
  WebPDataInit(&data);
  if (!WebPAnimEncoderAdd(own->frames, NULL, end_ms, NULL) || !WebPAnimEncoderAssemble(own->frames, &data)) {
    return false;
  }
  *bytes = malloc(data.size + 1);
  if (*bytes) memcpy(*bytes, data.bytes, data.size);
  *count = data.size;
  WebPDataClear(&data);
  return *bytes != NULL;
}

static const char *why(void *encoder) {
  struct webp_encoder *own = encoder;
  const char *text = own ? WebPAnimEncoderGetError(own->frames) : "";
  return text && *text ? text : "out of memory, or frames of different sizes";
}

static const struct animation_format webp = {create, add, finish, why, destroy};

__attribute__((visibility("default"))) const struct animation_format *vordec_animation_entry(const char *version);

const struct animation_format *vordec_animation_entry(const char *version) {
  return strcmp(version, VORDEC_GIT_DESCRIBE) == 0 ? &webp : NULL;
}
