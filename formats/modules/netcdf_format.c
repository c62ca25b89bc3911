/* SPDX-License-Identifier: MIT */
/* Variables of a classic netCDF file (CDF-1, -2 and -5): format_netcdf.so. Those of netCDF-4 are HDF5's datasets. */
#include <netcdf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/error.h>

#include "formats/format_module.h"
#include "name_list.h"
#include "netcdf_header.h"
#include "vordec_version.h"

struct netcdf_source {
  struct array_source source;
  int file;
  char *path;
  uint64_t file_bytes;
  struct name_list names;
};

static struct netcdf_source *own_of(const struct array_source *source) {
  return (struct netcdf_source *)source;
}

static enum vordec_status fail_netcdf(const char *path, const char *name, int code, struct vordec_error *error) {
  if (code == NC_ENOMEM) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  }
  return vordec_fail(error, code > 0 ? VORDEC_E_IO : VORDEC_E_INPUT, 0, "%s%s%s: netCDF: %s", path, name ? ": " : "",
                     name ? name : "", nc_strerror(code));
}

static const struct {
  nc_type type;
  enum npy_type known;
} types[] = {
    {NC_FLOAT, NPY_F4}, {NC_DOUBLE, NPY_F8}, {NC_BYTE, NPY_I1},   {NC_SHORT, NPY_I2}, {NC_INT, NPY_I4},
    {NC_INT64, NPY_I8}, {NC_UBYTE, NPY_U1},  {NC_USHORT, NPY_U2}, {NC_UINT, NPY_U4},  {NC_UINT64, NPY_U8},
};

static bool number_type(nc_type type, enum npy_type *known) {
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (types[i].type != type) continue;
    *known = types[i].known;
    return true;
  }
  return false;
}

/* ---- a variable */

struct variable {
  int file, id;
  enum npy_type type;
  uint32_t ndim;
  size_t shape[NPY_MAX_NDIM];
};

/* What lies beyond the end of a file the library would read as zeros. */
static enum vordec_status check_size(const struct netcdf_source *source, const char *name,
                                     const struct variable *variable, struct vordec_error *error) {
  struct npy_header header = {.type = variable->type, .ndim = variable->ndim};
  memcpy(header.shape, variable->shape, sizeof header.shape);
  if (npy_header_measure(&header) && header.data_bytes <= source->file_bytes) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it claims to be larger than the file", source->path, name);
}

static enum vordec_status find_variable(const struct netcdf_source *source, const char *name, struct variable *variable,
                                        struct vordec_error *error) {
  nc_type type = NC_NAT;
  int ndim = 0, dims[NC_MAX_VAR_DIMS];
  *variable = (struct variable){.file = source->file};
  if (name_list_find(&source->names, name) == source->names.count) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: there is no such array of numbers in it", source->path, name);
  }
  int code = nc_inq_varid(source->file, name, &variable->id);
  if (!code) code = nc_inq_var(source->file, variable->id, NULL, &type, &ndim, dims, NULL);
  for (int i = 0; !code && i < ndim && i < (int)NPY_MAX_NDIM; i++) {
    code = nc_inq_dimlen(source->file, dims[i], &variable->shape[i]);
  }
  if (code) return fail_netcdf(source->path, name, code, error);
  variable->ndim = (uint32_t)ndim;
  number_type(type, &variable->type); /* or it would not be listed */
  return check_size(source, name, variable, error);
}

static enum vordec_status read_array(const struct variable *variable, const char *path, const char *name,
                                     const size_t *start, const size_t *count, struct npy_array *array,
                                     struct vordec_error *error) {
  struct npy_header header = {.type = variable->type, .ndim = variable->ndim};
  memcpy(header.shape, count, variable->ndim * sizeof *count);
  *array = (struct npy_array){0};
  if (!npy_header_measure(&header)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: the shape is too large for this machine", path, name);
  }
  *array = (struct npy_array){.type = header.type, .ndim = header.ndim, .count = header.count};
  memcpy(array->shape, header.shape, sizeof header.shape);
  npy_set_name(array->name, path, name);
  array->data = calloc(1, header.data_bytes ? header.data_bytes : 1);
  int code = array->data ? 0 : NC_ENOMEM;
  if (!code && array->count) code = nc_get_vara(variable->file, variable->id, start, count, array->data);
  if (!code) return VORDEC_OK;
  npy_array_release(array);
  return fail_netcdf(path, name, code, error);
}

/* ---- slabs, with a file of their own */

struct netcdf_slabs {
  struct array_slabs slabs;
  struct variable variable;
  char *path, *name;
};

static void slabs_close(struct array_slabs *slabs) {
  struct netcdf_slabs *own = (struct netcdf_slabs *)slabs;
  if (own->variable.file >= 0) nc_close(own->variable.file);
  free(own->path);
  free(own->name);
  free(own);
}

static enum vordec_status slabs_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                     double *values, struct vordec_error *error) {
  const struct netcdf_slabs *own = (const struct netcdf_slabs *)slabs;
  struct npy_array array;
  double *converted = NULL;
  enum vordec_status status = read_array(&own->variable, own->path, own->name, start, count, &array, error);
  if (!status) status = npy_to_f64(&array, &converted, error);
  if (!status) memcpy(values, converted, array.count * sizeof *values);
  free(converted);
  npy_array_release(&array);
  return status;
}

static enum vordec_status source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                            struct vordec_error *error) {
  static const struct array_slabs_methods methods = {slabs_read, slabs_close};
  const char *path = own_of(source)->path;
  struct variable variable;
  *slabs = NULL;
  enum vordec_status status = find_variable(own_of(source), name, &variable, error);
  if (status) return status;
  struct netcdf_slabs *own = calloc(1, sizeof *own);
  if (!own) return fail_netcdf(path, name, NC_ENOMEM, error);
  own->slabs = (struct array_slabs){&methods, variable.ndim, {0}};
  memcpy(own->slabs.shape, variable.shape, sizeof variable.shape);
  own->variable = variable;
  own->variable.file = -1;
  own->path = strdup(path);
  own->name = strdup(name);
  int code = own->path && own->name ? 0 : NC_ENOMEM;
  if (!code) code = nc_open(path, NC_NOWRITE, &own->variable.file);
  if (code) {
    own->variable.file = -1;
    slabs_close(&own->slabs);
    return fail_netcdf(path, name, code, error);
  }
  *slabs = &own->slabs;
  return VORDEC_OK;
}

/* ---- the source */

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  return name_list_next(&own_of(source)->names, at, name);
}

static bool source_has(const struct array_source *source, const char *name) {
  const struct name_list *names = &own_of(source)->names;
  return name_list_find(names, name) < names->count;
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  struct variable variable;
  const enum vordec_status status = find_variable(own_of(source), name, &variable, error);
  if (status) return status;
  *form = (struct npy_form){.type = variable.type, .ndim = variable.ndim};
  memcpy(form->shape, variable.shape, sizeof form->shape);
  return VORDEC_OK;
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  static const size_t start[NPY_MAX_NDIM];
  struct variable variable;
  *array = (struct npy_array){0};
  const enum vordec_status status = find_variable(own_of(source), name, &variable, error);
  return status ? status : read_array(&variable, own_of(source)->path, name, start, variable.shape, array, error);
}

static void source_axis_name(struct array_source *source, const char *name, uint32_t axis,
                             char axis_name[ARRAY_NAME_MAX]) {
  int id = 0, ndim = 0, dims[NC_MAX_VAR_DIMS];
  char found[NC_MAX_NAME + 1] = "";
  const int file = own_of(source)->file;
  if (!source_has(source, name) || nc_inq_varid(file, name, &id) || nc_inq_var(file, id, NULL, NULL, &ndim, dims, NULL))
    return;
  if (axis < (uint32_t)ndim && !nc_inq_dimname(file, dims[axis], found) && strlen(found) < ARRAY_NAME_MAX) {
    memcpy(axis_name, found, strlen(found) + 1);
  }
}

static size_t source_attribute(struct array_source *source, const char *name, const char *attribute, double *values,
                               size_t room) {
  int id = 0;
  nc_type type = NC_NAT;
  size_t count = 0;
  const int file = own_of(source)->file;
  if (strcmp(name, ARRAY_SOURCE_ITSELF) == 0) {
    id = NC_GLOBAL;
  } else if (!source_has(source, name) || nc_inq_varid(file, name, &id)) {
    return 0;
  }
  if (nc_inq_att(file, id, attribute, &type, &count)) return 0;
  if (type == NC_CHAR || count > room || nc_get_att_double(file, id, attribute, values)) return 0;
  return count;
}

/* Row i of an array of characters, or its one character. */
static bool read_label(int file, const char *name, size_t i, char text[ARRAY_NAME_MAX]) {
  int id = 0, ndim = 0, dims[NC_MAX_VAR_DIMS];
  nc_type type = NC_NAT;
  size_t rows = 0, length = 1;
  if (nc_inq_varid(file, name, &id) || nc_inq_var(file, id, NULL, &type, &ndim, dims, NULL)) return false;
  if (type != NC_CHAR || ndim < 1 || ndim > 2 || nc_inq_dimlen(file, dims[0], &rows) || i >= rows) return false;
  if ((ndim == 2 && nc_inq_dimlen(file, dims[1], &length)) || length >= ARRAY_NAME_MAX) return false;
  const size_t start[2] = {i, 0}, count[2] = {1, length};
  if (nc_get_vara_text(file, id, start, count, text)) return false;
  text[length] = '\0';
  return true;
}

static bool source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                        char text[ARRAY_NAME_MAX]) {
  if (strcmp(attribute, ARRAY_SOURCE_CONTENT) == 0) return read_label(own_of(source)->file, name, i, text);
  int id = 0;
  nc_type type = NC_NAT;
  size_t length = 0;
  const int file = own_of(source)->file;
  if (i > 0 || !source_has(source, name) || nc_inq_varid(file, name, &id)) return false;
  if (nc_inq_att(file, id, attribute, &type, &length) || type != NC_CHAR || length >= ARRAY_NAME_MAX) return false;
  if (nc_get_att_text(file, id, attribute, text)) return false;
  text[length] = '\0';
  return true;
}

static void source_close(struct array_source *source) {
  struct netcdf_source *own = own_of(source);
  if (own->file >= 0) nc_close(own->file);
  name_list_release(&own->names);
  free(own->path);
  free(own);
}

static int list_variables(struct netcdf_source *source) {
  int count = 0;
  int code = nc_inq_nvars(source->file, &count);
  for (int id = 0; !code && id < count; id++) {
    char name[NC_MAX_NAME + 1];
    nc_type type = NC_NAT;
    int ndim = 0;
    enum npy_type known;
    code = nc_inq_var(source->file, id, name, &type, &ndim, NULL, NULL);
    if (code || ndim > (int)NPY_MAX_NDIM || !number_type(type, &known)) continue;
    if (!name_list_add(&source->names, name)) code = NC_ENOMEM;
  }
  return code;
}

static enum vordec_status netcdf_format_open(const char *path, struct array_source **source,
                                             struct vordec_error *error) {
  static const struct array_source_methods methods = {
      .next = source_next,
      .has = source_has,
      .describe = source_describe,
      .read = source_read,
      .open_slabs = source_open_slabs,
      .axis_name = source_axis_name,
      .attribute = source_attribute,
      .text = source_text,
      .close = source_close,
  };
  *source = NULL;
  struct netcdf_source *own = calloc(1, sizeof *own);
  if (own) own->path = strdup(path);
  if (!own || !own->path) {
    free(own);
    return fail_netcdf(path, NULL, NC_ENOMEM, error);
  }
  struct stat info;
  own->file_bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
  int code = netcdf_header_fits(path) ? nc_open(path, NC_NOWRITE, &own->file) : NC_ENOTNC;
  if (code) own->file = -1;
  if (!code) code = list_variables(own);
  if (code) {
    source_close(&own->source);
    return fail_netcdf(path, NULL, code, error);
  }
  own->source = (struct array_source){&methods, own->path, "netcdf"};
  *source = &own->source;
  return VORDEC_OK;
}

static const struct array_format netcdf_format = {.name = "netcdf", .open = netcdf_format_open};

__attribute__((visibility("default"))) const struct array_format *vordec_format_entry(const char *version);

const struct array_format *vordec_format_entry(const char *version) {
  return strcmp(version, VORDEC_GIT_DESCRIBE) == 0 ? &netcdf_format : NULL;
}
