/* SPDX-License-Identifier: MIT */
/*
 * canvas.h - a cairo image with the few things that figures draw on it: text, lines, boxes; and how it becomes a PNG or
 * an SVG.
 *
 * Coordinates are pixels, x to the right, y down. cairo keeps the first error in the context, so drawing needs no
 * checks; canvas_write_png() reports it.
 */
#ifndef VORDEC_PLOT_CANVAS_H
#define VORDEC_PLOT_CANVAS_H

#include <cairo.h>
#include <stdio.h>
#include <vordec/types.h>

#include "colormap.h"
#include "io/outfile.h"

enum canvas_align { ALIGN_LEFT = 0, ALIGN_CENTER, ALIGN_RIGHT };

#define TEXT_SMALL 13.0 /* font sizes in pixels */
#define TEXT_LABEL 14.0
#define TEXT_TITLE 16.0
#define TEXT_LEAST 10.0

/* A white image; *cr is to be destroyed with cairo_destroy(). NULL: out of memory, or too large for cairo. */
cairo_t *canvas_create(int width, int height);

/* The same as SVG, which goes to the stream until the context is destroyed: failed writes show in the stream. Text
 * becomes outlines, so that it looks alike everywhere. */
cairo_t *canvas_create_svg(FILE *stream, int width, int height);

/* Text with its baseline at y. Bytes that are not UTF-8 are drawn as '?'. Returns its width. */
double canvas_text(cairo_t *cr, double x, double y, enum canvas_align align, double size, const char *text);

struct canvas_style {
  enum canvas_align align;
  double size, max_width; /* pixels */
};

/* The same in at most max_width pixels: first in a smaller size, then with its end cut off. */
void canvas_text_fit(cairo_t *cr, double x, double y, struct canvas_style style, const char *text);

/* Upward text centred on y with its baseline at x. */
void canvas_text_up(cairo_t *cr, double x, double y, double size, double max_width, const char *text);

double canvas_text_width(cairo_t *cr, double size, const char *text);

void canvas_color(cairo_t *cr, struct rgb color);

/* A line of one pixel, horizontal or vertical, on whole pixels. */
void canvas_line(cairo_t *cr, double x0, double y0, double x1, double y1);

/* The outline of a box, one pixel wide, just outside it. */
void canvas_frame(cairo_t *cr, double x, double y, double width, double height);

/* Writes the image to the outfile's stream, without commit. E_IO, E_NO_MEMORY: also for whatever went wrong while
 * drawing. */
enum vordec_status canvas_write_png(cairo_t *cr, struct outfile *file, struct vordec_error *error);

/* Finishes an SVG. what: of the message. E_NO_MEMORY, E_FAILED: what went wrong while drawing or writing. */
enum vordec_status canvas_finish_svg(cairo_t *cr, const char *what, struct vordec_error *error);

/* Copies an image: width x height values 0xffRRGGBB, row by row from the top. False: drawing has failed. */
bool canvas_read_pixels(cairo_t *cr, uint32_t *pixels);

#endif
