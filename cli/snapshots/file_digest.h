/* SPDX-License-Identifier: MIT */
/* The hash of a file's content, in memory that does not grow with it. */
#ifndef VORDEC_CLI_SNAPSHOTS_FILE_DIGEST_H
#define VORDEC_CLI_SNAPSHOTS_FILE_DIGEST_H

#include <vordec/vordec.h>

struct file_digest {
  uint64_t bytes;
  char hash[33]; /* of hashes of blocks: compared only with its own kind */
};

/* E_IO: it cannot be read. E_INPUT: it is no regular file. */
enum vordec_status file_digest_make(const char *path, struct file_digest *digest, struct vordec_error *error);

#endif
