/* SPDX-License-Identifier: MIT */
#include "flow_space.h"

#include <math.h>

#include "numerics/grid.h"
#include "numerics/planner.h"

/* The number of cells that make it worth waking a thread for its share of a pass. */
#define CELLS_PER_SLOT ((size_t)1 << 11)

#define TABLES_ALONG_X 5

static size_t padded(size_t doubles) {
  return grid_padded(doubles, FLOW_LINE);
}

size_t flow_pitch(size_t n) {
  return padded(n);
}

static void measure(struct flow_space *space, const struct vordec_simulation_setup *setup) {
  const size_t n = setup->n;
  const double length = setup->cs * 2 * acos(-1.0) / (double)n;
  space->n = n;
  space->half = n / 2 + 1;
  space->lines = (space->half + FLOW_COLUMNS - 1) / FLOW_COLUMNS;
  space->kept = setup->dealias ? n / 3 + 1 : space->half;
  space->pitch = flow_pitch(n);
  space->column_pitch = padded(2 * n);
  space->half_pitch = padded(space->lines * FLOW_LINE);
  space->waves_stride = n * FLOW_LINE + FLOW_LINE; /* off a multiple of 4 KiB */
  space->parts_stride = n * FLOW_PARTS * FLOW_LINE + FLOW_LINE;
  space->dt = setup->dt;
  space->nu0 = setup->nu0;
  space->eddy = length * length;
  space->reference_mean = setup->reference_mean;
  space->filter = setup->filter;
  space->dealias = setup->dealias;
}

static size_t slot_doubles(const struct flow_space *space) {
  return (FLOW_COLUMNS + FLOW_PARTS + FLOW_COLUMNS * FLOW_PARTS) * space->column_pitch +
         FLOW_FIELDS * (space->half_pitch + space->pitch) + space->pitch;
}

/* Refuses what is larger than the machine's memory before any of it is touched. */
static enum vordec_status check_fit(const struct flow_space *space, const struct vordec_simulation_setup *setup,
                                    struct vordec_error *error) {
  const size_t doubles = space->lines * (space->waves_stride + space->parts_stride) +
                         (2 + (size_t)setup->members) * space->n * space->pitch +
                         space->team.slots * slot_doubles(space);
  const uint64_t need = (uint64_t)doubles * sizeof(double), have = space->session->device.memory_bytes;
  if (have == 0 || need <= have) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: a simulation of N = %u with %u members needs %llu MiB and this machine has %llu MiB; use a "
                     "smaller grid",
                     setup->n, setup->members, (unsigned long long)(need >> 20), (unsigned long long)(have >> 20));
}

static bool take(struct memory *memory, double **array, size_t count) {
  *array = memory_take(memory, count, sizeof **array);
  return *array != NULL;
}

static bool create_slot(const struct flow_space *space, struct memory *memory, struct flow_slot *slot) {
  const size_t column = space->column_pitch;
  bool made =
      take(memory, &slot->spectrum, FLOW_COLUMNS * column) && take(memory, &slot->derived, FLOW_PARTS * column) &&
      take(memory, &slot->columns, FLOW_COLUMNS * FLOW_PARTS * column) && take(memory, &slot->fresh, space->pitch);
  for (size_t i = 0; i < FLOW_FIELDS && made; i++) {
    made = take(memory, &slot->half[i], space->half_pitch) && take(memory, &slot->row[i], space->pitch);
  }
  return made;
}

static bool create_arrays(struct flow_space *space, struct memory *memory) {
  const size_t along_x = space->lines * FLOW_LINE, cells = space->n * space->pitch;
  bool made = take(memory, &space->table, TABLES_ALONG_X * along_x) && take(memory, &space->nyquist, along_x) &&
              take(memory, &space->ky2, space->column_pitch) && take(memory, &space->iky, space->column_pitch) &&
              take(memory, &space->waves, space->lines * space->waves_stride) &&
              take(memory, &space->parts, space->lines * space->parts_stride) &&
              take(memory, &space->viscosity, cells) && take(memory, &space->slope, cells);
  space->slots = made ? memory_take(memory, space->team.slots, sizeof *space->slots) : NULL;
  made = space->slots != NULL;
  for (size_t i = 0; i < space->team.slots && made; i++) made = create_slot(space, memory, &space->slots[i]);
  return made;
}

static void fill_tables_along_x(struct flow_space *space) {
  const size_t along_x = space->lines * FLOW_LINE, n = space->n;
  const double waves = 1 / (double)n;
  double *minus_ikx = space->table, *ikx = minus_ikx + along_x, *ikx_w = ikx + along_x, *kx2_w = ikx_w + along_x;
  double *shear = kx2_w + along_x;
  for (size_t x = 0; x < space->half; x++) {
    const bool nyquist = 2 * x == n;
    const double derivative = nyquist ? 0.0 : (double)x, squared = (double)(x * x);
    for (size_t part = 0; part < 2; part++) {
      const size_t i = 2 * x + part;
      ikx[i] = part ? derivative : -derivative;
      minus_ikx[i] = -ikx[i];
      ikx_w[i] = waves * ikx[i];
      kx2_w[i] = waves * squared;
      shear[i] = nyquist ? 0.5 * squared : squared;
    }
  }
  space->tables = (struct flow_tables){minus_ikx, ikx, ikx_w, kx2_w, shear, 0.5 * waves};
}

static void fill_tables_along_y(struct flow_space *space) {
  for (size_t i = 0; i < space->column_pitch; i++) {
    const size_t y = i / 2, n = space->n;
    const double ky = flow_wavenumber(y, n), derivative = 2 * y == n ? 0.0 : ky;
    space->ky2[i] = y < n ? ky * ky : 1.0;
    space->iky[i] = y < n ? (i % 2 ? derivative : -derivative) : 0.0;
  }
}

/* Plans for one thread by FFTW_ESTIMATE, so that equal input gives equal bits in every run. */
static bool create_plans(struct flow_space *space) {
  struct flow_slot *slot = &space->slots[0];
  const int n = (int)space->n;
  fftw_complex *in = (fftw_complex *)slot->derived, *out = (fftw_complex *)slot->columns;
  if (!planner_ready(space->n)) return false;
  planner_enter();
  space->forward = fftw_plan_dft_1d(n, in, out, FFTW_FORWARD, FFTW_ESTIMATE);
  space->backward = fftw_plan_dft_1d(n, in, out, FFTW_BACKWARD, FFTW_ESTIMATE);
  space->to_half = fftw_plan_dft_r2c_1d(n, slot->row[0], (fftw_complex *)slot->half[0], FFTW_ESTIMATE);
  space->to_row = fftw_plan_dft_c2r_1d(n, (fftw_complex *)slot->half[0], slot->row[0], FFTW_ESTIMATE);
  planner_leave();
  return space->forward && space->backward && space->to_half && space->to_row;
}

enum vordec_status flow_space_create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                     struct memory *memory, struct flow_space *space, struct vordec_error *error) {
  const size_t threads = pool_threads(session->pool), worthwhile = (size_t)setup->n * setup->n / CELLS_PER_SLOT;
  *space = (struct flow_space){.session = session, .kernels = session->kernels};
  space->team = (struct team){session->pool, worthwhile < threads ? worthwhile + (worthwhile == 0) : threads};
  measure(space, setup);
  const enum vordec_status status = check_fit(space, setup, error);
  if (status != VORDEC_OK) return status;
  if (!create_arrays(space, memory) || !create_plans(space)) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                       "cpu: no memory for a simulation of N = %u; use fewer threads or a smaller grid", setup->n);
  }
  fill_tables_along_x(space);
  fill_tables_along_y(space);
  return VORDEC_OK;
}

static void destroy_plans(struct flow_space *space) {
  fftw_plan plans[] = {space->forward, space->backward, space->to_half, space->to_row};
  planner_enter();
  for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
    if (plans[i]) fftw_destroy_plan(plans[i]);
  }
  planner_leave();
}

static void destroy_slot(struct flow_slot *slot, const struct memory_source *source) {
  memory_release(source, slot->spectrum);
  memory_release(source, slot->derived);
  memory_release(source, slot->columns);
  memory_release(source, slot->fresh);
  for (size_t i = 0; i < FLOW_FIELDS; i++) {
    memory_release(source, slot->half[i]);
    memory_release(source, slot->row[i]);
  }
}

void flow_space_destroy(struct flow_space *space) {
  if (!space->session) return;
  const struct memory_source *source = &space->session->memory.source;
  double *arrays[] = {space->table, space->nyquist, space->ky2,       space->iky,
                      space->waves, space->parts,   space->viscosity, space->slope};
  destroy_plans(space);
  for (size_t i = 0; space->slots && i < space->team.slots; i++) destroy_slot(&space->slots[i], source);
  memory_release(source, space->slots);
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) memory_release(source, arrays[i]);
  *space = (struct flow_space){0};
}
