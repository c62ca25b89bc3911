/* SPDX-License-Identifier: MIT */
/*
 * An option of a command: one entry in one table. Parsing, --help, manual pages, completions, defaults, the check that
 * no file is written over another and what --resume compares are all made from it.
 */
#ifndef VORDEC_CLI_OPTIONS_OPTION_H
#define VORDEC_CLI_OPTIONS_OPTION_H

#include <stdbool.h>
#include <stddef.h>

/* What the value is, and the field that it goes to. */
enum option_type {
  OPTION_FLAG,        /* there is none; bool */
  OPTION_WORD,        /* any text, or one of `words`; const char * */
  OPTION_INPUT,       /* a file that is read; const char * */
  OPTION_OUTPUT,      /* a file that is written; const char * */
  OPTION_FOLDER,      /* const char * */
  OPTION_COUNT,       /* min .. max; size_t */
  OPTION_REAL,        /* any finite number; double */
  OPTION_NOT_NEGATIVE /* 0 or more; double */
};

/* Whether a run that goes on where another ended has to be given the same. What says nothing is compared. */
enum option_effect {
  OPTION_COMPARED = 0,
  OPTION_HARMLESS, /* results do not depend on it */
  OPTION_TOLD      /* something else that is compared tells of it */
};

struct option_spec {
  const char *name;    /* without the dashes */
  const char *value;   /* what its value is called in the help; NULL: a flag */
  const char *help;    /* NULL: "another name of" the key below */
  const char *initial; /* its default, as text; NULL: 0, false, NULL */
  const char *remark;  /* said in the help behind the default */
  bool required;
  enum option_type type;
  size_t to, given;         /* where its value goes, and a bool: see OPTION_TO(); 0: nowhere */
  size_t min, max;          /* of OPTION_COUNT */
  const char *const *words; /* of OPTION_WORD: all that there are, NULL-terminated; NULL: any will do */
  bool not_empty;           /* of OPTION_WORD: '' is refused here; else whoever takes the word says what is expected */
  const char *bare;         /* of OPTION_OUTPUT: the file where no name follows; NULL: one has to */
  const char *ending;       /* of OPTION_OUTPUT: "png"; NULL: the file's name says in which format it is written */
  const char *section, *key, *set; /* the INI key that it sets, there and then, to `set` or, where that is NULL, to its
                                    * value: of several options that set one key, the last on the command line wins */
  enum option_effect effect;
  bool rare; /* --help leaves it to --help-all */
};

/* A field of the struct that the table fills. A field of another type than the option's does not compile. */
#define OPTION_TO(what, request, field, ctype)                                                                         \
  .type = what, .to = 1 + offsetof(request, field) +                                                                   \
                      0 * sizeof(char[_Generic(((request *)0)->field, ctype : 1, default                               \
                                               : -1)])
#define TO_FLAG(request, field) OPTION_TO(OPTION_FLAG, request, field, bool)
#define TO_WORD(request, field) OPTION_TO(OPTION_WORD, request, field, const char *)
/* TO_WORD() where only some words will do: ONE_OF("auto", "off"). */
#define ONE_OF(...)                                                                                                    \
  .words = (const char *const[]) {                                                                                     \
    __VA_ARGS__, NULL                                                                                                  \
  }
#define TO_INPUT(request, field) OPTION_TO(OPTION_INPUT, request, field, const char *)
#define TO_OUTPUT(request, field) OPTION_TO(OPTION_OUTPUT, request, field, const char *)
#define TO_FOLDER(request, field) OPTION_TO(OPTION_FOLDER, request, field, const char *)
#define TO_COUNT(request, field, least, most)                                                                          \
  OPTION_TO(OPTION_COUNT, request, field, size_t), .min = (least), .max = (most)
#define TO_REAL(request, field) OPTION_TO(OPTION_REAL, request, field, double)
#define TO_NOT_NEGATIVE(request, field) OPTION_TO(OPTION_NOT_NEGATIVE, request, field, double)
/* A bool that says whether the option was given. */
#define GIVEN(request, field)                                                                                          \
  .given = 1 + offsetof(request, field) + 0 * sizeof(char[_Generic(((request *)0)->field, bool : 1, default : -1)])
/* An INI key that the option is another name of. */
#define SETS(in, name) .section = (in), .key = (name)
#define SETS_TO(in, name, text) .section = (in), .key = (name), .set = (text)

/* Options that several commands may share: they fill the struct at `base` in a command's request. */
struct option_group {
  const struct option_spec *options;
  size_t count;
  size_t base;
  bool rare; /* all of them */
};

#define OPTION_GROUP(table, at)                                                                                        \
  { table, sizeof(table) / sizeof *(table), at, false }
#define RARE_OPTION_GROUP(table, at)                                                                                   \
  { table, sizeof(table) / sizeof *(table), at, true }

#endif
