/* SPDX-License-Identifier: MIT */
#include "elf_file.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)1 << 30)

/* A file's bytes; every read of them is checked against their number. */
struct bytes {
  unsigned char *data;
  size_t size;
};

static bool read_bytes(const char *path, size_t most, struct bytes *bytes) {
  FILE *file = fopen(path, "re");
  if (!file) return false;
  long size = -1;
  if (fseek(file, 0, SEEK_END) == 0) size = ftell(file);
  rewind(file);
  bytes->size = size < 0 ? 0 : (size_t)size < most ? (size_t)size : most;
  bytes->data = malloc(bytes->size + 1);
  const bool done = bytes->data && size >= 0 && fread(bytes->data, 1, bytes->size, file) == bytes->size;
  fclose(file);
  return done;
}

/* Copies a part out, so that no alignment is assumed. */
static bool take(const struct bytes *bytes, uint64_t at, void *part, size_t size) {
  if (size > bytes->size || at > bytes->size - size) return false;
  memcpy(part, bytes->data + at, size);
  return true;
}

/* The header of this very program says what fits. */
static void check_header(const struct bytes *bytes, struct elf_file *file) {
  struct bytes own = {0};
  ElfW(Ehdr) ours = {0}, theirs = {0};
  if (!read_bytes("/proc/self/exe", sizeof ours, &own) || !take(&own, 0, &ours, sizeof ours)) {
    ours.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
  }
  free(own.data);
  if (!take(bytes, 0, theirs.e_ident, sizeof theirs.e_ident) || memcmp(theirs.e_ident, ELFMAG, SELFMAG) != 0) {
    snprintf(file->problem, sizeof file->problem, "it is no ELF file");
  } else if (theirs.e_ident[EI_CLASS] != ours.e_ident[EI_CLASS]) {
    snprintf(file->problem, sizeof file->problem, "it is an ELF file of another class: %d-bit, this process has %zu",
             theirs.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64, 8 * sizeof(void *));
  } else if (!take(bytes, 0, &theirs, sizeof theirs)) {
    snprintf(file->problem, sizeof file->problem, "its ELF header is cut off");
  } else if (theirs.e_type != ET_DYN) {
    snprintf(file->problem, sizeof file->problem, "it is not a shared object (ELF type %u)", theirs.e_type);
  } else if (ours.e_machine && theirs.e_machine != ours.e_machine) {
    snprintf(file->problem, sizeof file->problem, "it is for another machine (its ELF machine is %u, this one is %u)",
             theirs.e_machine, ours.e_machine);
  }
}

/* What some linkers export from everything. */
static bool is_linkers_own(const char *name) {
  static const char *const names[] = {"_init", "_fini", "__bss_start", "_edata", "_end"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(name, names[i]) == 0) return true;
  }
  return false;
}

static void count_symbol(const struct bytes *bytes, const ElfW(Shdr) * strings, const ElfW(Sym) * symbol,
                         struct elf_file *file) {
  const unsigned binding = ELF64_ST_BIND(symbol->st_info), visibility = ELF64_ST_VISIBILITY(symbol->st_other);
  if (symbol->st_shndx == SHN_UNDEF || binding == STB_LOCAL) return;
  if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) return;
  char name[64] = "";
  const uint64_t at = strings->sh_offset + symbol->st_name;
  const size_t left = at < bytes->size ? bytes->size - at : 0;
  if (!take(bytes, at, name, left < sizeof name - 1 ? left : sizeof name - 1) || is_linkers_own(name)) return;
  file->exports++;
  if (strcmp(name, "vordec_backend_entry") == 0) {
    file->has_entry = true;
  } else if (!file->stranger[0]) {
    snprintf(file->stranger, sizeof file->stranger, "%s", name);
  }
}

static void read_symbols(const struct bytes *bytes, struct elf_file *file) {
  ElfW(Ehdr) header;
  if (!take(bytes, 0, &header, sizeof header)) return;
  for (size_t i = 0; i < header.e_shnum; i++) {
    ElfW(Shdr) section, strings;
    if (!take(bytes, header.e_shoff + i * sizeof section, &section, sizeof section)) return;
    if (section.sh_type != SHT_DYNSYM) continue;
    if (!take(bytes, header.e_shoff + (uint64_t)section.sh_link * sizeof strings, &strings, sizeof strings)) return;
    file->has_symbols = true;
    ElfW(Sym) symbol;
    for (uint64_t at = 0; at + sizeof symbol <= section.sh_size; at += sizeof symbol) {
      if (!take(bytes, section.sh_offset + at, &symbol, sizeof symbol)) return;
      count_symbol(bytes, &strings, &symbol, file);
    }
    return;
  }
}

bool elf_file_read(const char *path, struct elf_file *file) {
  struct bytes bytes = {0};
  *file = (struct elf_file){0};
  errno = 0;
  if (!read_bytes(path, BYTES_MAX, &bytes)) {
    snprintf(file->problem, sizeof file->problem, "%s", errno ? strerror(errno) : "it cannot be read");
    free(bytes.data);
    return false;
  }
  check_header(&bytes, file);
  if (!file->problem[0]) read_symbols(&bytes, file);
  free(bytes.data);
  return true;
}
