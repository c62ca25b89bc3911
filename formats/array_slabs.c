#include "array_slabs.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* ---- runs: elements of a slab that lie side by side in row-major order */

/* Copies `count` elements from `first` on. */
typedef enum vordec_status (*run_reader)(void *ctx, size_t first, size_t count, void *elements,
                                         struct vordec_error *error);

/* A slab as an array of its own, its elements read run by run. */
static enum vordec_status gather(const struct npy_array *slab, const size_t *shape, const size_t *start,
                                 run_reader read, void *ctx, struct vordec_error *error) {
  size_t whole = slab->ndim, run = 1; /* axes from `whole` on are taken whole, so one run goes through them */
  while (whole > 0 && slab->shape[whole - 1] == shape[whole - 1]) run *= shape[--whole];
  if (whole > 0) run *= slab->shape[--whole];
  size_t index[NPY_MAX_NDIM] = {0};
  char *to = slab->data;
  for (size_t left = slab->count; left > 0; left -= run) {
    size_t first = 0;
    for (size_t axis = 0; axis < slab->ndim; axis++) first = first * shape[axis] + start[axis] + index[axis];
    const enum vordec_status status = read(ctx, first, run, to, error);
    if (status) return status;
    to += run * npy_type_size(slab->type);
    for (size_t axis = whole; axis-- > 0;) {
      if (++index[axis] < slab->shape[axis]) break;
      index[axis] = 0;
    }
  }
  return VORDEC_OK;
}

static enum vordec_status fail_memory(const char *name, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", name);
}

/* Reads a slab of an array like `form`, with its name. */
static enum vordec_status read_slab(const struct npy_array *form, const size_t *start, const size_t *count,
                                    run_reader read, void *ctx, double *values, struct vordec_error *error) {
  struct npy_array slab = *form;
  double *converted = NULL;
  slab.count = 1;
  for (uint32_t axis = 0; axis < form->ndim; axis++) slab.count *= slab.shape[axis] = count[axis];
  if (slab.count == 0) return VORDEC_OK;
  slab.data = malloc(slab.count * npy_type_size(slab.type));
  if (!slab.data) return fail_memory(form->name, error);
  enum vordec_status status = gather(&slab, form->shape, start, read, ctx, error);
  if (!status) status = npy_to_f64(&slab, &converted, error);
  if (!status) memcpy(values, converted, slab.count * sizeof *values);
  free(converted);
  free(slab.data);
  return status;
}

/* ---- an array in memory */

struct whole_slabs {
  struct array_slabs slabs;
  struct npy_array array;
};

static enum vordec_status whole_run(void *ctx, size_t first, size_t count, void *elements, struct vordec_error *error) {
  (void)error;
  const struct npy_array *array = ctx;
  const size_t size = npy_type_size(array->type);
  memcpy(elements, (const char *)array->data + first * size, count * size);
  return VORDEC_OK;
}

static enum vordec_status whole_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                     double *values, struct vordec_error *error) {
  struct npy_array *array = &((struct whole_slabs *)slabs)->array;
  return read_slab(array, start, count, whole_run, array, values, error);
}

static void whole_close(struct array_slabs *slabs) {
  struct whole_slabs *whole = (struct whole_slabs *)slabs;
  npy_array_release(&whole->array);
  free(whole);
}

enum vordec_status array_slabs_of(struct npy_array *array, struct array_slabs **slabs, struct vordec_error *error) {
  static const struct array_slabs_methods methods = {whole_read, whole_close};
  struct whole_slabs *whole = malloc(sizeof *whole);
  *slabs = NULL;
  if (!whole) {
    fail_memory(array->name, error);
    npy_array_release(array);
    return VORDEC_E_NO_MEMORY;
  }
  *whole = (struct whole_slabs){.slabs = {&methods, array->ndim, {0}}, .array = *array};
  memcpy(whole->slabs.shape, array->shape, sizeof array->shape);
  *array = (struct npy_array){0};
  *slabs = &whole->slabs;
  return VORDEC_OK;
}

/* ---- a stream */

struct stream_slabs {
  struct array_slabs slabs;
  struct npy_stream *stream;
  struct npy_array form; /* without data */
};

static enum vordec_status stream_run(void *ctx, size_t first, size_t count, void *elements,
                                     struct vordec_error *error) {
  return npy_stream_read(ctx, first, count, elements, error);
}

static enum vordec_status stream_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                      double *values, struct vordec_error *error) {
  const struct stream_slabs *own = (const struct stream_slabs *)slabs;
  return read_slab(&own->form, start, count, stream_run, own->stream, values, error);
}

static void stream_close(struct array_slabs *slabs) {
  struct stream_slabs *own = (struct stream_slabs *)slabs;
  npy_stream_close(own->stream);
  free(own);
}

enum vordec_status array_slabs_of_stream(struct npy_stream *stream, struct array_slabs **slabs,
                                         struct vordec_error *error) {
  static const struct array_slabs_methods methods = {stream_read, stream_close};
  const struct npy_header *header = &stream->header;
  struct stream_slabs *own = malloc(sizeof *own);
  *slabs = NULL;
  if (!own) {
    fail_memory(stream->name, error);
    npy_stream_close(stream);
    return VORDEC_E_NO_MEMORY;
  }
  *own = (struct stream_slabs){.slabs = {&methods, header->ndim, {0}}, .stream = stream};
  own->form.type = header->type;
  own->form.ndim = header->ndim;
  memcpy(own->form.shape, header->shape, sizeof header->shape);
  memcpy(own->form.name, stream->name, sizeof stream->name);
  memcpy(own->slabs.shape, header->shape, sizeof header->shape);
  *slabs = &own->slabs;
  return VORDEC_OK;
}

void array_slabs_close(struct array_slabs *slabs) {
  if (slabs) slabs->methods->close(slabs);
}
