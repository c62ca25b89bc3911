/* SPDX-License-Identifier: MIT */
/* The folder of a run of snapshots. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FOLDER_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FOLDER_H

#include <stdbool.h>
#include <vordec/error.h>

/* Makes the folder, and those that it lies in; *made: it was not there. E_IO: it cannot be made. */
enum vordec_status snapshot_folder_make(const char *folder, bool *made, struct vordec_error *error);

#endif
