/* The folder of a run of snapshots, and whether its files can be written there. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FOLDER_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FOLDER_H

#include "snapshot_request.h"

/* Makes the folder, and those that it lies in; *made: it was not there. E_IO: it cannot be made. */
enum vordec_status snapshot_folder_make(const char *folder, bool *made, struct vordec_error *error);

/* Tries the destination of each file that the run writes, the pictures of the snapshots apart. E_USAGE: one of them is
 * where the metrics go. E_IO: one cannot be written. */
enum vordec_status snapshot_folder_check(const struct snapshot_request *request, struct vordec_error *error);

#endif
