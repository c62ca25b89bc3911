/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"

#define BAR_WIDTH 28
#define REDRAW_S 0.1
#define FIRST_LINE_S 30.0
#define LAST_LINE_S 600.0

/* Seconds to the first line of a log; 0: there are none. */
static double first_pause(void) {
  const char *text = getenv("VORDEC_PROGRESS_SECONDS");
  char *end = NULL;
  const double seconds = text ? strtod(text, &end) : NAN;
  return text && *text && !*end && seconds >= 0.0 ? seconds : FIRST_LINE_S;
}

void progress_start(struct progress *progress, const char *label, size_t total, size_t every) {
  const bool terminal = isatty(STDERR_FILENO);
  *progress =
      (struct progress){.label = label, .total = total, .every = every, .next_line = every, .bar = !every && terminal};
  progress->started = progress->drawn_at = clock_s();
  progress->pause = every || terminal ? 0.0 : first_pause();
  progress->line_at = progress->started + progress->pause;
}

/* "1:02:03", "2:03" */
static void duration_text(double seconds, char *text, size_t size) {
  const unsigned long whole = seconds < 359999.0 ? (unsigned long)(seconds + 0.5) : 359999;
  const unsigned long hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours) {
    snprintf(text, size, "%lu:%02lu:%02lu", hours, minutes, whole % 60);
  } else {
    snprintf(text, size, "%lu:%02lu", minutes, whole % 60);
  }
}

/* Steps a second so far, and the time that the rest will take at that rate. */
static void rate_text(const struct progress *progress, size_t done, double now, char *text, size_t size) {
  const double elapsed = now - progress->started;
  const double rate = elapsed > 0.0 ? (double)done / elapsed : 0.0;
  char left[24] = "?";
  if (rate > 0.0) duration_text((double)(progress->total - done) / rate, left, sizeof left);
  snprintf(text, size, "%.*f/s, %s left", rate < 100.0 ? 1 : 0, rate, left);
}

static void draw_bar(struct progress *progress, size_t done, double now) {
  char bar[BAR_WIDTH + 1], rate[64];
  const size_t full = progress->total ? (size_t)((double)done / (double)progress->total * BAR_WIDTH) : BAR_WIDTH;
  for (size_t i = 0; i < BAR_WIDTH; i++) bar[i] = i < full ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  rate_text(progress, done, now, rate, sizeof rate);
  fprintf(stderr, "\r%-10s [%s] %zu/%zu, %s\033[K", progress->label, bar, done, progress->total, rate);
  fflush(stderr);
  progress->drawn = true;
  progress->drawn_at = now;
}

static void print_line(const struct progress *progress, size_t done, double now) {
  char rate[64];
  rate_text(progress, done, now, rate, sizeof rate);
  fprintf(stderr, "%s: %zu of %zu, %s\n", progress->label, done, progress->total, rate);
}

/* A line of a log, ever more rarely. */
static void log_line(struct progress *progress, size_t done) {
  const double now = clock_s();
  if (now < progress->line_at) return;
  print_line(progress, done, now);
  const double twice = 2.0 * progress->pause;
  if (progress->pause >= FIRST_LINE_S) progress->pause = twice < LAST_LINE_S ? twice : LAST_LINE_S;
  progress->line_at = now + progress->pause;
}

void progress_at(struct progress *progress, size_t done) {
  if (progress->pause > 0.0) log_line(progress, done);
  if (progress->every && done >= progress->next_line) {
    print_line(progress, done, clock_s());
    progress->next_line = (done / progress->every + 1) * progress->every;
  }
  if (!progress->bar) return;
  const double now = clock_s();
  if (now - progress->drawn_at >= REDRAW_S || (done == progress->total && progress->drawn)) {
    draw_bar(progress, done, now);
  }
}

void progress_clear(struct progress *progress) {
  if (!progress->drawn) return;
  fprintf(stderr, "\r\033[K");
  fflush(stderr);
  progress->drawn = false;
}

void progress_end(struct progress *progress) {
  progress_clear(progress);
  *progress = (struct progress){0};
}
