/* SPDX-License-Identifier: MIT */
#include "archive.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "io/npy_header.h"

#define MEMBERS_MAX 16u
#define NAME_ROOM 48u
#define DATA_ROOM (1u << 17) /* of one member, unpacked */
#define LOCAL_BYTES 30u
#define CENTRAL_BYTES 46u
#define END_BYTES 22u

struct member {
  char name[NAME_ROOM];
  bool deflated;
  size_t size;
  uint8_t *data; /* DATA_ROOM bytes */
};

static struct member members[MEMBERS_MAX];
static size_t count;

/* ---- chance ---- */

static uint64_t word;

static size_t below(size_t limit) {
  word = word * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(word >> 33) % limit;
}

/* ---- taking apart and putting together ---- */

static uint32_t get(const uint8_t *at, int bytes) {
  uint32_t value = 0;
  while (bytes--) value = value << 8 | at[bytes];
  return value;
}

static uint8_t *put(uint8_t *at, uint32_t value, int bytes) {
  for (; bytes--; value >>= 8) *at++ = (uint8_t)value;
  return at;
}

/* Raw deflate, either way. Returns the bytes made, 0 on failure. */
static size_t run_zlib(bool pack, const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  z_stream stream = {
      .next_in = (uint8_t *)(uintptr_t)from, .avail_in = (unsigned)size, .next_out = to, .avail_out = (unsigned)room};
  const int ready =
      pack ? deflateInit2(&stream, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) : inflateInit2(&stream, -15);
  if (ready != Z_OK) return 0;
  const int done = pack ? deflate(&stream, Z_FINISH) : inflate(&stream, Z_FINISH);
  const size_t made = stream.total_out;
  if (pack)
    deflateEnd(&stream);
  else
    inflateEnd(&stream);
  return done == Z_STREAM_END ? made : 0;
}

static struct member *add_member(void) {
  if (count == MEMBERS_MAX) return NULL;
  struct member *member = &members[count++];
  if (!member->data) member->data = malloc(DATA_ROOM);
  if (!member->data) abort();
  member->size = 0;
  member->deflated = false;
  return member;
}

static void name_member(struct member *member) {
  size_t keys = 0;
  while (archive_keys[keys]) keys++;
  snprintf(member->name, sizeof member->name, "%s.npy", archive_keys[below(keys)]);
}

/* Follows the local headers from the start, as long as they make sense. */
static void take_apart(const uint8_t *data, size_t size) {
  size_t at = 0;
  count = 0;
  while (size - at >= LOCAL_BYTES && get(data + at, 4) == 0x04034b50) {
    const size_t packed = get(data + at + 18, 4), name = get(data + at + 26, 2), extra = get(data + at + 28, 2);
    const bool deflated = get(data + at + 8, 2) == 8;
    const uint8_t *text = data + at + LOCAL_BYTES;
    if (name + extra > size - at - LOCAL_BYTES || packed > size - at - LOCAL_BYTES - name - extra) return;
    struct member *member = packed <= DATA_ROOM ? add_member() : NULL;
    if (!member) return;
    snprintf(member->name, sizeof member->name, "%.*s", (int)(name < NAME_ROOM ? name : NAME_ROOM - 1),
             (const char *)text);
    member->deflated = deflated;
    member->size = packed;
    if (deflated)
      member->size = run_zlib(false, text + name + extra, packed, member->data, DATA_ROOM);
    else
      memcpy(member->data, text + name + extra, packed);
    at += LOCAL_BYTES + name + extra + packed;
  }
}

/* The 26 bytes that a member's local header and its entry in the directory share. */
static uint8_t *put_facts(uint8_t *at, const struct member *member, size_t packed) {
  at = put(at, 20, 2); /* version needed */
  at = put(at, 0, 2);
  at = put(at, member->deflated ? 8 : 0, 2);
  at = put(at, 0x00210000, 4); /* time and date */
  at = put(at, (uint32_t)crc32(0, member->data, (unsigned)member->size), 4);
  at = put(at, (uint32_t)packed, 4);
  at = put(at, (uint32_t)member->size, 4);
  at = put(at, (uint32_t)strlen(member->name), 2);
  return put(at, 0, 2);
}

/* Returns the archive's size, or 0 where it does not fit. */
static size_t put_together(uint8_t *data, size_t room) {
  size_t packed[MEMBERS_MAX], offsets[MEMBERS_MAX], at = 0;
  for (size_t i = 0; i < count; i++) {
    struct member *member = &members[i];
    const size_t head = LOCAL_BYTES + strlen(member->name);
    if (room - at < head) return 0;
    uint8_t *body = data + at + head;
    packed[i] = member->size;
    if (member->deflated) packed[i] = run_zlib(true, member->data, member->size, body, room - at - head);
    if (member->deflated && !packed[i]) return 0;
    if (room - at - head < packed[i]) return 0;
    if (!member->deflated) memcpy(body, member->data, member->size);
    uint8_t *name = put_facts(put(data + at, 0x04034b50, 4), member, packed[i]);
    memcpy(name, member->name, strlen(member->name));
    offsets[i] = at;
    at += head + packed[i];
  }
  const size_t directory = at;
  for (size_t i = 0; i < count; i++) {
    const size_t length = strlen(members[i].name);
    if (room - at < CENTRAL_BYTES + length) return 0;
    uint8_t *to = put(put(data + at, 0x02014b50, 4), 0x0314, 2);
    to = put_facts(to, &members[i], packed[i]);
    memset(to, 0, 10); /* comment, disk, attributes */
    memcpy(put(to + 10, (uint32_t)offsets[i], 4), members[i].name, length);
    at += CENTRAL_BYTES + length;
  }
  if (room - at < END_BYTES) return 0;
  uint8_t *end = put(put(data + at, 0x06054b50, 4), 0, 4);
  end = put(put(end, (uint32_t)count, 2), (uint32_t)count, 2);
  end = put(put(end, (uint32_t)(at - directory), 4), (uint32_t)directory, 4);
  put(end, 0, 2);
  return at + END_BYTES;
}

/* ---- changes ---- */

/* Whole and fractional, small and at the edges. */
static double pick_number(void) {
  static const double numbers[] = {
      0,    1,     2,  3,  4,   5, 6, 7, 8, 9, -1, 0.5, 0.35, 2.5, 127.5, 1e-9, 1e300, -1e300, 4294967295.0,
      1e18, 32768, 16, 11, 12.0};
  return numbers[below(sizeof numbers / sizeof *numbers)];
}

static void put_element(enum npy_type type, uint8_t *at) {
  const double number = pick_number();
  const float narrow = (float)(number > 1e30 ? 1e30 : number < -1e30 ? -1e30 : number);
  const int64_t integer = number > 1e18 ? INT64_MAX : number < -1e18 ? INT64_MIN : (int64_t)number;
  if (type == NPY_F8)
    memcpy(at, &number, sizeof number);
  else if (type == NPY_F4)
    memcpy(at, &narrow, sizeof narrow);
  else
    memcpy(at, &integer, npy_type_size(type));
}

/* A whole array of a type and shape made up; the data that was there stays as far as it reaches. */
static void reshape(struct member *member) {
  static const size_t lengths[] = {0, 1, 2, 3, 4, 5, 6, 8, 16, 25, 32, 36, 64};
  static uint8_t kept[DATA_ROOM];
  struct npy_header header = {.type = (enum npy_type)below(NPY_TYPE_COUNT), .ndim = (uint32_t)below(4)};
  uint8_t bytes[NPY_FORMAT_MAX_BYTES];
  for (uint32_t i = 0; i < header.ndim; i++) {
    header.shape[i] = i && below(2) ? header.shape[i - 1] : lengths[below(sizeof lengths / sizeof *lengths)];
  }
  if (!npy_header_measure(&header) || header.data_bytes > DATA_ROOM - sizeof bytes) return;
  npy_header_format(&header, bytes);
  const size_t start = member->size > 64 ? 128 : 0, had = member->size > start ? member->size - start : 0;
  memcpy(kept, member->data + start, had);
  memcpy(member->data, bytes, header.bytes);
  uint8_t *to = member->data + header.bytes;
  for (size_t i = 0; i < header.data_bytes; i++) to[i] = had ? kept[i % had] : 0;
  for (size_t i = 0; i < header.count && i < 8; i++) {
    if (header.count == 1 || below(4) == 0) put_element(header.type, to + i * npy_type_size(header.type));
  }
  member->size = header.bytes + header.data_bytes;
}

/* One element of the array that is there. */
static void set_element(struct member *member) {
  struct npy_header header;
  struct vordec_error error;
  size_t total = 0;
  if (member->size < NPY_PREAMBLE_BYTES || npy_header_length(member->data, NPY_PREAMBLE_BYTES, "", &total, &error))
    return;
  if (total > member->size || npy_header_parse(member->data, total, "", &header, &error)) return;
  if (header.count == 0 || total + header.data_bytes > member->size) return;
  put_element(header.type, member->data + total + below(header.count) * npy_type_size(header.type));
}

static void change(void) {
  struct member *member = count ? &members[below(count)] : NULL;
  switch (member ? below(10) : 9) {
  case 0:
  case 1:
  case 2:
    member->size = LLVMFuzzerMutate(member->data, member->size, DATA_ROOM / 2);
    return;
  case 3:
  case 4:
    set_element(member);
    return;
  case 5:
    reshape(member);
    return;
  case 6:
    member->deflated = !member->deflated;
    return;
  case 7:
    name_member(member);
    return;
  case 8: { /* drop it: the last one takes its place, and its buffer stays with the slot */
    uint8_t *buffer = member->data;
    *member = members[--count];
    members[count].data = buffer;
    return;
  }
  default:
    member = add_member();
    if (!member) return;
    name_member(member);
    reshape(member);
  }
}

size_t archive_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  static uint8_t made[1u << 20];
  word = seed;
  below(1);
  if (below(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  take_apart(data, size);
  for (size_t changes = 1 + below(3); changes > 0; changes--) change();
  const size_t whole = put_together(made, max_size < sizeof made ? max_size : sizeof made);
  if (whole == 0) return LLVMFuzzerMutate(data, size, max_size);
  memcpy(data, made, whole);
  return below(8) == 0 ? LLVMFuzzerMutate(data, whole, max_size) : whole;
}
