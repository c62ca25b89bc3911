/* SPDX-License-Identifier: MIT */
#include "array_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "array_format.h"
#include "core/base/module_path.h"
#include "format_module.h"
#include "io/outfile.h"
#include "octave_source.h"
#include "reader_source.h"

extern const struct array_format npz_format, npy_format;

/* ---- reading: the content says the format */

#define HDF5_MAGIC "\x89HDF\r\n\x1a\n"
#define BLOCK 512u /* what comes before an HDF5 file in a file is a power of two of these, or nothing */
#define BLOCKS_TRIED 8

/* A format whose library is not ours: a process of its own reads such files. */
struct reader_module {
  const char *name, *what, *library;
};
static const struct reader_module hdf5_module = {"hdf5", "an HDF5 file is read with libhdf5", "HDF5's library"};
static const struct reader_module netcdf_module = {"netcdf", "a netCDF file is read with libnetcdf",
                                                   "netCDF's library"};
static const struct reader_module mat_module = {"mat", "a MATLAB file is read with libmatio", "matio"};

static const struct {
  const char *magic;
  size_t bytes;
  const struct array_format *format; /* NULL: in a module */
  const struct reader_module *module;
} signatures[] = {
    {"PK", 2, &npz_format, NULL},         {"\x93NUMPY", 6, &npy_format, NULL},
    {"CDF\x01", 4, NULL, &netcdf_module}, {"CDF\x02", 4, NULL, &netcdf_module},
    {"CDF\x05", 4, NULL, &netcdf_module}, {"MATLAB 5.0 MAT-file", 19, NULL, &mat_module},
};

static bool is_hdf5(int fd) {
  char held[8];
  for (unsigned i = 0, at = 0; i < BLOCKS_TRIED; i++, at = at ? 2 * at : BLOCK) {
    if (pread(fd, held, sizeof held, (off_t)at) != (ssize_t)sizeof held) return false;
    if (memcmp(held, HDF5_MAGIC, sizeof held) == 0) return true;
  }
  return false;
}

/* Of anything else the reader says that it is none. */
static bool is_regular(int fd) {
  struct stat info;
  return fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

static enum vordec_status open_apart(const struct reader_module *module, const char *path, struct array_source **source,
                                     struct vordec_error *error) {
  char program[PATH_MAX];
  if (!module_path((const void *)(uintptr_t)vordec_version, "format_reader", program)) program[0] = '\0';
  const struct reader_launch launch = {program, module->name, module->what, module->library, path, 0};
  return reader_source_open(&launch, source, error);
}

/* What people have besides, and how it can be read nevertheless. */
static const struct {
  const char *magic;
  size_t bytes;
  const char *what, *advice;
} other_formats[] = {
    {"\x1f\x8b", 2, "a file packed by gzip", "unpack it with gunzip"},
    {"\x28\xb5\x2f\xfd", 4, "a file packed by zstd", "unpack it with unzstd"},
    {"\x80\x02", 2, "a Python pickle", "save its arrays with numpy.savez"},
    {"\x80\x03", 2, "a Python pickle", "save its arrays with numpy.savez"},
    {"\x80\x04", 2, "a Python pickle", "save its arrays with numpy.savez"},
    {"\x80\x05", 2, "a Python pickle", "save its arrays with numpy.savez"},
    {"# Created by Octave", 19, "a file in Octave's own format", "save it with -v7 or -hdf5"},
    {"Octave-1-", 9, "a file in Octave's own format", "save it with -v7 or -hdf5"},
    {"GRIB", 4, "a GRIB file", "convert it to netCDF, with cdo -f nc copy or grib_to_netcdf"},
};

static enum vordec_status fail_unknown(const char *path, const char *held, size_t bytes, struct vordec_error *error) {
  for (size_t i = 0; i < sizeof other_formats / sizeof *other_formats; i++) {
    if (bytes < other_formats[i].bytes || memcmp(held, other_formats[i].magic, other_formats[i].bytes) != 0) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s cannot be read as it is; %s", path, other_formats[i].what,
                       other_formats[i].advice);
  }
  return vordec_fail(
      error, VORDEC_E_INPUT, 0,
      "%s: the format is not known; NumPy's (.npz, .npy), HDF5, netCDF and MATLAB's (5 and 7.3) can be read", path);
}

enum vordec_status array_file_open(const char *path, struct array_source **source, struct vordec_error *error) {
  const struct array_format *format = NULL;
  const struct reader_module *module = NULL;
  char held[32] = {0};
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t bytes = fd < 0 ? 0 : pread(fd, held, sizeof held, 0);
  *source = NULL;
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures && !format && !module; i++) {
    if (bytes < (ssize_t)signatures[i].bytes || memcmp(held, signatures[i].magic, signatures[i].bytes) != 0) continue;
    format = signatures[i].format;
    module = signatures[i].module;
  }
  if (fd >= 0 && !format && !module && is_hdf5(fd)) module = &hdf5_module;
  const bool regular = is_regular(fd);
  if (fd >= 0) close(fd);
  if (!format && !module && bytes > 0 && regular) return fail_unknown(path, held, (size_t)bytes, error);
  if (module) {
    const enum vordec_status status = open_apart(module, path, source, error);
    return status ? status : octave_source_wrap(source, error);
  }
  if (!format) format = &npz_format; /* which says what is wrong with the file */
  return format->open(path, source, error);
}

/* ---- writing: the extension says it */

static const struct {
  const char *extension;
  const struct array_format *format; /* NULL: in a module */
  const char *module, *what;
} written[] = {
    {".npz", &npz_format, NULL, NULL},
    {".nc", NULL, "hdf5", "a netCDF-4 file is written with libhdf5"},
    {".h5", NULL, "hdf5", "an HDF5 file is written with libhdf5"},
};

/* From the last dot of the file's name on; empty: there is none. */
static const char *extension_of(const char *path) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
  return dot && dot > name ? dot : "";
}

enum vordec_status array_file_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                     struct vordec_error *error) {
  const char *extension = *extension_of(path) ? extension_of(path) : ".npz";
  *sink = NULL;
  if (storage->arrangement == ARRANGE_WELL && strcmp(extension, ".h5") != 0) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: The Well's layout needs an .h5 file", path);
  }
  for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
    if (strcmp(extension, written[i].extension) != 0) continue;
    const struct array_format *format = written[i].format;
    const enum vordec_status status =
        format ? VORDEC_OK : format_module_load(written[i].module, written[i].what, path, &format, error);
    return status ? status : format->create(path, storage, sink, error);
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "%s: arrays cannot be written to a file ending in '%s'; use .npz, .nc or .h5", path, extension);
}

/* ---- writing together */

bool array_file_can_share(const char *path, const struct array_storage *storage) {
  const char *extension = extension_of(path);
  return (strcmp(extension, ".nc") == 0 || strcmp(extension, ".h5") == 0) && !storage->compress && !storage->refers &&
         storage->arrangement == ARRANGE_PLAIN;
}

static enum vordec_status load_shared(const char *path, const struct array_format **format,
                                      struct vordec_error *error) {
  return format_module_load("hdf5_mpi", "ranks write a file together with HDF5's library for MPI", path, format, error);
}

enum vordec_status array_file_prepare_share(const char *path, struct vordec_error *error) {
  const struct array_format *format;
  return load_shared(path, &format, error);
}

enum vordec_status array_file_share(const struct array_shared *shared, const struct array_storage *storage,
                                    struct array_sink **sink, struct vordec_error *error) {
  const struct array_format *format = NULL;
  *sink = NULL;
  const enum vordec_status status = load_shared(shared->path, &format, error);
  if (!status) return format->share(shared, storage, sink, error);
  outfile_destroy(shared->file);
  return status;
}
