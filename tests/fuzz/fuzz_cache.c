/* SPDX-License-Identifier: MIT */
/*
 * A file of the kernel cache. It is either, byte for byte, what would have been stored for this device, driver and key,
 * or it is ignored; and what is stored afterwards replaces it. The mutator mends digest and size, so that more than the
 * digest is looked at.
 */
#include <blake2.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cache_folder.h"
#include "fuzz.h"
#include "plugins/vulkan/gpu/cache.h"

#define KEY "vkfft 10226 N 128 batch 3 fp32"
/* Where the parts of a file lie: see struct cache_header. */
#define SIZE_AT 376u
#define DIGEST_AT 384u
#define CONTENT_AT 416u

static struct gpu gpu;
static char stored[2048]; /* the path of the one file */

static void *allocate(void *ctx, size_t alignment, size_t size) {
  (void)ctx;
  return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void release(void *ctx, void *memory) {
  (void)ctx;
  free(memory);
}

static void write_file(const void *data, size_t size) {
  const int file = open(stored, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  FUZZ_CHECK(file >= 0 && write(file, data, size) == (ssize_t)size);
  close(file);
}

static size_t read_file(uint8_t *data, size_t room) {
  const int file = open(stored, O_RDONLY | O_CLOEXEC);
  FUZZ_CHECK(file >= 0);
  const ssize_t size = read(file, data, room);
  close(file);
  FUZZ_CHECK(size >= 0);
  return (size_t)size;
}

/* What a store leaves is one file, whose name is found here. */
static void find_stored(const char *folder) {
  DIR *dir = opendir(folder);
  FUZZ_CHECK(dir);
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    FUZZ_CHECK(!stored[0]);
    snprintf(stored, sizeof stored, "%s/%s", folder, entry->d_name);
  }
  closedir(dir);
  FUZZ_CHECK(stored[0]);
}

static void remove_stored(void) {
  unlink(stored);
  *strrchr(stored, '/') = '\0';
  rmdir(stored);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  static const struct vordec_host host = {.struct_size = sizeof host, .allocate = allocate, .release = release};
  static char folder[CACHE_FOLDER_MAX];
  (void)argc;
  (void)argv;
  gpu.host = &host;
  memcpy(gpu.facts.info.uuid, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16);
  snprintf(gpu.facts.info.driver, sizeof gpu.facts.info.driver, "a driver 1.2.3");
  gpu.facts.properties.driverVersion = 0x12345678;
  snprintf(folder, sizeof folder, "%s", fuzz_path("x"));
  *strrchr(folder, '/') = '\0';
  setenv("XDG_CACHE_HOME", folder, 1);
  atexit(remove_stored); /* before the folder itself */
  FUZZ_CHECK(cache_folder_path(folder, sizeof folder));
  cache_store(&gpu, KEY, "x", 1);
  find_stored(folder);
  return 0;
}

static void check_replaced(void) {
  static const char kernels[] = "compiled kernels";
  size_t size = 0;
  cache_store(&gpu, KEY, kernels, sizeof kernels);
  char *content = cache_load(&gpu, KEY, &size);
  FUZZ_CHECK(content && size == sizeof kernels && memcmp(content, kernels, size) == 0);
  free(content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static uint8_t again[1u << 20];
  size_t loaded = 0;
  write_file(data, size);
  void *content = cache_load(&gpu, KEY, &loaded);
  FUZZ_CHECK(!cache_load(&gpu, KEY " ", &loaded)); /* another key's is not this one's */
  if (content) {
    FUZZ_CHECK(size == CONTENT_AT + loaded && memcmp(content, data + CONTENT_AT, loaded) == 0);
    cache_store(&gpu, KEY, content, loaded);
    FUZZ_CHECK(read_file(again, sizeof again) == size && memcmp(again, data, size) == 0);
    free(content);
  }
  check_replaced();
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (size <= CONTENT_AT || seed % 4 == 0) return size;
  const uint64_t content = size - CONTENT_AT;
  memcpy(data + SIZE_AT, &content, sizeof content);
  blake2b(data + DIGEST_AT, data + CONTENT_AT, NULL, 32, (size_t)content, 0);
  if (seed % 4 == 1) return size;
  /* The rest as it has to be, too. */
  uint8_t right[CONTENT_AT];
  cache_store(&gpu, KEY, "x", 1);
  if (read_file(right, sizeof right) == sizeof right) memcpy(data, right, SIZE_AT);
  return size;
}
