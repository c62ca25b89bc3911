/* SPDX-License-Identifier: MIT */
#include "well_sink.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "hdf5_attribute.h"
#include "hdf5_dataset.h"
#include "hdf5_output.h"
#include "io/outfile.h"
#include "variable.h"
#include "vordec_version.h"

enum { PARAMETERS = 32, SERIES = 8, FIELDS = 8, DIMS = 2 };

#define TEXT_NAME 64

/* A number of the run. */
struct well_parameter {
  char name[TEXT_NAME];
  double value;
  bool integer;
};

/* What has a value for each time. */
struct well_series {
  char name[TEXT_NAME];
  float *values;
  size_t count;
};

struct well_field {
  struct array_stream stream;
  char name[TEXT_NAME];
  struct hdf5_form form;
  enum npy_type type; /* of the rows that are added */
  hid_t dataset;      /* negative: closed */
};

struct well_sink {
  struct array_sink sink;
  struct array_storage storage;
  struct hdf5_output output;
  hid_t fields_group;
  size_t n; /* side of the grid; 0: there is no field yet */
  float *turned;
  struct well_parameter parameters[PARAMETERS];
  struct well_series series[SERIES];
  struct well_field fields[FIELDS];
  size_t parameter_count, series_count, field_count;
};

static struct well_sink *own_of(const struct array_sink *sink) {
  return (struct well_sink *)sink;
}

static enum vordec_status fail_place(const struct well_sink *sink, const char *name, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %s: The Well's layout has no place for such an array",
                     outfile_path(sink->output.file), name);
}

static enum vordec_status fail_memory(const struct well_sink *sink, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory",
                     outfile_path(sink->output.file));
}

/* ---- numbers */

static enum vordec_status sink_add_scalar(struct array_sink *sink, const char *name, enum npy_type type,
                                          const void *value, struct vordec_error *error) {
  struct well_sink *own = own_of(sink);
  if (own->parameter_count == PARAMETERS || strlen(name) >= TEXT_NAME) return fail_place(own, name, error);
  struct well_parameter *parameter = &own->parameters[own->parameter_count++];
  snprintf(parameter->name, sizeof parameter->name, "%s", name);
  parameter->integer = type != NPY_F8;
  parameter->value = parameter->integer ? (double)*(const int64_t *)value : *(const double *)value;
  return VORDEC_OK;
}

/* NAN: it was not added. */
static double parameter_of(const struct well_sink *sink, const char *name) {
  for (size_t i = 0; i < sink->parameter_count; i++) {
    if (strcmp(sink->parameters[i].name, name) == 0) return sink->parameters[i].value;
  }
  return NAN;
}

static enum vordec_status add_series(struct well_sink *sink, const char *name, const struct npy_form *form,
                                     const void *data, struct vordec_error *error) {
  const size_t count = form->shape[0];
  if (sink->series_count == SERIES || strlen(name) >= TEXT_NAME) return fail_place(sink, name, error);
  struct well_series *series = &sink->series[sink->series_count];
  series->values = malloc((count + 1) * sizeof *series->values);
  if (!series->values) return fail_memory(sink, error);
  snprintf(series->name, sizeof series->name, "%s", name);
  series->count = count;
  sink->series_count++;
  for (size_t i = 0; i < count; i++) {
    series->values[i] = form->type == NPY_I8 ? (float)((const int64_t *)data)[i] : (float)((const bool *)data)[i];
  }
  return VORDEC_OK;
}

/* ---- fields */

/* Of (y, x) as (x, y), in pieces of both that stay in the cache. */
#define TURN(type)                                                                                                     \
  for (size_t y0 = 0; y0 < n; y0 += PIECE) {                                                                           \
    for (size_t x0 = 0; x0 < n; x0 += PIECE) {                                                                         \
      for (size_t x = x0; x < n && x < x0 + PIECE; x++) {                                                              \
        for (size_t y = y0; y < n && y < y0 + PIECE; y++) to[x * n + y] = (float)((const type *)from)[y * n + x];      \
      }                                                                                                                \
    }                                                                                                                  \
  }

static void turn(const void *from, enum npy_type type, size_t n, float *to) {
  enum { PIECE = 32 };
  if (type == NPY_F8) {
    TURN(double)
  } else if (type == NPY_F4) {
    TURN(float)
  } else {
    TURN(signed char)
  }
}

static bool describe_field(hid_t dataset) {
  const bool dims[DIMS] = {true, true};
  return hdf5_attribute_flags(dataset, "dim_varying", dims, DIMS) &&
         hdf5_attribute_flag(dataset, "sample_varying", true) && hdf5_attribute_flag(dataset, "time_varying", true);
}

/* What The Well calls a field of ours. */
static const char *field_name(const char *name) {
  return strcmp(name, "traj") == 0 ? "vorticity" : name;
}

static bool is_field(const char *name, const struct npy_form *row) {
  const struct variable_kind *kind = variable_kind_of(name);
  const bool known = row->type == NPY_F8 || row->type == NPY_F4 || row->type == NPY_I1;
  return known && kind && kind->dims[VARIABLE_DIMS - 1] && row->ndim == 2 && row->shape[0] == row->shape[1];
}

static enum vordec_status sink_add_stream(struct array_sink *sink, const char *name, const struct npy_form *row,
                                          struct array_stream **stream, struct vordec_error *error) {
  struct well_sink *own = own_of(sink);
  *stream = NULL;
  if (own->field_count == FIELDS || !is_field(name, row) || (own->n && own->n != row->shape[0])) {
    return fail_place(own, name, error);
  }
  own->n = row->shape[0];
  if (!own->turned) own->turned = malloc(own->n * own->n * sizeof *own->turned);
  if (!own->turned) return fail_memory(own, error);
  struct well_field *field = &own->fields[own->field_count];
  *field = (struct well_field){.stream.sink = sink, .type = row->type};
  snprintf(field->name, sizeof field->name, "%s", field_name(name));
  field->form = (struct hdf5_form){.type = NPY_F4,
                                   .ndim = 4,
                                   .shape = {1, 1, own->n, own->n},
                                   .grows = true,
                                   .along = own->storage.series ? 1 : 0,
                                   .compress = own->storage.compress};
  field->dataset = hdf5_dataset_make(own->fields_group, field->name, &field->form);
  if (field->dataset < 0) return hdf5_output_fail(&own->output, error);
  own->field_count++;
  if (!describe_field(field->dataset)) return hdf5_output_fail(&own->output, error);
  *stream = &field->stream;
  return VORDEC_OK;
}

static enum vordec_status sink_append(struct array_stream *stream, const void *row, struct vordec_error *error) {
  struct well_sink *own = own_of(stream->sink);
  const struct well_field *field = (const struct well_field *)stream;
  turn(row, field->type, own->n, own->turned);
  return hdf5_dataset_append(field->dataset, &field->form, stream->rows, own->turned)
             ? VORDEC_OK
             : hdf5_output_fail(&own->output, error);
}

static enum vordec_status sink_add(struct array_sink *sink, const char *name, const struct npy_form *form,
                                   const void *data, struct vordec_error *error) {
  struct array_stream *stream = NULL;
  if (form->ndim == 1 && (form->type == NPY_I8 || form->type == NPY_B1)) {
    return add_series(own_of(sink), name, form, data, error);
  }
  if (form->ndim != 2 && form->ndim != 3) return fail_place(own_of(sink), name, error);
  const uint32_t lead = form->ndim - 2;
  const struct npy_form row = {form->type, 2, {form->shape[lead], form->shape[lead + 1]}};
  const size_t rows = lead ? form->shape[0] : 1;
  enum vordec_status status = sink_add_stream(sink, name, &row, &stream, error);
  if (!stream) return status;
  const size_t bytes = row.shape[0] * row.shape[1] * npy_type_size(row.type);
  for (size_t i = 0; !status && i < rows; i++) {
    status = array_stream_append(stream, (const char *)data + i * bytes, error);
  }
  return status;
}

/* ---- the groups */

static hid_t make_group(const struct well_sink *sink, const char *name) {
  const hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
  if (properties < 0) return properties;
  H5Pset_obj_track_times(properties, false);
  H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  const hid_t group = H5Gcreate2(sink->output.h5, name, H5P_DEFAULT, properties, H5P_DEFAULT);
  H5Pclose(properties);
  return group;
}

static bool close_group(hid_t group, bool good) {
  return group >= 0 && H5Gclose(group) >= 0 && good;
}

/* Numbers along an axis, or, where count is 0, a single one. */
static bool put_numbers(hid_t group, const char *name, const float *values, size_t count, bool of_time) {
  const struct hdf5_form form = {.type = NPY_F4, .ndim = count ? 1 : 0, .shape = {count}};
  bool good = hdf5_dataset_put(group, name, &form, values);
  const hid_t dataset = good ? H5Dopen2(group, name, H5P_DEFAULT) : -1;
  good = dataset >= 0 && hdf5_attribute_flag(dataset, "sample_varying", false) &&
         hdf5_attribute_flag(dataset, "time_varying", of_time);
  if (dataset >= 0) H5Dclose(dataset);
  return good;
}

/* 0, step, 2 step .. */
static bool put_steps(hid_t group, const char *name, double step, size_t count, bool of_time) {
  float *values = malloc((count + 1) * sizeof *values);
  for (size_t i = 0; values && i < count; i++) values[i] = (float)((double)i * step);
  const bool good = values && put_numbers(group, name, values, count, of_time);
  free(values);
  return good;
}

static const char *const dims[DIMS] = {"x", "y"};

/* Frames whose times nobody knows are counted. */
static bool put_dimensions(const struct well_sink *sink, size_t times) {
  const double box = parameter_of(sink, "L"), dt = parameter_of(sink, "dt"), stride = parameter_of(sink, "stride");
  const double side = isnan(box) ? 2 * acos(-1.0) : box;
  const double interval = isnan(dt) ? 1.0 : isnan(stride) ? dt : dt * stride;
  const hid_t group = make_group(sink, "dimensions");
  bool good = group >= 0 && hdf5_attribute_texts(group, "spatial_dims", dims, DIMS) &&
              put_steps(group, "time", interval, times, true);
  for (size_t i = 0; good && i < DIMS; i++) {
    good = put_steps(group, dims[i], side / (double)sink->n, sink->n, false);
  }
  return close_group(group, good);
}

/* The two ends of an axis. */
static bool put_ends(hid_t group, size_t n) {
  const hsize_t length = n;
  bool *ends = calloc(n, sizeof *ends);
  const hid_t type = hdf5_attribute_flag_type(), space = H5Screate_simple(1, &length, NULL);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  bool good = ends && type >= 0 && space >= 0 && properties >= 0 && H5Pset_obj_track_times(properties, false) >= 0;
  if (ends) ends[0] = ends[n - 1] = true;
  const hid_t mask = good ? H5Dcreate2(group, "mask", type, space, H5P_DEFAULT, properties, H5P_DEFAULT) : -1;
  good = mask >= 0 && H5Dwrite(mask, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, ends) >= 0;
  if (mask >= 0) H5Dclose(mask);
  if (properties >= 0) H5Pclose(properties);
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  free(ends);
  return good;
}

static bool put_boundary(const struct well_sink *sink, const char *const *dim) {
  char name[TEXT_NAME];
  snprintf(name, sizeof name, "boundary_conditions/%s_periodic", *dim);
  const hid_t group = make_group(sink, name);
  const bool good = group >= 0 && hdf5_attribute_texts(group, "associated_dims", dim, 1) &&
                    hdf5_attribute_texts(group, "associated_fields", NULL, 0) &&
                    hdf5_attribute_text(group, "bc_type", "periodic") &&
                    hdf5_attribute_flag(group, "sample_varying", false) &&
                    hdf5_attribute_flag(group, "time_varying", false) && put_ends(group, sink->n);
  return close_group(group, good);
}

static bool put_boundaries(const struct well_sink *sink) {
  const hid_t group = make_group(sink, "boundary_conditions");
  bool good = group >= 0;
  for (size_t i = 0; good && i < DIMS; i++) good = put_boundary(sink, &dims[i]);
  return close_group(group, good);
}

static bool put_scalars(const struct well_sink *sink, size_t times) {
  const char *names[PARAMETERS + SERIES];
  size_t count = 0;
  for (size_t i = 0; i < sink->parameter_count; i++) names[count++] = sink->parameters[i].name;
  for (size_t i = 0; i < sink->series_count; i++) names[count++] = sink->series[i].name;
  const hid_t group = make_group(sink, "scalars");
  bool good = group >= 0 && hdf5_attribute_texts(group, "field_names", names, count);
  for (size_t i = 0; good && i < sink->parameter_count; i++) {
    const float value = (float)sink->parameters[i].value;
    good = put_numbers(group, sink->parameters[i].name, &value, 0, false);
  }
  for (size_t i = 0; good && i < sink->series_count; i++) {
    good =
        sink->series[i].count == times && put_numbers(group, sink->series[i].name, sink->series[i].values, times, true);
  }
  return close_group(group, good);
}

static bool put_root(const struct well_sink *sink, size_t samples) {
  const char *names[PARAMETERS];
  const hid_t root = sink->output.h5;
  for (size_t i = 0; i < sink->parameter_count; i++) names[i] = sink->parameters[i].name;
  bool good = hdf5_attribute_text(root, "dataset_name", "vordec") &&
              hdf5_attribute_text(root, "grid_type", "cartesian") &&
              hdf5_attribute_integer(root, "n_spatial_dims", DIMS) &&
              hdf5_attribute_integer(root, "n_trajectories", (int64_t)samples) &&
              hdf5_attribute_text(root, "source", "vordec " VORDEC_GIT_DESCRIBE) &&
              hdf5_attribute_texts(root, "simulation_parameters", names, sink->parameter_count);
  for (size_t i = 0; good && i < sink->parameter_count; i++) {
    const struct well_parameter *parameter = &sink->parameters[i];
    good = parameter->integer ? hdf5_attribute_integer(root, parameter->name, (int64_t)parameter->value)
                              : hdf5_attribute_real(root, parameter->name, parameter->value);
  }
  return good;
}

/* Groups of vectors and tensors, of which there are none. */
static bool put_no_fields(const struct well_sink *sink, const char *name) {
  const hid_t group = make_group(sink, name);
  return close_group(group, group >= 0 && hdf5_attribute_texts(group, "field_names", NULL, 0));
}

/* ---- the file */

static bool close_fields(struct well_sink *sink) {
  const char *names[FIELDS];
  bool good = true;
  for (size_t i = 0; i < sink->field_count; i++) {
    names[i] = sink->fields[i].name;
    good = H5Dclose(sink->fields[i].dataset) >= 0 && good;
    sink->fields[i].dataset = -1;
  }
  good = good && hdf5_attribute_texts(sink->fields_group, "field_names", names, sink->field_count);
  good = close_group(sink->fields_group, good);
  sink->fields_group = -1;
  return good;
}

static enum vordec_status sink_finish(struct array_sink *sink, struct outfile **file, struct vordec_error *error) {
  struct well_sink *own = own_of(sink);
  if (!own->field_count) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: there is no field to write", outfile_path(own->output.file));
  }
  const size_t rows = array_stream_rows(&own->fields[0].stream);
  const size_t times = own->storage.series ? rows : 1, samples = own->storage.series ? 1 : rows;
  bool good = close_fields(own) && put_no_fields(own, "t1_fields") && put_no_fields(own, "t2_fields") &&
              put_dimensions(own, times) && put_boundaries(own) && put_scalars(own, times) && put_root(own, samples);
  good = hdf5_output_close(&own->output) && good;
  *file = own->output.file;
  return good ? VORDEC_OK : hdf5_output_fail(&own->output, error);
}

static void sink_destroy(struct array_sink *sink) {
  struct well_sink *own = own_of(sink);
  for (size_t i = 0; i < own->field_count; i++) {
    if (own->fields[i].dataset >= 0) H5Dclose(own->fields[i].dataset);
  }
  for (size_t i = 0; i < own->series_count; i++) free(own->series[i].values);
  if (own->fields_group >= 0) H5Gclose(own->fields_group);
  hdf5_output_release(&own->output);
  free(own->turned);
  free(own);
}

enum vordec_status well_sink_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                    struct vordec_error *error) {
  static const struct array_sink_methods methods = {
      .add = sink_add,
      .add_scalar = sink_add_scalar,
      .add_stream = sink_add_stream,
      .append = sink_append,
      .finish = sink_finish,
      .destroy = sink_destroy,
  };
  *sink = NULL;
  struct well_sink *made = calloc(1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  *made = (struct well_sink){.sink.methods = &methods, .storage = *storage, .fields_group = -1};
  enum vordec_status status = hdf5_output_create(path, false, &made->output, error);
  if (!status) {
    made->fields_group = make_group(made, "t0_fields");
    if (made->fields_group < 0) status = hdf5_output_fail(&made->output, error);
  }
  if (status) {
    sink_destroy(&made->sink);
    return status;
  }
  *sink = &made->sink;
  return VORDEC_OK;
}
