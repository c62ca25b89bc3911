/* SPDX-License-Identifier: MIT */
/*
 * zip_layout.h - where the members of a zip file lie.
 *
 * A directory may point several members at the same bytes, or one at bytes inside another: then a small file unpacks to
 * any size (the "overlap" bombs). No program that writes archives does this, and libzip compares only the sum of the
 * sizes with the room there is.
 */
#ifndef VORDEC_IO_ZIP_LAYOUT_H
#define VORDEC_IO_ZIP_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <zip.h>

enum zip_layout { ZIP_LAYOUT_OK, ZIP_LAYOUT_OVERLAP, ZIP_LAYOUT_DAMAGED, ZIP_LAYOUT_UNREADABLE, ZIP_LAYOUT_NO_MEMORY };

/* Reads the directory of the file and compares it with what libzip found there: DAMAGED if it is not the same, or a
 * member has no header of its own in front of the directory. UNREADABLE: the disk says so, errno what. fd: the file, of
 * `size` bytes; its position is not used.
 */
enum zip_layout zip_layout_check(int fd, uint64_t size, zip_t *zip);

#endif
