/* SPDX-License-Identifier: MIT */
/* One pass over the instructions: every id of a type or a constant is known before it is used. */
#include "small_module.h"

#include <spirv-tools/libspirv.h>
#include <spirv/unified1/spirv.h>
#include <stdlib.h>
#include <string.h>

/* What an id stands for: a type of a size, or a constant of a value (64 bits wide at most). */
struct meaning {
  uint32_t size, align; /* in shared memory */
  uint32_t pointee;     /* of a pointer: the type behind it */
  uint64_t value;
  bool is_constant;
};

struct reading {
  const struct small_device *device;
  const VkSpecializationInfo *special;
  struct meaning *ids;
  uint32_t *spec_ids; /* by id, one more than its SpecId; 0: none */
  uint32_t bound;
  uint64_t shared;         /* bytes so far */
  uint32_t local[3];       /* from the execution mode */
  uint32_t workgroup_size; /* the id of the built-in that overrules it; 0: none */
  uint32_t workgroup_parts[3];
};

static uint64_t round_up(uint64_t value, uint64_t to) {
  return (value + to - 1) / to * to;
}

static uint64_t constant_of(const struct reading *reading, uint32_t id) {
  if (id >= reading->bound || !reading->ids[id].is_constant) {
    small_overstep("a shader's shared memory or workgroup depends on what this test cannot compute (id %u)", id);
  }
  return reading->ids[id].value;
}

static void put_constant(struct reading *reading, uint32_t id, uint64_t value) {
  reading->ids[id].is_constant = true;
  reading->ids[id].value = value;
}

/* The value that a pipeline gives a specialisation constant, or its default. */
static uint64_t specialised(const struct reading *reading, uint32_t id, uint64_t value) {
  const VkSpecializationInfo *special = reading->special;
  for (uint32_t i = 0; special && reading->spec_ids[id] && i < special->mapEntryCount; i++) {
    const VkSpecializationMapEntry *entry = &special->pMapEntries[i];
    if (entry->constantID + 1 != reading->spec_ids[id]) continue;
    value = 0;
    memcpy(&value, (const char *)special->pData + entry->offset, entry->size < 8 ? entry->size : 8);
  }
  return value;
}

static void fold_operation(struct reading *reading, const spv_parsed_instruction_t *in) {
  const uint32_t *words = in->words, id = words[2], op = words[3];
  uint32_t operand[3] = {0, 0, 0};
  for (uint16_t i = 4; i < in->num_words && i < 7; i++) {
    if (words[i] >= reading->bound || !reading->ids[words[i]].is_constant) return; /* of no number: used nowhere here */
    operand[i - 4] = (uint32_t)reading->ids[words[i]].value;
  }
  const uint32_t a = operand[0], b = operand[1], c = operand[2];
  const struct {
    SpvOp op;
    uint32_t value;
  } folds[] = {{SpvOpIAdd, a + b},
               {SpvOpISub, a - b},
               {SpvOpIMul, a * b},
               {SpvOpUDiv, b ? a / b : 0},
               {SpvOpUMod, b ? a % b : 0},
               {SpvOpShiftLeftLogical, a << (b & 31u)},
               {SpvOpShiftRightLogical, a >> (b & 31u)},
               {SpvOpBitwiseAnd, a & b},
               {SpvOpBitwiseOr, a | b},
               {SpvOpIEqual, a == b},
               {SpvOpINotEqual, a != b},
               {SpvOpUGreaterThan, a > b},
               {SpvOpUGreaterThanEqual, a >= b},
               {SpvOpULessThan, a < b},
               {SpvOpULessThanEqual, a <= b},
               {SpvOpLogicalAnd, a && b},
               {SpvOpLogicalOr, a || b},
               {SpvOpLogicalNot, !a},
               {SpvOpSelect, a ? b : c}};
  for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
    if (folds[i].op == op) put_constant(reading, id, folds[i].value);
  }
}

static void read_struct(struct reading *reading, const spv_parsed_instruction_t *in) {
  uint64_t size = 0, align = 4;
  for (uint16_t i = 2; i < in->num_words; i++) {
    const struct meaning *member = &reading->ids[in->words[i]];
    const uint64_t member_align = member->align ? member->align : 4;
    size = round_up(size, member_align) + member->size;
    if (member_align > align) align = member_align;
  }
  reading->ids[in->words[1]] = (struct meaning){.size = (uint32_t)round_up(size, align), .align = (uint32_t)align};
}

static void read_type(struct reading *reading, const spv_parsed_instruction_t *in) {
  const uint32_t *words = in->words;
  struct meaning *ids = reading->ids, *type = &ids[words[1]];
  switch (in->opcode) {
  case SpvOpTypeBool:
    *type = (struct meaning){.size = 4, .align = 4};
    break;
  case SpvOpTypeInt:
  case SpvOpTypeFloat:
    *type = (struct meaning){.size = words[2] / 8, .align = words[2] / 8};
    break;
  case SpvOpTypeVector:
    *type = (struct meaning){.size = words[3] * ids[words[2]].size,
                             .align = (words[3] == 3 ? 4 : words[3]) * ids[words[2]].align};
    break;
  case SpvOpTypeArray: {
    const struct meaning *element = &ids[words[2]];
    const uint64_t stride = element->align ? round_up(element->size, element->align) : element->size;
    const struct meaning *length = &ids[words[3]];
    /* An array of something else than shared memory may be of any length. */
    *type = (struct meaning){.size = length->is_constant ? (uint32_t)(stride * length->value) : UINT32_MAX,
                             .align = element->align};
    break;
  }
  case SpvOpTypeStruct:
    read_struct(reading, in);
    break;
  case SpvOpTypePointer:
    type->pointee = words[3];
    break;
  default: /* of the hundreds of instructions these are the ones that make types of a size */
    break;
  }
}

static void read_constant(struct reading *reading, const spv_parsed_instruction_t *in) {
  const uint32_t *words = in->words;
  uint64_t value = 0;
  switch (in->opcode) {
  case SpvOpConstant:
  case SpvOpSpecConstant:
    value = words[3] | (in->num_words > 4 ? (uint64_t)words[4] << 32 : 0);
    put_constant(reading, words[2], in->opcode == SpvOpConstant ? value : specialised(reading, words[2], value));
    break;
  case SpvOpConstantTrue:
  case SpvOpSpecConstantTrue:
    put_constant(reading, words[2], specialised(reading, words[2], 1));
    break;
  case SpvOpConstantFalse:
  case SpvOpSpecConstantFalse:
    put_constant(reading, words[2], specialised(reading, words[2], 0));
    break;
  case SpvOpConstantComposite:
  case SpvOpSpecConstantComposite:
    if (words[2] != reading->workgroup_size || in->num_words != 6) break;
    for (int i = 0; i < 3; i++) reading->workgroup_parts[i] = words[3 + i];
    break;
  case SpvOpSpecConstantOp:
    fold_operation(reading, in);
    break;
  default: /* likewise */
    break;
  }
}

static void check_capability(const struct small_device *device, uint32_t capability) {
  if (capability == SpvCapabilityShader) return;
  if (capability == SpvCapabilityFloat64 && device->fp64) return;
  small_overstep("a shader wants %s (SPIR-V capability %u)",
                 capability == SpvCapabilityFloat64                   ? "double precision"
                 : capability == SpvCapabilityInt8                    ? "integers of 8 bits"
                 : capability == SpvCapabilityStorageBuffer8BitAccess ? "buffers of bytes"
                                                                      : "what was not enabled",
                 capability);
}

static void read_decoration(struct reading *reading, const uint32_t *words) {
  if (words[2] == SpvDecorationSpecId) reading->spec_ids[words[1]] = words[3] + 1;
  if (words[2] == SpvDecorationBuiltIn && words[3] == SpvBuiltInWorkgroupSize) reading->workgroup_size = words[1];
}

static void read_variable(struct reading *reading, const uint32_t *words) {
  if (words[3] != SpvStorageClassWorkgroup) return;
  const struct meaning *type = &reading->ids[reading->ids[words[1]].pointee];
  if (type->size == UINT32_MAX || type->size == 0) {
    small_overstep("this test cannot tell the size of a shader's shared variable (id %u)", words[2]);
  }
  reading->shared = round_up(reading->shared, type->align) + type->size;
}

static spv_result_t read_header(void *ctx, spv_endianness_t endian, uint32_t magic, uint32_t version,
                                uint32_t generator, uint32_t id_bound, uint32_t schema) {
  struct reading *reading = ctx;
  (void)endian;
  (void)magic;
  (void)version;
  (void)generator;
  (void)schema;
  reading->bound = id_bound;
  reading->ids = calloc(id_bound, sizeof *reading->ids);
  reading->spec_ids = calloc(id_bound, sizeof *reading->spec_ids);
  return reading->ids && reading->spec_ids ? SPV_SUCCESS : SPV_ERROR_OUT_OF_MEMORY;
}

static spv_result_t read_instruction(void *ctx, const spv_parsed_instruction_t *in) {
  struct reading *reading = ctx;
  switch (in->opcode) {
  case SpvOpCapability:
    check_capability(reading->device, in->words[1]);
    break;
  case SpvOpExecutionMode:
    if (in->words[2] == SpvExecutionModeLocalSize) memcpy(reading->local, in->words + 3, sizeof reading->local);
    break;
  case SpvOpDecorate:
    read_decoration(reading, in->words);
    break;
  case SpvOpVariable:
    read_variable(reading, in->words);
    break;
  default:
    read_type(reading, in);
    read_constant(reading, in);
    break;
  }
  return SPV_SUCCESS;
}

static void check_threads(const struct reading *reading) {
  uint32_t size[3];
  memcpy(size, reading->local, sizeof size);
  for (int i = 0; i < 3 && reading->workgroup_size; i++) {
    size[i] = (uint32_t)constant_of(reading, reading->workgroup_parts[i]);
  }
  const uint64_t threads = (uint64_t)size[0] * size[1] * size[2];
  const uint32_t most = reading->device->invocations;
  if (threads > 0 && threads <= most && size[2] <= 64) return;
  small_overstep("a workgroup of %u x %u x %u threads, where %u are allowed", size[0], size[1], size[2], most);
}

void small_module_check(const struct small_device *device, const uint32_t *code, size_t words,
                        const VkSpecializationInfo *special) {
  struct reading reading = {.device = device, .special = special};
  spv_context context = spvContextCreate(SPV_ENV_VULKAN_1_1);
  spv_diagnostic trouble = NULL;
  const spv_result_t result = spvBinaryParse(context, &reading, code, words, read_header, read_instruction, &trouble);
  if (result != SPV_SUCCESS) small_overstep("a shader is no SPIR-V: %s", trouble ? trouble->error : "unknown error");
  check_threads(&reading);
  if (reading.shared > device->shared_bytes) {
    small_overstep("a shader takes %llu bytes of shared memory, where %u are there", (unsigned long long)reading.shared,
                   device->shared_bytes);
  }
  spvDiagnosticDestroy(trouble);
  spvContextDestroy(context);
  free(reading.ids);
  free(reading.spec_ids);
}
