#include "deviations.h"

#include <string.h>

/* A row names what it changes of the following, which is why it may name a field twice. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#define ALL_CAPABILITIES (VORDEC_CAP_FP32 | VORDEC_CAP_FP64 | VORDEC_CAP_TIMESTAMPS)
#define NO_TIMESTAMPS (VORDEC_CAP_FP32 | VORDEC_CAP_FP64)

/* A well-behaved plugin for a discrete GPU. */
#define SOUND_CARD                                                                                                     \
  .abi_major = VORDEC_ABI_MAJOR, .serves = VORDEC_ABI_MAJOR, .size = sizeof(struct vordec_backend), .devices = 1,      \
  .capabilities = ALL_CAPABILITIES, .type = VORDEC_DEVICE_DISCRETE, .timestamps = true, .plans_max = 1000,             \
  .decode.type = VORDEC_DEVICE_DISCRETE, .decode.name = "Stub Card", .decode.driver = "stub 1.0", .decode.uuid = 0x5a, \
  .decode.recorded = 3, .decode.ms.share = 0.19, .doubtful_above = INFINITY,                                           \
  .rollout_size = sizeof(struct vordec_rollout_interface), .advance.type = VORDEC_DEVICE_DISCRETE,                     \
  .advance.name = "Stub Card", .advance.driver = "stub 1.0", .advance.uuid = 0x5a, .advance.recorded = 1,              \
  .advance.ms.share = 0.9, .bandwidth_size = sizeof(struct vordec_bandwidth_interface), .fill_share = 0.5,             \
  .fill_ms.share = 0.9, .stream_size = sizeof(struct vordec_stream_interface)

#define CARD(folder_, name_, what_, ...)                                                                               \
  {                                                                                                                    \
    .folder = (folder_), .name = (name_), .what = (what_), .card = { SOUND_CARD, __VA_ARGS__ }                         \
  }
#define EXAMPLE(name_, fault_, what_)                                                                                  \
  { .folder = "mutants", .name = (name_), .what = (what_), .example = true, .fault = (fault_) }

const struct deviation deviations[] = {
    /* clang-format off: one row each */
    CARD("plugins", "ok", "what a card does with nothing wrong", ),
    CARD("plugins", "older", "a table without get_interface", .size = offsetof(struct vordec_backend, get_interface)),
    CARD("plugins", "longer", "a table of a later minor version",
         .size = sizeof(struct vordec_backend) + 4 * sizeof(void (*)(void))),
    CARD("plugins", "two_devices", "two devices", .devices = 2),
    CARD("plugins", "integrated", "an integrated GPU", .type = VORDEC_DEVICE_INTEGRATED,
         .decode.type = VORDEC_DEVICE_INTEGRATED),
    CARD("plugins", "virtual", "a virtual GPU", .type = VORDEC_DEVICE_VIRTUAL, .decode.type = VORDEC_DEVICE_VIRTUAL),
    CARD("plugins", "no_timestamps", "no device clock, and none promised", .timestamps = false,
         .capabilities = NO_TIMESTAMPS),
    CARD("plugins", "software", "a software device", .type = VORDEC_DEVICE_SOFTWARE,
         .decode.type = VORDEC_DEVICE_SOFTWARE),
    CARD("plugins", "other", "a device of another kind", .type = VORDEC_DEVICE_OTHER,
         .decode.type = VORDEC_DEVICE_OTHER),
    CARD("plugins", "unusable", "a device that cannot be used", .unusable = VORDEC_REASON_BROKEN_DRIVER),
    CARD("plugins", "no_device", "no device", .devices = 0),
    CARD("plugins", "no_fp64", "no fp64", .capabilities = VORDEC_CAP_FP32 | VORDEC_CAP_TIMESTAMPS),
    {.folder = "plugins", .name = "no_entry", .what = "another symbol than the entry", .object = OBJECT_OTHER},
    CARD("plugins", "null_entry", "serves another ABI alone", .serves = 99),
    CARD("plugins", "wrong_abi", "a table of another ABI", .abi_major = 2),
    CARD("plugins", "short_struct", "a table without decode", .size = offsetof(struct vordec_backend, decode)),
    CARD("plugins", "empty_struct", "a table of no size", .size = 0),
    CARD("plugins", "wrong_name", "calls itself ok", .claims = "ok"),
    CARD("plugins", "null_name", "has no name", .no_claim = true),
    CARD("plugins", "null_slot", "lacks decode", .lacks_decode = true),
    CARD("plugins", "no_plan", "says ok and makes no plan", .makes_no_plan = true),
    CARD("plugins", "wrong_fft", "uses an FFT that it does not offer", .fft_used = "invented"),
    CARD("plugins", "other_fft", "uses another FFT than asked for", .fft_used = "other"),
    CARD("plugins", "no_dispatch", "records no dispatch", .decode.recorded = 0),
    CARD("plugins", "incomplete", "loses a dispatch", .decode.lost = 1),
    CARD("plugins", "no_evidence", "fills no evidence",
         .decode = {.type = VORDEC_DEVICE_HOST, .name = "", .driver = ""}, .timestamps = false),
    CARD("plugins", "type_lie", "worked on another type than probed", .type = VORDEC_DEVICE_INTEGRATED),
    CARD("plugins", "name_lie", "worked on a device of another name", .decode.name = "Better Card"),
    CARD("plugins", "driver_lie", "worked through another driver", .decode.driver = "stub 2.0"),
    CARD("plugins", "uuid_lie", "worked on a device of another UUID", .decode.uuid = 1),
    CARD("plugins", "slow_stages", "stages longer than the call", .decode.ms = {0.0, 1e9}),
    CARD("plugins", "zero_stages", "stages that took no time", .decode.ms = {0.0, 0.0}),
    CARD("plugins", "nan_stages", "stages of NAN ms", .decode.ms = {0.0, NAN}),
    CARD("plugins", "negative_stages", "stages of negative time", .decode.ms = {0.0, -1.0}),
    CARD("plugins", "broken_promise", "no device clock where one was promised", .timestamps = false),
    CARD("plugins", "broken_promise_nan", "likewise, and stages of NAN ms", .timestamps = false,
         .decode.ms = {0.0, NAN}),
    CARD("plugins", "clockless_slow", "no device clock, and stages longer than the call", .timestamps = false,
         .capabilities = NO_TIMESTAMPS, .decode.ms = {0.0, 1e9}),
    CARD("plugins", "doubtful", "loses a dispatch where z[0] is above 0.5", .doubtful_above = 0.5),
    CARD("plugins", "nan", "fields and max |R| of NAN", .offset = NAN, .absmax = NAN),
    {.folder = "plugins",
     .name = "marked",
     .what = "exports a second symbol",
     .object = OBJECT_MARKED,
     .card = {SOUND_CARD}},
    CARD("plugins", "wrong_field", "omega_lp is off by 1e-5", .offset = 1e-5),
    CARD("plugins", "rolls", "has rollouts", .rolls = true),
    CARD("plugins", "rolls_older", "rollouts, and a table without get_interface", .rolls = true,
         .size = offsetof(struct vordec_backend, get_interface)),
    CARD("plugins", "rolls_short", "a rollout table without read", .rolls = true,
         .rollout_size = offsetof(struct vordec_rollout_interface, read)),
    CARD("plugins", "rolls_null_slot", "rollouts lack read", .rolls = true, .lacks_read = true),
    CARD("plugins", "rolls_no_state", "says ok and makes no rollout", .rolls = true, .makes_no_rollout = true),
    CARD("plugins", "rolls_software", "rollouts of a software device", .rolls = true, .type = VORDEC_DEVICE_SOFTWARE,
         .decode.type = VORDEC_DEVICE_SOFTWARE, .advance.type = VORDEC_DEVICE_SOFTWARE),
    CARD("plugins", "rolls_no_timestamps", "no device clock, and none promised", .rolls = true, .timestamps = false,
         .capabilities = NO_TIMESTAMPS),
    CARD("plugins", "rolls_no_dispatch", "steps record no dispatch", .rolls = true, .advance.recorded = 0),
    CARD("plugins", "rolls_incomplete", "steps lose a dispatch", .rolls = true, .advance.lost = 1),
    CARD("plugins", "rolls_elsewhere", "steps on another type than probed", .rolls = true,
         .advance.type = VORDEC_DEVICE_INTEGRATED),
    CARD("plugins", "rolls_uuid_lie", "steps on a device of another UUID", .rolls = true, .advance.uuid = 1),
    CARD("plugins", "rolls_too_long", "steps longer than the call", .rolls = true, .advance.ms = {0.0, 1e9}),
    CARD("plugins", "rolls_doubtful", "two steps lose every dispatch", .rolls = true, .doubtful_steps = 2),
    CARD("plugins", "fills", "has a bandwidth", .fills = true),
    CARD("plugins", "fills_host_clock", "a bandwidth by the host's clock", .fills = true, .timestamps = false,
         .capabilities = NO_TIMESTAMPS),
    CARD("plugins", "fills_older", "a bandwidth, and a table without get_interface", .fills = true,
         .size = offsetof(struct vordec_backend, get_interface)),
    CARD("plugins", "fills_short", "a bandwidth table without fill", .fills = true,
         .bandwidth_size = offsetof(struct vordec_bandwidth_interface, fill)),
    CARD("plugins", "fills_null_slot", "bandwidth lacks fill", .fills = true, .lacks_fill = true),
    CARD("plugins", "fills_nothing", "fills no byte", .fills = true, .fill_share = 0.0),
    CARD("plugins", "fills_more", "fills a byte more than asked for", .fills = true, .fill_share = 1.0, .fill_more = 1),
    CARD("plugins", "fills_too_long", "fills longer than the call", .fills = true, .fill_ms = {0.0, 1e12}),
    CARD("plugins", "fills_in_no_time", "fills in no time", .fills = true, .fill_ms = {0.0, 0.0}),
    CARD("plugins", "fills_backwards", "fills in negative time", .fills = true, .fill_ms = {0.0, -1e-6}),
    CARD("plugins", "fills_nan", "fills in NAN seconds", .fills = true, .fill_ms = {0.0, NAN}),
    CARD("plugins", "streams", "has streams, rollouts and a bandwidth", .streams = true, .rolls = true, .fills = true),
    CARD("plugins", "streams_older", "streams, and a table without get_interface", .streams = true,
         .size = offsetof(struct vordec_backend, get_interface)),
    CARD("plugins", "streams_short", "a stream table without link", .streams = true,
         .stream_size = offsetof(struct vordec_stream_interface, link)),
    CARD("plugins", "streams_null_slot", "streams lack wait", .streams = true, .lacks_wait = true),
    CARD("plugins", "streams_half_memory", "lends memory and takes none back", .streams = true, .lacks_free = true),
    CARD("plugins", "streams_no_memory", "lends no memory and times no link", .streams = true, .lacks_alloc = true,
         .lacks_free = true, .lacks_link = true),
    CARD("plugins", "streams_one_plan", "has room for one plan", .streams = true, .plans_max = 1),
    CARD("plugins", "streams_doubtful", "loses a dispatch where z[0] is above 0.5", .streams = true,
         .doubtful_above = 0.5),
    CARD("plugins", "streams_too_long", "stages longer than the job", .streams = true, .decode.ms = {0.0, 1e9}),
    CARD("plugins", "streams_too_fast", "copies in no time", .streams = true, .fills = true, .fill_ms = {0.0, 0.0}),
    /* Those that take a process down stand in a folder of their own, which no test loads in its own process. */
    CARD("plugins/hostile", "crashes_on_load", "crashes when it is loaded", .on_load = TROUBLE_CRASH),
    CARD("plugins/hostile", "exits_on_load", "ends the process when it is loaded", .on_load = TROUBLE_EXIT),
    CARD("plugins/hostile", "aborts_on_probe", "aborts in probe", .on_probe = TROUBLE_ABORT),
    CARD("plugins/hostile", "hangs_on_probe", "hangs in probe", .on_probe = TROUBLE_HANG),
    CARD("plugins/hostile", "crashes_on_decode", "crashes in decode", .on_decode = TROUBLE_CRASH),
    CARD("plugins/hostile", "hangs_on_decode", "hangs in decode", .on_decode = TROUBLE_HANG),
    /* What the conformance suite is tested with. */
    EXAMPLE("nothing", NO_FAULT, "all that a backend has to do, and every interface"),
    EXAMPLE("bare", NO_INTERFACES, "all that a backend has to do, and nothing that is optional"),
    {.folder = "mutants",
     .name = "two_exports",
     .what = "exports a second symbol",
     .object = OBJECT_MARKED,
     .example = true},
    EXAMPLE("crash_in_entry", CRASH_IN_ENTRY, "crashes in its entry"),
    EXAMPLE("thread_in_entry", THREAD_IN_ENTRY, "starts a thread in its entry"),
    EXAMPLE("memory_in_entry", MEMORY_IN_ENTRY, "takes memory in its entry"),
    EXAMPLE("any_abi", ANY_ABI, "serves any ABI"),
    EXAMPLE("wrong_major", WRONG_MAJOR, "a table of another ABI"),
    EXAMPLE("short_table", SHORT_TABLE, "a table without decode"),
    EXAMPLE("misnamed", MISNAMED, "calls itself somebody"),
    EXAMPLE("empty_slot", EMPTY_SLOT, "lacks plan_create"),
    EXAMPLE("full_interfaces", FULL_INTERFACES, "has an interface of any name"),
    EXAMPLE("lends_for_ever", LENDS_FOR_EVER, "lends memory and takes none back"),
    EXAMPLE("hang_in_probe", HANG_IN_PROBE, "hangs in probe"),
    EXAMPLE("fickle_probe", FICKLE_PROBE, "another device at every second probe"),
    EXAMPLE("leak_in_probe", LEAK_IN_PROBE, "leaves memory behind in probe"),
    EXAMPLE("opens_anything", OPENS_ANYTHING, "opens devices that there are not"),
    EXAMPLE("silent_error", SILENT_ERROR, "fails to open without a word"),
    EXAMPLE("leaks_session", LEAKS_SESSION, "keeps a session's memory"),
    EXAMPLE("claims_gpu", CLAIMS_GPU, "says that the processor is a GPU"),
    EXAMPLE("exit_in_plan", EXIT_IN_PLAN, "ends the process in plan_create"),
    EXAMPLE("claims_any_fft", CLAIMS_ANY_FFT, "uses whatever FFT is asked for"),
    EXAMPLE("takes_any_window", TAKES_ANY_WINDOW, "takes windows that it does not know for boxes"),
    EXAMPLE("failed_for_memory", FAILED_FOR_MEMORY, "fails without memory, and does not say so"),
    EXAMPLE("says_device_memory", SAYS_DEVICE_MEMORY, "takes the host's memory for the device's"),
    EXAMPLE("leaks_failed_plan", LEAKS_FAILED_PLAN, "keeps the memory of plans that failed"),
    EXAMPLE("leaks_plan", LEAKS_PLAN, "keeps the memory of plans"),
    EXAMPLE("leaks_unseen", LEAKS_UNSEEN, "keeps memory that the host does not count"),
    EXAMPLE("abort_in_decode", ABORT_IN_DECODE, "aborts in decode"),
    EXAMPLE("hang_in_decode", HANG_IN_DECODE, "hangs in decode"),
    EXAMPLE("writes_past", WRITES_PAST, "writes behind omega_lp"),
    EXAMPLE("writes_before", WRITES_BEFORE, "writes in front of omega_lp"),
    EXAMPLE("writes_input", WRITES_INPUT, "writes to z"),
    EXAMPLE("reads_past", READS_PAST, "reads behind z"),
    EXAMPLE("leaves_nan", LEAVES_NAN, "leaves the last cell out"),
    EXAMPLE("forgets_mask", FORGETS_MASK, "a mask with a 7"),
    EXAMPLE("off_by_a_little", OFF_BY_A_LITTLE, "omega_lp is off by 1e-9"),
    EXAMPLE("one_round_less", ONE_ROUND_LESS, "one round of majority is missing"),
    EXAMPLE("rounds_k_up", ROUNDS_K_UP, "rounds K up"),
    EXAMPLE("always_support", ALWAYS_SUPPORT, "gates by the support, whatever is asked for"),
    EXAMPLE("no_nyquist", NO_NYQUIST, "leaves the Nyquist modes out"),
    EXAMPLE("batch_shows", BATCH_SHOWS, "bits depend on the batch"),
    EXAMPLE("time_shows", TIME_SHOWS, "bits depend on the number of the decode"),
    EXAMPLE("process_shows", PROCESS_SHOWS, "bits depend on the process"),
    EXAMPLE("wrong_energy", WRONG_ENERGY, "twice the energy"),
    EXAMPLE("hides_overflow", HIDES_OVERFLOW, "scalars of fields that overflowed are finite"),
    EXAMPLE("memory_in_decode", MEMORY_IN_DECODE, "decode takes memory"),
    EXAMPLE("counts_nothing", COUNTS_NOTHING, "no dispatches"),
    EXAMPLE("lost_dispatch", LOST_DISPATCH, "loses a dispatch"),
    EXAMPLE("too_long_stages", TOO_LONG_STAGES, "a stage longer than the call"),
    EXAMPLE("other_device", OTHER_DEVICE, "worked on a device of another UUID"),
    EXAMPLE("breaks_promise", BREAKS_PROMISE, "promises timestamps of a device that has none"),
    EXAMPLE("infinite_warmup", INFINITE_WARMUP, "a warm-up of infinite time"),
    EXAMPLE("colours_name", COLOURS_NAME, "a name that a terminal obeys"),
    EXAMPLE("shouts_fft", SHOUTS_FFT, "an FFT in capital letters"),
    EXAMPLE("rolls_transposed", ROLLS_TRANSPOSED, "z becomes A z"),
    EXAMPLE("split_shows", SPLIT_SHOWS, "bits depend on how steps are grouped"),
    EXAMPLE("sums_backwards", SUMS_BACKWARDS, "deterministic sums from the last entry to the first"),
    EXAMPLE("decodes_the_last", DECODES_THE_LAST, "decodes a rollout's state of one call earlier"),
    EXAMPLE("decodes_anything", DECODES_ANYTHING, "decodes states that are not finite"),
    EXAMPLE("rolls_uncounted", ROLLS_UNCOUNTED, "steps record no dispatch"),
    EXAMPLE("leaks_rollout", LEAKS_ROLLOUT, "keeps the memory of rollouts that failed"),
    EXAMPLE("fills_no_byte", FILLS_NO_BYTE, "fills no byte"),
    EXAMPLE("fills_for_long", FILLS_FOR_LONG, "fills longer than the call"),
    EXAMPLE("stream_shows", STREAM_SHOWS, "jobs have other bits than decodes"),
    EXAMPLE("keeps_job", KEEPS_JOB, "reads the job after submit"),
    EXAMPLE("memory_in_submit", MEMORY_IN_SUBMIT, "submit takes memory"),
    EXAMPLE("waits_uncounted", WAITS_UNCOUNTED, "jobs record no dispatch"),
    EXAMPLE("rolls_on", ROLLS_ON, "decodes a rollout's state as it is at the wait"),
    EXAMPLE("failed_stays", FAILED_STAYS, "a job that failed stays under way"),
    EXAMPLE("lends_askew", LENDS_ASKEW, "lends memory that is not aligned"),
    EXAMPLE("lends_dirty", LENDS_DIRTY, "lends memory that is not zeroed"),
    EXAMPLE("lends_and_leaks", LENDS_AND_LEAKS, "keeps memory that it lent"),
    EXAMPLE("frees_null", FREES_NULL, "does not take NULL back"),
    EXAMPLE("writes_lent", WRITES_LENT, "writes behind a field in lent memory"),
    EXAMPLE("lends_nothing", LENDS_NOTHING, "says ok where it has no memory to lend"),
    EXAMPLE("link_for_long", LINK_FOR_LONG, "copies longer than the call"),
    EXAMPLE("child_shows", CHILD_SHOWS, "a forked child gets other bits"),
    EXAMPLE("hang_in_child", HANG_IN_CHILD, "decodes of a forked child do not end"),
    EXAMPLE("refuses_child", REFUSES_CHILD, "does not adopt what it said it would"),
    EXAMPLE("prints", PRINTS, "prints"),
    EXAMPLE("logs_lines", LOGS_LINES, "logs two lines at once"),
    /* clang-format on */
};

const size_t deviation_count = sizeof deviations / sizeof *deviations;

const struct deviation *deviation_find(const char *name) {
  for (size_t i = 0; i < deviation_count; i++) {
    if (strcmp(deviations[i].name, name) == 0) return &deviations[i];
  }
  return NULL;
}
