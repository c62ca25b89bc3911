/* SPDX-License-Identifier: MIT */
#include "manual.h"

#include <ctype.h>
#include <string.h>

#include "cli/options/option_list.h"

/* What the environment and the file system have to say, for all pages alike. */
static const struct {
  const char *name, *text;
} environment[] =
    {
        {"VORDEC_PLUGIN_PATH",
         "The folder from which plugins are loaded if [plugins] path is empty. Ignored in set-user-ID programs."},
        {"XDG_CACHE_HOME, HOME",
         "The Vulkan backend keeps its compiled kernels in the folder vordec in XDG_CACHE_HOME, or else in .cache in "
         "the home folder. Ignored in set-user-ID programs."},
        {"VORDEC_PROGRESS_SECONDS",
         "How often long runs print a line about their progress if stderr is not a terminal, in seconds. Default: "
         "after 30 seconds, and then more and more rarely. 0: never."},
        {"VORDEC_JOURNAL_SECONDS",
         "How often, in seconds, a snapshots run that simulates on a device writes the field it has reached to its "
         "journal, which is as much work as a killed run can lose. Default: 20. 0: at every frame."},
        {"VK_DRIVER_FILES, VK_ICD_FILENAMES",
         "Read by the Vulkan loader: which drivers it may use. A name that does not exist hides all of them."},
},
  files[] = {
      {"PREFIX/lib/vordec/decode_NAME.so", "The backends: plugins, in the folder vordec beside libvordec.so."},
      {"PREFIX/share/vordec/config/*.ini",
       "The built-in defaults, default.ini, as a file to copy from, and examples that change a few of them."},
      {"PREFIX/share/vordec/metrics.schema.json", "What a metrics file holds, as a JSON Schema."},
      {"PREFIX/share/vordec/doctor.schema.json", "What 'vordec doctor --json' prints, likewise."},
      {"PREFIX/lib/python3/dist-packages/vordec", "The Python package."},
      {"~/.cache/vordec",
       "The Vulkan backend's compiled kernels. They may be deleted, which only makes the next start slower."},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- roff ---- */

/* Text with roff's own characters escaped. Quotes and dashes are to be copied from a terminal as they were typed. */
static void put_escaped(FILE *out, const char *text, size_t length) {
  static const struct {
    char character;
    const char *roff;
  } escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
  if (length && *text == '.') fputs("\\&", out);
  for (size_t i = 0; i < length; i++) {
    const char *roff = NULL;
    for (size_t k = 0; k < COUNT(escapes); k++) {
      if (text[i] == escapes[k].character) roff = escapes[k].roff;
    }
    if (roff) {
      fputs(roff, out);
    } else {
      putc(text[i], out);
    }
  }
}

static void put_text(FILE *out, const char *text) {
  put_escaped(out, text, strlen(text));
}

static void put_line(FILE *out, const char *text) {
  put_text(out, text);
  putc('\n', out);
}

/* Paragraphs that were wrapped by hand: filled again, but for indented lines, which stand as they are. */
static void put_paragraphs(FILE *out, const char *text) {
  bool verbatim = false;
  while (*text) {
    const size_t length = strcspn(text, "\n");
    const bool indented = length && *text == ' ';
    if (indented != verbatim) fputs(indented ? ".PP\n.nf\n" : ".fi\n.PP\n", out);
    verbatim = indented;
    if (length == 0) {
      fputs(".PP\n", out);
    } else {
      put_escaped(out, text, length);
      putc('\n', out);
    }
    text += length;
    if (*text) text++;
  }
  if (verbatim) fputs(".fi\n", out);
}

static void put_title(FILE *out, const char *name, const char *summary) {
  fputs(".\\\" Written by vordec_texts from the command's own tables.\n.TH \"", out);
  for (const char *c = name; *c; c++) {
    if (*c == '-') putc('\\', out);
    putc(toupper((unsigned char)*c), out);
  }
  fprintf(out, "\" 1 \"\" \"vordec %s\" \"vordec manual\"\n.SH NAME\n", vordec_version());
  put_text(out, name);
  fputs(" \\- ", out);
  put_line(out, summary);
}

/* ---- sections that all pages have ---- */

static void put_exit_codes(FILE *out) {
  fputs(".SH EXIT STATUS\n", out);
  for (size_t i = 0; i < exit_meaning_count; i++) {
    fprintf(out, ".TP\n.B %d\n", (int)exit_meanings[i].code);
    put_line(out, exit_meanings[i].meaning);
  }
}

static void put_term(FILE *out, const char *term, const char *text) {
  fputs(".TP\n.B \"", out);
  put_text(out, term);
  fputs("\"\n", out);
  put_line(out, text);
}

static void put_surroundings(FILE *out) {
  fputs(".SH ENVIRONMENT\n", out);
  for (size_t i = 0; i < COUNT(environment); i++) put_term(out, environment[i].name, environment[i].text);
  fputs(".SH FILES\n", out);
  for (size_t i = 0; i < COUNT(files); i++) put_term(out, files[i].name, files[i].text);
}

static void put_reference(FILE *out, const char *command, const char *after) {
  fputs(".BR vordec", out);
  if (*command) {
    fputs("\\-", out);
    put_text(out, command);
  }
  fprintf(out, " (1)%s\n", after);
}

/* All pages but that of `self`; NULL: the overview. */
static void put_see_also(FILE *out, const struct command *self) {
  fputs(".SH SEE ALSO\n", out);
  if (self) put_reference(out, "", ",");
  const struct command *last = commands[command_count - 1];
  if (last == self) last = commands[command_count - 2];
  for (size_t i = 0; i < command_count; i++) {
    if (commands[i] != self) put_reference(out, commands[i]->name, commands[i] == last ? "" : ",");
  }
}

/* ---- a command's page ---- */

static void put_option(FILE *out, const struct option_entry *option, const struct vordec_config *defaults) {
  char help[OPTION_HELP_MAX];
  option_help(option, help);
  fputs(".TP\n.B \\-\\-", out);
  put_text(out, option->name);
  if (option->value) {
    fputs(" \\fI", out);
    put_text(out, option->value);
    fputs("\\fR", out);
  }
  putc('\n', out);
  put_text(out, help);
  if (option->origin == OPTION_KEY) {
    const struct vordec_config_key *key = vordec_config_key_at(option->index);
    const char *initial = vordec_config_get(defaults, key->section, key->key);
    fputs(".\nValues: ", out);
    put_text(out, key->values);
    fputs(".\nDefault: ", out);
    put_text(out, *initial ? initial : "empty");
  }
  putc('\n', out);
}

static void put_options(FILE *out, const struct command *command, const struct vordec_config *defaults) {
  fputs(".SH OPTIONS\nOptions may be shortened as long as they stay unambiguous.\n", out);
  bool keys = false;
  for (size_t i = 0; i < option_list_count(command); i++) {
    const struct option_entry option = option_list_at(command, i);
    if (!option_told(command, &option)) continue;
    if (option.origin == OPTION_KEY && !keys) {
      fputs(".SS Configuration\nEach overrides the key of that name in an INI file.\n", out);
      keys = true;
    }
    put_option(out, &option, defaults);
  }
}

static void put_examples(FILE *out, const char *examples) {
  fputs(".nf\n", out);
  for (const char *line = examples; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    put_escaped(out, line, strcspn(line, "\n"));
    putc('\n', out);
  }
  fputs(".fi\n", out);
}

void manual_write_command(FILE *out, const struct command *command, const struct vordec_config *defaults) {
  char name[64];
  snprintf(name, sizeof name, "vordec-%s", command->name);
  put_title(out, name, command->summary);
  fputs(".SH SYNOPSIS\n.B vordec ", out);
  put_line(out, command->name);
  put_line(out, command->synopsis);
  fputs(".SH DESCRIPTION\n", out);
  put_paragraphs(out, command->details);
  putc('\n', out);
  put_options(out, command, defaults);
  fputs(".SH EXAMPLES\n", out);
  put_examples(out, command->examples);
  put_exit_codes(out);
  put_surroundings(out);
  put_see_also(out, command);
}

/* ---- the overview ---- */

static void put_commands(FILE *out) {
  fputs(".SH COMMANDS\n", out);
  for (size_t i = 0; i < command_count; i++) {
    fputs(".TP\n", out);
    put_reference(out, commands[i]->name, "");
    put_line(out, commands[i]->summary);
  }
}

void manual_write_overview(FILE *out) {
  put_title(out, "vordec", "turns compact spectral states of 2-D turbulence into vorticity fields");
  fputs(".SH SYNOPSIS\n.B vordec\n.I COMMAND\n[OPTION]..\n.br\n.B vordec \\-\\-help\n.br\n.B vordec \\-\\-version\n"
        ".SH DESCRIPTION\n",
        out);
  put_paragraphs(out,
                 "Decodes states (low-wavenumber Fourier coefficients and band energies) on a GPU or on the CPU,\n"
                 "and never lies about which of the two did the work: what was asked for and\n"
                 "what was used are two fields of every report.\n"
                 "\n"
                 "Settings come from an INI file and the command line. By default policy is strict: a backend\n"
                 "that cannot be used is an error that says what is missing. With --permissive it moves once, to\n"
                 "the next name in [decode] fallback, with a warning, a flag and a reason in the metrics.\n"
                 "\n"
                 "Results go to files or stdout, progress, summaries and warnings to stderr. A file is written whole\n"
                 "or not at all.\n");
  put_commands(out);
  put_exit_codes(out);
  put_surroundings(out);
  fputs(".SH EXAMPLES\n", out);
  put_paragraphs(out, "  vordec devices\n"
                      "  vordec decode --z0-npz state.npz --out fields.npz --png fields.png\n"
                      "  vordec decode --config strict_gpu.ini --z0-npz state.npz --out fields.npz\n"
                      "  vordec config --effective --config strict_gpu.ini\n");
  put_see_also(out, NULL);
}
