#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "core/base/clock.h"

#define BAR_WIDTH 28
#define REDRAW_S 0.1

void progress_start(struct progress *progress, const char *label, size_t total, size_t every) {
  const bool bar = every == 0 && isatty(STDERR_FILENO);
  *progress = (struct progress){.label = label, .total = total, .every = every, .next_line = every, .bar = bar};
  progress->started = progress->drawn_at = clock_s();
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

void progress_at(struct progress *progress, size_t done) {
  if (progress->every && done >= progress->next_line) {
    char rate[64];
    rate_text(progress, done, clock_s(), rate, sizeof rate);
    fprintf(stderr, "%s: %zu of %zu, %s\n", progress->label, done, progress->total, rate);
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
