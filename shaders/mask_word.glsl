/* SPDX-License-Identifier: MIT */
// mask_word.glsl - four mask cells (int8: -1, 0, +1) in one 32-bit word, lowest byte first; each state starts a word.
int mask_cell(uint word, uint cell) { return bitfieldExtract(int(word), int(cell & 3u) * 8, 8); }
uint mask_bits(int value, uint cell) { return (uint(value) & 0xffu) << ((cell & 3u) * 8u); }
