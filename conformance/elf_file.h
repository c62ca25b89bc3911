/* SPDX-License-Identifier: MIT */
/*
 * elf_file.h - what a shared object says of itself, read without loading it.
 */
#ifndef VORDEC_CONFORMANCE_ELF_FILE_H
#define VORDEC_CONFORMANCE_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct elf_file {
  char problem[200]; /* why this process could not load it; empty: nothing seen */
  bool has_symbols;  /* the dynamic symbol table was found */
  size_t exports;    /* symbols that others can link to */
  bool has_entry;    /* vordec_backend_entry is one of them */
  char stranger[64]; /* the first other one */
};

/* False: the file cannot be read (problem says why). */
bool elf_file_read(const char *path, struct elf_file *file);

#endif
