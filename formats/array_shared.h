/* SPDX-License-Identifier: MIT */
/* A file that several processes write together. */
#ifndef VORDEC_FORMATS_ARRAY_SHARED_H
#define VORDEC_FORMATS_ARRAY_SHARED_H

struct outfile;

struct array_shared {
  const char *path;     /* the destination */
  const char *temp;     /* what they write to: outfile_share() */
  struct outfile *file; /* of the first of them, which puts it in place; the sink takes it over. NULL: of the others */
};

#endif
