/* SPDX-License-Identifier: MIT */
#include "cpu_modes.h"

#include <stdlib.h>

/* A coefficient: where it is on the grid and in the list. */
struct entry {
  uint32_t index, position;
};

static int compare_entries(const void *left, const void *right) {
  const uint32_t a = ((const struct entry *)left)->index, b = ((const struct entry *)right)->index;
  return (a > b) - (a < b);
}

/* Returns the position in the list of the coefficient at a flat index, or MODE_ABSENT. Entries are sorted by index. */
static uint32_t find_position(const struct entry *entries, size_t count, uint32_t index) {
  const struct entry key = {.index = index};
  const struct entry *found = bsearch(&key, entries, count, sizeof *entries, compare_entries);
  return found ? found->position : MODE_ABSENT;
}

/* Writes the cells that one coefficient is responsible for and returns their number, 0 to 2: its own cell if that lies
 * in the half spectrum, and its mirror's if that does and the mirror is not in the list itself. */
static size_t emit_modes(struct mode *out, const struct grid *grid, const struct entry *entry,
                         const struct entry *entries, size_t count) {
  const uint32_t n = (uint32_t)grid->n;
  const uint32_t row = entry->index / n, column = entry->index % n;
  const uint32_t mirror_row = (n - row) % n, mirror_column = (n - column) % n;
  const uint32_t mirror = find_position(entries, count, mirror_row * n + mirror_column);
  size_t emitted = 0;
  if (column < grid->half) {
    out[emitted++] = (struct mode){entry->position, mirror, (uint16_t)row, (uint16_t)column};
  }
  if (mirror_column < grid->half && mirror == MODE_ABSENT) {
    out[emitted++] = (struct mode){MODE_ABSENT, entry->position, (uint16_t)mirror_row, (uint16_t)mirror_column};
  }
  return emitted;
}

static size_t fill_modes(struct mode *modes, const struct grid *grid, const struct entry *entries, size_t count) {
  size_t total = 0;
  struct mode unused[2] = {{0}};
  for (size_t i = 0; i < count; i++) {
    total += emit_modes(modes ? modes + total : unused, grid, &entries[i], entries, count);
  }
  return total;
}

/* Lists the columns that hold a mode, and the place of each in the list. */
static void list_columns(struct mode_table *table, const struct grid *grid) {
  for (size_t i = 0; i < table->count; i++) table->place[table->modes[i].column] = 1;
  for (size_t column = 0; column < grid->half; column++) {
    if (!table->place[column]) continue;
    table->place[column] = (uint16_t)table->column_count;
    table->columns[table->column_count++] = (uint16_t)column;
  }
}

bool mode_table_create(struct mode_table *table, struct memory *memory, const struct grid *grid, const uint32_t *index,
                       size_t count) {
  *table = (struct mode_table){0};
  struct memory temporary = {.source = memory->source};
  struct entry *entries = memory_take(&temporary, count, sizeof *entries);
  if (!entries) return false;
  for (size_t i = 0; i < count; i++) entries[i] = (struct entry){index[i], (uint32_t)i};
  qsort(entries, count, sizeof *entries, compare_entries);

  table->count = fill_modes(NULL, grid, entries, count);
  table->modes = memory_take(memory, table->count, sizeof *table->modes);
  table->columns = memory_take(memory, grid->half, sizeof *table->columns);
  table->place = memory_take(memory, grid->half, sizeof *table->place);
  const bool made = table->modes && table->columns && table->place;
  if (made) {
    fill_modes(table->modes, grid, entries, count);
    list_columns(table, grid);
  } else {
    mode_table_destroy(table, &memory->source);
  }
  memory_release(&memory->source, entries);
  return made;
}

void mode_table_destroy(struct mode_table *table, const struct memory_source *source) {
  memory_release(source, table->modes);
  memory_release(source, table->columns);
  memory_release(source, table->place);
  *table = (struct mode_table){0};
}
