/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const soak_subject_names[SOAK_SUBJECTS] = {"decodes",  "decoders", "runtimes",
                                                       "rollouts", "encodes",  "encoders"};

static const char help[] =
    "soak [OPTION]..: does the same thing for a long time, in memory that must not grow and with results that must "
    "not\n"
    "change. Prints one JSON object on stdout; exits with 0 if both hold, 1 if not, 2 on bad usage.\n"
    "  --what decodes|decoders|runtimes|rollouts|encodes|encoders   what is repeated: a decode; making a decoder, a\n"
    "                  decode, destroying it; the same with a runtime of its own; making a rollout, steps, a decode "
    "in\n"
    "                  place, destroying it; encoding a field; making an encoder, two of these, destroying it\n"
    "  --count COUNT   how often, after the warm-up (default 1000)\n"
    "  --warm-up COUNT how often before memory is first looked at (default: a tenth, at most 1000, at least 20)\n"
    "  --backend NAME --device DEVICE --fft NAME --precision fp32|fp64   as in [decode]\n"
    "  --software      allow a software device\n"
    "  --n N           side of the grid (default 32)\n"
    "  --batch B       states in a decode (default 1)\n"
    "  --depth 1|2     decodes under way at once, where the backend can (default 1)\n"
    "  --max-pages P   growth of the resident set that passes, in pages (default 64); -1: any\n"
    "  --max-heap B    growth of the heap that passes, in bytes (default 65536); -1: any\n"
    "  --progress S    a line on stderr every S seconds (default 0: none)\n";

static bool read_number(const char *name, const char *text, long min, long max, long *value) {
  char *end = NULL;
  errno = 0;
  *value = strtol(text, &end, 10);
  if (end != text && *end == '\0' && errno == 0 && *value >= min && *value <= max) return true;
  fprintf(stderr, "soak: --%s: '%s' is not a whole number from %ld to %ld\n", name, text, min, max);
  return false;
}

static bool read_subject(const char *text, enum soak_subject *subject) {
  for (int i = 0; i < SOAK_SUBJECTS; i++) {
    *subject = (enum soak_subject)i;
    if (strcmp(text, soak_subject_names[i]) == 0) return true;
  }
  fprintf(stderr, "soak: --what: '%s' is none of decodes, decoders, runtimes, rollouts, encodes, encoders\n", text);
  return false;
}

static size_t usual_warm_up(size_t count) {
  const size_t tenth = count / 10;
  return tenth < 20 ? 20 : tenth > 1000 ? 1000 : tenth;
}

bool options_read(int argc, char **argv, struct options *options) {
  enum {
    WHAT,
    COUNT,
    WARM_UP,
    BACKEND,
    DEVICE,
    FFT,
    PRECISION,
    SOFTWARE,
    N,
    BATCH,
    DEPTH,
    PAGES,
    HEAP,
    PROGRESS,
    HELP
  };
  static const struct option list[] = {{"what", 1, NULL, WHAT},
                                       {"count", 1, NULL, COUNT},
                                       {"warm-up", 1, NULL, WARM_UP},
                                       {"backend", 1, NULL, BACKEND},
                                       {"device", 1, NULL, DEVICE},
                                       {"fft", 1, NULL, FFT},
                                       {"precision", 1, NULL, PRECISION},
                                       {"software", 0, NULL, SOFTWARE},
                                       {"n", 1, NULL, N},
                                       {"batch", 1, NULL, BATCH},
                                       {"depth", 1, NULL, DEPTH},
                                       {"max-pages", 1, NULL, PAGES},
                                       {"max-heap", 1, NULL, HEAP},
                                       {"progress", 1, NULL, PROGRESS},
                                       {"help", 0, NULL, HELP},
                                       {NULL, 0, NULL, 0}};
  struct {
    long min, max, value;
  } numbers[HELP + 1] = {[COUNT] = {1, 1000000000, 1000},  [WARM_UP] = {1, 1000000, 0}, [N] = {4, 32768, 32},
                         [BATCH] = {1, 65536, 1},          [DEPTH] = {1, 2, 1},         [PAGES] = {-1, 1000000000, 64},
                         [HEAP] = {-1, 1000000000, 65536}, [PROGRESS] = {0, 86400, 0}};
  *options = (struct options){.subject = SOAK_DECODES};
  for (int code; (code = getopt_long(argc, argv, "", list, NULL)) != -1;) {
    const char **texts[HELP + 1] = {[BACKEND] = &options->backend,
                                    [DEVICE] = &options->device,
                                    [FFT] = &options->fft,
                                    [PRECISION] = &options->precision};
    if (code == HELP || code == '?') {
      fputs(help, stderr);
      return false;
    }
    if (code == SOFTWARE) {
      options->software = true;
    } else if (code == WHAT) {
      if (!read_subject(optarg, &options->subject)) return false;
    } else if (texts[code]) {
      *texts[code] = optarg;
    } else if (!read_number(list[code].name, optarg, numbers[code].min, numbers[code].max, &numbers[code].value)) {
      return false;
    }
  }
  if (optind < argc) {
    fprintf(stderr, "soak: '%s' is no option; see --help\n", argv[optind]);
    return false;
  }
  options->count = (size_t)numbers[COUNT].value;
  options->warm_up = numbers[WARM_UP].value ? (size_t)numbers[WARM_UP].value : usual_warm_up(options->count);
  options->n = (size_t)numbers[N].value;
  options->batch = (size_t)numbers[BATCH].value;
  options->depth = (size_t)numbers[DEPTH].value;
  options->max_pages = numbers[PAGES].value;
  options->max_heap = numbers[HEAP].value;
  options->progress_s = (double)numbers[PROGRESS].value;
  return true;
}
