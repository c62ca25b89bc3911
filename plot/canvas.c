/* SPDX-License-Identifier: MIT */
#include "canvas.h"

#include <cairo-svg.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <vordec/error.h>

#include "core/base/utf8.h"

#define FONT "DejaVu Sans"
#define TEXT_MAX 512
#define ROUNDED 0.99 /* widths of letters are not quite proportional to their size */

#if defined(__SANITIZE_ADDRESS__)
#define HAS_LEAK_CHECK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECK 1
#endif
#endif

#ifdef HAS_LEAK_CHECK
/* fontconfig reaches parts of its cached patterns by offset instead of by pointer, which the leak checker takes for a
 * leak. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void) {
  return "leak:libfontconfig";
}

const char *__lsan_default_options(void) {
  return "print_suppressions=0";
}
#endif

static const struct rgb ink = {38, 38, 38};

/* White, with the font. The surface is the context's from here on. */
static cairo_t *prepare(cairo_surface_t *surface) {
  cairo_t *cr = cairo_create(surface);
  cairo_surface_destroy(surface); /* cr holds it */
  if (cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
    cairo_destroy(cr);
    return NULL;
  }
  cairo_set_source_rgb(cr, 1.0, 1.0, 1.0);
  cairo_paint(cr);
  cairo_select_font_face(cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_font_options_t *options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  const bool made = cairo_font_options_status(options) == CAIRO_STATUS_SUCCESS;
  cairo_set_font_options(cr, options);
  cairo_font_options_destroy(options);
  if (!made) {
    cairo_destroy(cr);
    return NULL;
  }
  cairo_set_line_width(cr, 1.0);
  return cr;
}

cairo_t *canvas_create(int width, int height) {
  return prepare(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
}

static cairo_status_t write_svg(void *closure, const unsigned char *data, unsigned int length) {
  return fwrite(data, 1, length, closure) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

cairo_t *canvas_create_svg(FILE *stream, int width, int height) {
  return prepare(cairo_svg_surface_create_for_stream(write_svg, stream, width, height));
}

/* cairo stops drawing for good at bytes that are not UTF-8, and names of devices come from anywhere. */
static void clean_text(const char *text, char clean[TEXT_MAX]) {
  size_t used = 0;
  while (*text && used + 4 < TEXT_MAX) {
    const size_t length = utf8_length(text);
    if (length && !iscntrl((unsigned char)*text))
      memcpy(clean + used, text, length);
    else
      clean[used] = '?';
    used += length ? length : 1;
    text += length ? length : 1;
  }
  clean[used] = '\0';
}

/* ---- without a font: cairo's own has the letters of ASCII alone */

static bool has_font(cairo_t *cr) {
  return cairo_scaled_font_get_type(cairo_get_scaled_font(cr)) != CAIRO_FONT_TYPE_USER;
}

/* How the one character at text is written then. */
static const char *spelling(const char *text, size_t length) {
  static const char *const words[][2] = {
      {"\u2212", "-"},  {"\u00d7", "x"},  {"\u2026", "..."}, {"\u00bd", "1/2"}, {"\u03c9", "omega"}, {"\u03c0", "pi"},
      {"\u207b", "^-"}, {"\u2070", "^0"}, {"\u00b9", "^1"},  {"\u00b2", "^2"},  {"\u00b3", "^3"},    {"\u2074", "^4"},
      {"\u2075", "^5"}, {"\u2076", "^6"}, {"\u2077", "^7"},  {"\u2078", "^8"},  {"\u2079", "^9"},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
    if (strlen(words[i][0]) == length && memcmp(words[i][0], text, length) == 0) return words[i][1];
  }
  return "?";
}

static void spell_out(char clean[TEXT_MAX]) {
  char spelt[TEXT_MAX] = "";
  bool raised = false; /* the character before was: one ^ is enough */
  size_t used = 0;
  for (const char *at = clean; *at;) {
    const size_t length = utf8_length(at);
    const char *word = length > 1 ? spelling(at, length) : (const char[]){*at, '\0'};
    const bool raises = length > 1 && word[0] == '^';
    if (raises && raised) ++word;
    const int wrote = snprintf(spelt + used, sizeof spelt - used, "%s", word);
    if (wrote < 0 || (size_t)wrote >= sizeof spelt - used) break;
    used += (size_t)wrote;
    raised = raises;
    at += length ? length : 1;
  }
  memcpy(clean, spelt, sizeof spelt);
}

/* What is drawn for a text. */
static void drawn_text(cairo_t *cr, const char *text, char drawn[TEXT_MAX]) {
  clean_text(text, drawn);
  if (!has_font(cr)) spell_out(drawn);
}

static double clean_width(cairo_t *cr, double size, const char *clean) {
  cairo_text_extents_t extents;
  cairo_set_font_size(cr, size);
  cairo_text_extents(cr, clean, &extents);
  return extents.x_advance;
}

static double draw_text(cairo_t *cr, double x, double y, enum canvas_align align, double size, const char *clean) {
  const double width = clean_width(cr, size, clean);
  canvas_color(cr, ink);
  cairo_move_to(cr, x - 0.5 * width * align, y);
  cairo_show_text(cr, clean);
  cairo_new_path(cr);
  return width;
}

double canvas_text(cairo_t *cr, double x, double y, enum canvas_align align, double size, const char *text) {
  char clean[TEXT_MAX] = "";
  drawn_text(cr, text, clean);
  return draw_text(cr, x, y, align, size, clean);
}

double canvas_text_width(cairo_t *cr, double size, const char *text) {
  char clean[TEXT_MAX] = "";
  drawn_text(cr, text, clean);
  return clean_width(cr, size, clean);
}

void canvas_text_fit(cairo_t *cr, double x, double y, struct canvas_style style, const char *text) {
  char clean[TEXT_MAX + 4] = "";
  const char *dots = has_font(cr) ? "\u2026" : "...";
  drawn_text(cr, text, clean);
  const double wide = clean_width(cr, style.size, clean);
  if (wide > style.max_width) style.size = fmax(ROUNDED * style.size * style.max_width / wide, TEXT_LEAST);
  size_t length = strlen(clean);
  while (length > 0 && clean_width(cr, style.size, clean) > style.max_width) {
    do --length;
    while (length > 0 && ((unsigned char)clean[length] & 0xc0) == 0x80);
    memcpy(clean + length, dots, strlen(dots) + 1);
  }
  draw_text(cr, x, y, style.align, style.size, clean);
}

void canvas_text_up(cairo_t *cr, double x, double y, double size, double max_width, const char *text) {
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_rotate(cr, -M_PI / 2.0);
  canvas_text_fit(cr, 0.0, 0.0, (struct canvas_style){ALIGN_CENTER, size, max_width}, text);
  cairo_restore(cr);
}

void canvas_color(cairo_t *cr, struct rgb color) {
  cairo_set_source_rgb(cr, color.r / 255.0, color.g / 255.0, color.b / 255.0);
}

void canvas_line(cairo_t *cr, double x0, double y0, double x1, double y1) {
  canvas_color(cr, ink);
  cairo_move_to(cr, floor(x0) + 0.5, floor(y0) + 0.5);
  cairo_line_to(cr, floor(x1) + 0.5, floor(y1) + 0.5);
  cairo_stroke(cr);
}

void canvas_frame(cairo_t *cr, double x, double y, double width, double height) {
  canvas_color(cr, ink);
  cairo_rectangle(cr, x - 0.5, y - 0.5, width + 1.0, height + 1.0);
  cairo_stroke(cr);
}

struct png_sink {
  FILE *stream;
  int cause; /* errno of the write that failed */
};

static cairo_status_t write_stream(void *closure, const unsigned char *data, unsigned int length) {
  struct png_sink *sink = closure;
  if (fwrite(data, 1, length, sink->stream) == length) return CAIRO_STATUS_SUCCESS;
  sink->cause = errno;
  return CAIRO_STATUS_WRITE_ERROR;
}

enum vordec_status canvas_write_png(cairo_t *cr, struct outfile *file, struct vordec_error *error) {
  struct png_sink sink = {outfile_stream(file), 0};
  cairo_status_t status = cairo_status(cr);
  if (status == CAIRO_STATUS_SUCCESS) {
    cairo_surface_flush(cairo_get_target(cr));
    status = cairo_surface_write_to_png_stream(cairo_get_target(cr), write_stream, &sink);
  }
  if (status == CAIRO_STATUS_SUCCESS) return VORDEC_OK;
  if (sink.cause) {
    return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "%s: cannot write: %s", outfile_path(file),
                       strerror(sink.cause));
  }
  /* libpng does not tell cairo why it failed. What it wrote went through; what is left to fail is memory. */
  const bool in_libpng = status == CAIRO_STATUS_PNG_ERROR;
  return vordec_fail(error, in_libpng || status == CAIRO_STATUS_NO_MEMORY ? VORDEC_E_NO_MEMORY : VORDEC_E_FAILED,
                     VORDEC_REASON_NONE, "%s: cannot draw: %s%s", outfile_path(file), cairo_status_to_string(status),
                     in_libpng ? " (out of memory)" : "");
}

enum vordec_status canvas_finish_svg(cairo_t *cr, const char *what, struct vordec_error *error) {
  cairo_surface_t *surface = cairo_get_target(cr);
  cairo_status_t status = cairo_status(cr);
  cairo_surface_finish(surface);
  if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface);
  if (status == CAIRO_STATUS_SUCCESS) return VORDEC_OK;
  return vordec_fail(error, status == CAIRO_STATUS_NO_MEMORY ? VORDEC_E_NO_MEMORY : VORDEC_E_FAILED, 0,
                     "%s: cannot draw: %s", what, cairo_status_to_string(status));
}

bool canvas_read_pixels(cairo_t *cr, uint32_t *pixels) {
  cairo_surface_t *surface = cairo_get_target(cr);
  if (cairo_status(cr) != CAIRO_STATUS_SUCCESS) return false;
  cairo_surface_flush(surface);
  const unsigned char *bytes = cairo_image_surface_get_data(surface);
  const size_t width = (size_t)cairo_image_surface_get_width(surface);
  const size_t height = (size_t)cairo_image_surface_get_height(surface);
  const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
  for (size_t y = 0; y < height; ++y) {
    memcpy(pixels + y * width, bytes + y * stride, width * sizeof *pixels);
    for (size_t x = 0; x < width; ++x) pixels[y * width + x] |= 0xff000000U; /* the byte that cairo does not use */
  }
  return true;
}
