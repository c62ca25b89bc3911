/*
 * check.h - what a check is, and what it works with. A check runs in a child process; it passes unless it says
 * otherwise.
 */
#ifndef VORDEC_KIT_CHECK_H
#define VORDEC_KIT_CHECK_H

#include <vordec/backend.h>

#include "fence.h"
#include "host.h"
#include "kit.h"

/* What children and parent share; all else that a child does is lost with it. */
struct kit_shared {
  size_t current; /* the check that runs now */
  size_t steps;   /* plans, decodes and the like that came to an end: a check that takes many is no check that hangs */
  bool finished;  /* the child came to its end by itself */
  struct fence_fault fault;
  char name[64];               /* NAME of decode_NAME.so */
  struct vordec_device device; /* under test, once it is chosen; struct_size 0 until then */
  char digest[33];             /* of a decode in an earlier child */
  size_t printed;              /* bytes that children wrote to standard output */
  size_t complained;           /* .. and to standard error */
  char complaint[160];         /* the first line of that */
  struct kit_finding findings[];
};

struct kit {
  const struct kit_options *options;
  struct kit_shared *shared;
  struct host host; /* what is lent to the plugin */
  void *library;
  const struct vordec_backend *backend; /* the slots within the plugin's struct_size; NULL until plugin_load() */
  struct vordec_session *session;       /* this child's, see plugin_session() */
  unsigned decodes;                     /* so far; alternates where buffers lie */
};

struct check {
  const char *group, *name, *what;
  void (*run)(struct kit *kit);
  bool essential; /* if it does not pass, what follows is skipped */
};

extern const struct check checks[];
extern const size_t check_count;

/* Records why the check falls short; the first reason stays. */
__attribute__((format(printf, 2, 3))) void kit_short(struct kit *kit, const char *format, ...);
/* Records that the check cannot be made, and why; does not undo a shortfall. */
__attribute__((format(printf, 2, 3))) void kit_skip(struct kit *kit, const char *format, ...);
/* What is worth knowing of a check that passed. */
__attribute__((format(printf, 2, 3))) void kit_note(struct kit *kit, const char *format, ...);
/* Another plan or decode came to its end: the time limit starts again. */
void kit_step(struct kit *kit);
bool kit_fell_short(const struct kit *kit);

#endif
