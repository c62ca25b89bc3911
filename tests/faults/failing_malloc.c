/* SPDX-License-Identifier: MIT */
#include "failing_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

/* The allocator behind: that of the C library, under a sanitizer that one's. */
#ifdef FAILING_BEHIND_SANITIZER
#define BEHIND(name) __interceptor_##name
#define behind_memalign __interceptor_memalign
#else
#define BEHIND(name) __libc_##name
#endif
void *BEHIND(malloc)(size_t size);
void *BEHIND(calloc)(size_t count, size_t size);
void *BEHIND(realloc)(void *memory, size_t size);
void *BEHIND(memalign)(size_t alignment, size_t size);
void BEHIND(free)(void *memory);

#define DEPTH 24

/* ---- what is to fail ---- */

static struct {
  enum failing_kind kind;
  size_t index;
  bool onward;
  size_t calls[FAILING_KINDS], failed;
  char where[512];
  char ours[256], spared[256];
  char report[512];
  int sites; /* descriptor; 0: none */
  pid_t process;
} plan;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool inside; /* this thread is at work in here */

/* ---- whose code ---- */

static const char *object_name(const void *address) {
  struct dl_find_object found;
  if (_dl_find_object((void *)(uintptr_t)address, &found) != 0) return "?";
  const char *name = found.dlfo_link_map->l_name;
  if (!name || !*name) return "main";
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

static size_t object_offset(const void *address) {
  struct dl_find_object found;
  if (_dl_find_object((void *)(uintptr_t)address, &found) != 0) return (size_t)address;
  return (size_t)address - found.dlfo_link_map->l_addr;
}

static bool begins_with(const char *text, const char *begin, size_t length) {
  return strncmp(text, begin, length) == 0;
}

static bool is_among(const char *object, const char *name) {
  while (*name) {
    const size_t length = strcspn(name, ",");
    if (length && begins_with(object, name, length)) return true;
    name += length + (name[length] == ',');
  }
  return false;
}

static bool is_libc(const char *object) {
  return begins_with(object, "libc.so", 7);
}

struct stack {
  const void *frames[DEPTH];
  size_t count, skip;
};

static _Unwind_Reason_Code keep_frame(struct _Unwind_Context *context, void *ctx) {
  struct stack *stack = ctx;
  if (stack->skip > 0) {
    stack->skip--;
    return _URC_NO_REASON;
  }
  stack->frames[stack->count++] = (const void *)(uintptr_t)_Unwind_GetIP(context);
  return stack->count == DEPTH ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* The stack from `caller` on, which a malloc of ours returns to. */
static struct stack stack_from(const void *caller) {
  struct stack whole = {.skip = 1}, from = {.count = 0};
  _Unwind_Backtrace(keep_frame, &whole);
  size_t i = 0;
  while (i < whole.count && whole.frames[i] != caller) i++;
  for (; i < whole.count; i++) from.frames[from.count++] = whole.frames[i];
  if (from.count == 0) from.frames[from.count++] = caller;
  return from;
}

/* The first frame that is not the C library's: strdup() allocates for whoever called it. */
static const void *asking_frame(const void *caller) {
  if (!is_libc(object_name(caller))) return caller;
  const struct stack stack = stack_from(caller);
  for (size_t i = 0; i < stack.count; i++) {
    if (!is_libc(object_name(stack.frames[i]))) return stack.frames[i];
  }
  return caller;
}

static void describe(const void *caller, char *text, size_t size) {
  const struct stack stack = stack_from(caller);
  size_t used = 0;
  for (size_t i = 0; i < stack.count && used + 64 < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s+0x%zx", i ? " " : "", object_name(stack.frames[i]),
                             object_offset(stack.frames[i]) - 1);
  }
}

/* ---- live blocks: a hash table of its own memory ---- */

#define TABLE_BITS 18
#define TABLE_SIZE ((size_t)1 << TABLE_BITS)

struct block {
  const void *memory;
  const void *asker; /* frame that asked for it */
  uint32_t call;     /* number of the call since the last failing_arm() */
  bool ours;
};

static struct block table[TABLE_SIZE];
static size_t table_count, live_ours;
static uint32_t epoch_first; /* blocks from failing_arm() on have larger numbers */
static uint32_t serial;

static size_t slot_of(const void *memory) {
  return (size_t)(((uintptr_t)memory >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - TABLE_BITS));
}

static void table_put(const void *memory, const void *asker, bool ours) {
  if (table_count > TABLE_SIZE / 4 * 3) abort();
  size_t at = slot_of(memory);
  while (table[at].memory) at = (at + 1) % TABLE_SIZE;
  table[at] = (struct block){memory, asker, ++serial, ours};
  table_count++;
  live_ours += ours;
}

/* Takes an entry out and moves those up that had given way to it. */
static void table_remove(const void *memory) {
  size_t at = slot_of(memory);
  while (table[at].memory && table[at].memory != memory) at = (at + 1) % TABLE_SIZE;
  if (!table[at].memory) return;
  table_count--;
  live_ours -= table[at].ours;
  size_t hole = at;
  for (size_t next = (at + 1) % TABLE_SIZE; table[next].memory; next = (next + 1) % TABLE_SIZE) {
    const size_t home = slot_of(table[next].memory);
    const bool stays = hole <= next ? hole < home && home <= next : hole < home || home <= next;
    if (stays) continue;
    table[hole] = table[next];
    hole = next;
  }
  table[hole].memory = NULL;
}

/* ---- failing and counting ---- */

/* At once: the process may not live to report. */
static void note_where(void) {
  if (!plan.report[0]) return;
  const int out = open(plan.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0) return;
  dprintf(out, "where %s\n", plan.where);
  close(out);
}

static void write_site(const void *caller) {
  const struct stack stack = stack_from(caller);
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < stack.count; i++) hash = (hash ^ object_offset(stack.frames[i])) * UINT64_C(0x100000001b3);
  char line[128];
  const int length =
      snprintf(line, sizeof line, "%016llx %s\n", (unsigned long long)hash, object_name(asking_frame(caller)));
  if (write(plan.sites, line, (size_t)length) != length) abort();
}

/* Counts a call; true if it is to fail. */
static bool fails(enum failing_kind kind, const void *caller) {
  if (inside || (plan.spared[0] && is_among(object_name(caller), plan.spared))) return false;
  inside = true;
  pthread_mutex_lock(&lock);
  const size_t number = ++plan.calls[kind];
  const bool failing =
      kind == plan.kind && plan.index != 0 && (plan.onward ? number >= plan.index : number == plan.index);
  if (failing && plan.failed++ == 0) {
    describe(caller, plan.where, sizeof plan.where);
    note_where();
  }
  if (plan.sites && kind == plan.kind) write_site(caller);
  pthread_mutex_unlock(&lock);
  inside = false;
  return failing;
}

static void *keep(void *memory, const void *caller) {
  if (!memory || inside) return memory;
  inside = true;
  const void *asker = asking_frame(caller);
  const bool ours = is_among(object_name(asker), plan.ours);
  pthread_mutex_lock(&lock);
  table_put(memory, asker, ours);
  pthread_mutex_unlock(&lock);
  inside = false;
  return memory;
}

static void drop(const void *memory) {
  if (!memory || inside) return;
  pthread_mutex_lock(&lock);
  table_remove(memory);
  pthread_mutex_unlock(&lock);
}

static void *out_of_memory(void) {
  errno = ENOMEM;
  return NULL;
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))
#define EXPORT __attribute__((visibility("default")))

EXPORT void *malloc(size_t size) {
  return fails(FAILING_MEMORY, CALLER) ? out_of_memory() : keep(BEHIND(malloc)(size), CALLER);
}

EXPORT void *calloc(size_t count, size_t size) {
  return fails(FAILING_MEMORY, CALLER) ? out_of_memory() : keep(BEHIND(calloc)(count, size), CALLER);
}

EXPORT void *realloc(void *memory, size_t size) {
  if (fails(FAILING_MEMORY, CALLER)) return out_of_memory();
  drop(memory); /* before another thread can be given the same address */
  void *moved = BEHIND(realloc)(memory, size);
  return keep(moved || size == 0 ? moved : memory, CALLER) ? moved : NULL;
}

EXPORT void *memalign(size_t alignment, size_t size) {
  return fails(FAILING_MEMORY, CALLER) ? out_of_memory() : keep(BEHIND(memalign)(alignment, size), CALLER);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  return fails(FAILING_MEMORY, CALLER) ? out_of_memory() : keep(BEHIND(memalign)(alignment, size), CALLER);
}

EXPORT int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (fails(FAILING_MEMORY, CALLER)) return ENOMEM;
  void *made = keep(BEHIND(memalign)(alignment, size), CALLER);
  if (!made) return ENOMEM;
  *memory = made;
  return 0;
}

EXPORT void free(void *memory) {
  const int cause = errno;
  drop(memory);
  BEHIND(free)(memory);
  errno = cause;
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = NULL;
  void *symbol = dlsym(RTLD_NEXT, "pthread_create");
  memcpy(&next, &symbol, sizeof next);
  return fails(FAILING_THREADS, CALLER) ? EAGAIN : next(thread, attributes, start, argument);
}

EXPORT void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  void *(*next)(void *, size_t, int, int, int, off_t) = NULL;
  void *symbol = dlsym(RTLD_NEXT, "mmap");
  memcpy(&next, &symbol, sizeof next);
  if (!fails(FAILING_MAPS, CALLER)) return next(address, length, protection, flags, descriptor, offset);
  errno = ENOMEM;
  return MAP_FAILED;
}

/* ---- in a test ---- */

void failing_arm(enum failing_kind kind, size_t index, bool onward) {
  pthread_mutex_lock(&lock);
  plan.kind = kind;
  plan.index = index;
  plan.onward = onward;
  plan.failed = 0;
  plan.where[0] = '\0';
  memset(plan.calls, 0, sizeof plan.calls);
  epoch_first = serial + 1;
  pthread_mutex_unlock(&lock);
}

size_t failing_disarm(void) {
  pthread_mutex_lock(&lock);
  plan.index = 0;
  const size_t failed = plan.failed;
  pthread_mutex_unlock(&lock);
  return failed;
}

size_t failing_calls(void) {
  return plan.calls[plan.kind];
}

void failing_own(const char *names) {
  snprintf(plan.ours, sizeof plan.ours, "%s", names);
}

void failing_spare(const char *names) {
  snprintf(plan.spared, sizeof plan.spared, "%s", names);
}

size_t failing_live(void) {
  return live_ours;
}

const char *failing_where(void) {
  return plan.where;
}

void failing_print_live(void) {
  for (size_t i = 0; i < TABLE_SIZE; i++) {
    if (!table[i].memory || !table[i].ours || table[i].call < epoch_first) continue;
    dprintf(STDERR_FILENO, "live: a block that %s+0x%zx asked for\n", object_name(table[i].asker),
            object_offset(table[i].asker) - 1);
  }
}

/* ---- preloaded ---- */

/* The C library does not know its environment yet. What is taken is renamed, so that child processes are left alone. */
static const char *take_setting(char **environment, const char *name) {
  const size_t length = strlen(name);
  for (char **entry = environment; *entry; entry++) {
    if (strncmp(*entry, name, length) != 0 || (*entry)[length] != '=') continue;
    (*entry)[0] = '_';
    return *entry + length + 1;
  }
  return "";
}

/* Runs before the constructors of all other objects (-z initfirst). */
__attribute__((constructor)) static void begin(int count, char **arguments, char **environment) {
  (void)count;
  (void)arguments;
  if (!environment) return;
  inside = true;
  const char *kind = take_setting(environment, "VORDEC_FAULT_KIND");
  const char *sites = take_setting(environment, "VORDEC_FAULT_SITES");
  plan.kind = strcmp(kind, "threads") == 0 ? FAILING_THREADS
              : strcmp(kind, "maps") == 0  ? FAILING_MAPS
                                           : FAILING_MEMORY;
  plan.index = strtoul(take_setting(environment, "VORDEC_FAULT_INDEX"), NULL, 10);
  plan.onward = *take_setting(environment, "VORDEC_FAULT_ONWARD") != '\0';
  plan.process = getpid();
  snprintf(plan.ours, sizeof plan.ours, "%s", take_setting(environment, "VORDEC_FAULT_OURS"));
  snprintf(plan.report, sizeof plan.report, "%s", take_setting(environment, "VORDEC_FAULT_REPORT"));
  if (*sites) plan.sites = open(sites, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  memset(plan.calls, 0, sizeof plan.calls);
  inside = false;
}

/* Live blocks by the object whose code asked for them; objects that are gone have no name any more. */
static void report_live(int out) {
  struct {
    const char *name;
    size_t count;
  } objects[64];
  size_t count = 0;
  for (size_t i = 0; i < TABLE_SIZE; i++) {
    if (!table[i].memory || table[i].ours) continue;
    const char *name = object_name(table[i].asker);
    size_t at = 0;
    while (at < count && strcmp(objects[at].name, name) != 0) at++;
    if (at == 64) continue;
    if (at == count) objects[count++].name = name, objects[at].count = 0;
    objects[at].count++;
  }
  for (size_t i = 0; i < count; i++) dprintf(out, "live %s %zu\n", objects[i].name, objects[i].count);
}

/* calls N; failed N; where STACK; live OBJECT N for each object of others; ours N; leak OBJECT+OFFSET for each of ours
 */
__attribute__((destructor)) static void report(void) {
  if (!plan.report[0] || getpid() != plan.process) return;
  for (int i = 0; i < 2; i++) dlerror(); /* gives back what it keeps of a failure */
  inside = true;
  const int out = open(plan.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0) return;
  dprintf(out, "calls %zu\nfailed %zu\nwhere %s\n", plan.calls[plan.kind], plan.failed, plan.where);
  report_live(out);
  dprintf(out, "ours %zu\n", live_ours);
  for (size_t i = 0; i < TABLE_SIZE; i++) {
    if (!table[i].memory || !table[i].ours) continue;
    dprintf(out, "leak %s+0x%zx\n", object_name(table[i].asker), object_offset(table[i].asker) - 1);
  }
  close(out);
}
