/* SPDX-License-Identifier: MIT */
/*
 * export_slots.h - the ring of slots behind export.h: what all slots have in common, whatever they hold.
 */
#ifndef VORDEC_CORE_EXPORT_SLOTS_H
#define VORDEC_CORE_EXPORT_SLOTS_H

#include <vordec/export.h>

#include "batch.h"
#include "engine.h"
#include "plan_claims.h"

struct vordec_simulation;

enum slot_state {
  SLOT_FREE = 0,
  SLOT_HELD,      /* acquired, there is nothing in it */
  SLOT_UNDER_WAY, /* not waited for yet */
  SLOT_DONE
};

struct slot {
  struct batch batch;                                          /* of a decode; of no plan: not made yet */
  struct vordec_shelf *shelf;                                  /* of a copy, likewise */
  struct vordec_exported_memory memory[VORDEC_EXPORTED_COUNT]; /* size 0: there is no such array */
  enum slot_state state;
  double *z;      /* count x D: the states of a host stay until the decode is over */
  uint64_t value; /* the largest value that the semaphore has been promised */
  uint64_t wait;  /* the value that the device waits for before it writes again; 0: for none */
  uint64_t start_ns;
  struct vordec_error outcome; /* once it is done */
  struct vordec_decode_report report;
};

/* What slots of one kind do, by calls of the backend. All of these are made within a call on the engine, except
 * describe(). */
struct slot_kind {
  /* On failure, end() disposes of what already exists. */
  enum vordec_status (*make)(struct vordec_export *made, struct slot *slot, struct vordec_error *error);
  void (*end)(const struct vordec_export *made, struct slot *slot); /* nothing is under way */
  void (*describe)(const struct vordec_export *made, const struct slot *slot, enum vordec_exported what,
                   struct vordec_exported_memory *memory);
  enum vordec_status (*memory_fd)(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                                  int *fd, struct vordec_error *error);
  bool (*has_semaphore)(const struct vordec_export *made, const struct slot *slot);
  enum vordec_status (*semaphore_fd)(const struct vordec_export *made, struct slot *slot, int *fd,
                                     struct vordec_error *error);
  /* Waits for what is in progress, says how it went and fills the slot's report except for total_ms. */
  enum vordec_status (*wait)(const struct vordec_export *made, struct slot *slot, struct vordec_error *error);
  enum vordec_status (*read)(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                             uint64_t at, uint64_t bytes, void *to, struct vordec_error *error);
  enum vordec_status (*write)(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                              uint64_t at, uint64_t bytes, const void *from,
                              struct vordec_error *error); /* NULL: nobody writes there */
};

struct vordec_export {
  struct engine *engine;
  const struct slot_kind *kind;
  struct vordec_decoder *decoder;                  /* of decodes .. */
  const struct vordec_export_interface *interface; /* .. with this, */
  struct vordec_plan_desc desc;                    /* by plans of this; */
  struct vordec_simulation *simulation;            /* or copies of one of the two .. */
  struct vordec_rollout *rollout;
  const struct vordec_shelf_interface *shelves; /* .. with this */
  char fft[VORDEC_FFT_NAME_MAX];
  uint32_t arrays; /* a bit for each enum vordec_exported that exists */
  size_t count, n, d;
  enum vordec_precision precision;
  bool semaphores;
  size_t most, made;
  uint64_t host_bytes, device_bytes;
  uint64_t *counted; /* how much of the device's memory its owner has in slots */
  char doubt[PLAN_DOUBT_MAX];
  struct vordec_error refusal; /* evidence was missing once */
  struct slot slots[VORDEC_EXPORT_SLOTS_MAX];
};

/* Called within a call on the engine: makes the first slot of a ring that has been described; frees the ring on
 * failure. */
enum vordec_status export_begin(struct vordec_export *made, struct vordec_export **out, struct vordec_error *error);

/* A refusal that all later calls repeat. */
enum vordec_status export_check_refusal(const struct vordec_export *made, struct vordec_error *error);
/* E_USAGE: the slot has not been acquired. */
enum vordec_status export_check_slot(const struct vordec_export *made, size_t slot, struct vordec_error *error);
/* E_USAGE: the slot already holds something, or has not been acquired. */
enum vordec_status export_check_empty(const struct vordec_export *made, size_t slot, struct vordec_error *error);
/* E_USAGE: there is no such array, or slot. A free slot is accepted, too: its memory stays where it is. */
enum vordec_status export_check_array(const struct vordec_export *made, size_t slot, enum vordec_exported what,
                                      struct vordec_error *error);

bool export_has(const struct vordec_export *made, enum vordec_exported what);
/* The number of bytes from an array's first byte to its last. */
uint64_t export_array_bytes(const struct vordec_export *made, const struct vordec_exported_memory *memory,
                            enum vordec_exported what);

/* Records that something was started in the slot, which gives its semaphore the value; 0: it has none. */
void export_started(struct slot *slot, uint64_t value);
/* Waits once for what is in progress, and keeps what came of it. */
enum vordec_status export_finish(struct vordec_export *made, struct slot *slot, struct vordec_error *error);

#endif
