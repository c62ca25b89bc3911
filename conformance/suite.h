/* SPDX-License-Identifier: MIT */
/*
 * suite.h - what a check is, and what it works with. A check runs in a child process; it passes unless it says
 * otherwise.
 */
#ifndef VORDEC_CONFORMANCE_SUITE_H
#define VORDEC_CONFORMANCE_SUITE_H

#include <vordec/backend.h>

#include "counting_host.h"
#include "finding.h"
#include "guarded.h"

/* What children and parent share; all else that a child does is lost with it. */
struct suite_shared {
  size_t current; /* the check that runs now */
  size_t steps;   /* plans, decodes and the like that came to an end: a check that takes many is no check that hangs */
  bool finished;  /* the child came to its end by itself */
  struct guard_fault fault;
  char name[64];               /* NAME of decode_NAME.so */
  struct vordec_device device; /* under test, once it is chosen; struct_size 0 until then */
  char digest[33];             /* of a decode in an earlier child */
  size_t printed;              /* bytes that children wrote to standard output */
  size_t complained;           /* .. and to standard error */
  char complaint[160];         /* the first line of that */
  struct conformance_finding findings[];
};

struct suite {
  const struct conformance_options *options;
  struct suite_shared *shared;
  struct counting_host host; /* what is lent to the plugin */
  void *library;
  const struct vordec_backend *backend; /* the slots within the plugin's struct_size; NULL until plugin_load() */
  struct vordec_session *session;       /* this child's, see plugin_session() */
  unsigned decodes;                     /* so far; alternates where buffers lie */
};

struct check {
  const char *group, *name, *what;
  void (*run)(struct suite *suite);
  bool essential; /* if it does not pass, what follows is skipped */
};

/* The suite's, in checks.c; a program that defines a table of its own has these checked instead. */
extern const struct check checks[];
extern const size_t check_count;

/* Records why the check falls short; the first reason stays. */
__attribute__((format(printf, 2, 3))) void suite_short(struct suite *suite, const char *format, ...);
/* Records that the check cannot be made, and why; does not undo a shortfall. */
__attribute__((format(printf, 2, 3))) void suite_skip(struct suite *suite, const char *format, ...);
/* What is worth knowing of a check that passed. */
__attribute__((format(printf, 2, 3))) void suite_note(struct suite *suite, const char *format, ...);
/* Another plan or decode came to its end: the time limit starts again. */
void suite_step(struct suite *suite);
bool suite_fell_short(const struct suite *suite);

#endif
