/* SPDX-License-Identifier: MIT */
// bit_planes.glsl - the majority on 32 cells at a time.
//
// A cell s is held as two bits, u = [s > 0] and v = [s >= 0], so that u + v = s + 1 and the nine make a sum of 0 .. 18,
// added bit by bit with full adders: s' = sign(sum - 9).
uint add_sum(uint a, uint b, uint c) { return a ^ b ^ c; }
uint add_carry(uint a, uint b, uint c) { return (a & b) | (c & (a | b)); }

uvec2 west(uvec2 left, uvec2 own) { return own << 1 | left >> 31; }
uvec2 east(uvec2 own, uvec2 right) { return own >> 1 | right << 31; }

// s + 1 summed over cells and their neighbours along x, in three bits.
uvec3 sum_of_three(uvec2 left, uvec2 own, uvec2 right) {
  const uvec2 w = west(left, own), e = east(own, right);
  const uint u0 = add_sum(w.x, own.x, e.x), u1 = add_carry(w.x, own.x, e.x);
  const uint v0 = add_sum(w.y, own.y, e.y), v1 = add_carry(w.y, own.y, e.y);
  const uint carry = u0 & v0;
  return uvec3(u0 ^ v0, add_sum(u1, v1, carry), add_carry(u1, v1, carry));
}

// From the sums of three rows.
uvec2 majority_of(uvec3 a, uvec3 b, uvec3 c) {
  const uint s0 = add_sum(a.x, b.x, c.x), c0 = add_carry(a.x, b.x, c.x); // of weight 1 and 2
  const uint t1 = add_sum(a.y, b.y, c.y), c1 = add_carry(a.y, b.y, c.y); // 2 and 4
  const uint s1 = t1 ^ c0, d1 = t1 & c0;                                // 2 and 4
  const uint t2 = add_sum(a.z, b.z, c.z), c2 = add_carry(a.z, b.z, c.z); // 4 and 8
  const uint s2 = add_sum(t2, c1, d1), d2 = add_carry(t2, c1, d1);       // 4 and 8
  const uint s3 = c2 ^ d2, s4 = c2 & d2;                                 // 8 and 16
  const uint above = s4 | (s3 & (s2 | s1));                              // at least 10
  return uvec2(above, above | (s3 & s0));                                // at least 9
}

// Four cells: 1 where the bit of u is set, 0 where only v's is, else 0xff.
uint unpacked(uvec2 s) {
  const uint ones = ((s.x & 15u) * 0x00204081u) & 0x01010101u, minuses = ((~s.y & 15u) * 0x00204081u) & 0x01010101u;
  return ones | minuses * 0xffu;
}

uvec4 unpacked_half(uvec2 s) { return uvec4(unpacked(s), unpacked(s >> 4), unpacked(s >> 8), unpacked(s >> 12)); }
