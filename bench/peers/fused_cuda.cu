/* SPDX-License-Identifier: MIT */
/*
 * GPU peer: stages 1 to 3 fused by hand in CUDA, for |k| <= 8, box window 11, zero boundary, 8 rounds, fp32.
 *
 * Four kernels: columns (direct sums along y over the non-zero columns, plain and smoothed along y), rows (max |R|),
 * rows again (omega_lp, and the threshold straight into two bit-planes), majority (all rounds in one launch, 32 cells a
 * word). A row's values come from 9 coefficients with two tables of the basis, plain and window-averaged; shifted by
 * half a sample the basis is even and odd about the middle of the row, so that one half of it gives the other.
 *
 *   nvcc -O3 -std=c++17 -arch=native bench/peers/fused_cuda.cu -o fused_cuda
 *   ./fused_cuda --cases 8x4096,1x128 --json fused.json [--readback]
 *
 * Times are CUDA events around the four launches (device) and the launches with their synchronisation (host). It checks
 * itself against float64 sums on the host before it times anything.
 */
#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using complex = std::complex<double>;

constexpr int kCut = 8;
constexpr int kColumns = kCut + 1;  /* kx = 0 .. 8; the others follow by symmetry */
constexpr int kRows = 2 * kCut + 1; /* ky = -8 .. 8 */
constexpr int kCoefficients = kRows * kColumns;
constexpr int kWidth = 11;
constexpr int kRounds = 8;
constexpr float kTau = 0.35f;
constexpr double kDecay = 72.0;

constexpr int kRowsPerBlock = 32;
constexpr int kCellsPerThread = 2; /* in each half of a row */
constexpr int kTileRows = 64, kStrip = 5;

constexpr int kRunsMin = 30, kRunsMax = 400, kWarmups = 10;
constexpr double kBudgetSeconds = 2.0;

#define CHECK(call)                                                                                                    \
  do {                                                                                                                 \
    const cudaError_t error_ = (call);                                                                                 \
    if (error_ != cudaSuccess) {                                                                                       \
      fprintf(stderr, "fused_cuda: line %d: %s\n", __LINE__, cudaGetErrorString(error_));                              \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* ---- kernels ---- */

/* Multiplies and adds complex numbers. */
__device__ __forceinline__ void add_product(float2 &sum, float2 a, float2 b) {
  sum.x += a.x * b.x - a.y * b.y;
  sum.y += a.x * b.y + a.y * b.x;
}

/* Sums over ky: of each row y and column kx, plain (x, y) and smoothed along y (z, w), times the phase of half a
 * sample. */
__global__ void columns(const float2 *__restrict__ coefficients, const float2 *__restrict__ plain,
                        const float2 *__restrict__ smoothed, const float2 *__restrict__ phases,
                        float4 *__restrict__ out, int n) {
  __shared__ float2 c[kCoefficients];
  const int state = blockIdx.y;
  for (int i = threadIdx.x; i < kCoefficients; i += blockDim.x) c[i] = coefficients[(size_t)state * kCoefficients + i];
  __syncthreads();
  const int thread = blockIdx.x * blockDim.x + threadIdx.x, y = thread / kColumns, k = thread % kColumns;
  if (y >= n) return;
  float2 sum = make_float2(0, 0), sum_smoothed = sum, turned = sum, turned_smoothed = sum;
#pragma unroll
  for (int q = 0; q < kRows; q++) {
    add_product(sum, c[q * kColumns + k], plain[q * n + y]);
    add_product(sum_smoothed, c[q * kColumns + k], smoothed[q * n + y]);
  }
  add_product(turned, sum, phases[k]);
  add_product(turned_smoothed, sum_smoothed, phases[k]);
  out[((size_t)state * n + y) * kColumns + k] = make_float4(turned.x, turned.y, turned_smoothed.x, turned_smoothed.y);
}

/* Even and odd parts of a cell's omega_lp and base: the sum and the difference are the values at x and n - 1 - x. */
struct parts {
  float even, odd, base_even, base_odd;
};

__device__ __forceinline__ parts synthesise(const float4 *coefficients, const float2 *plain, const float2 *smoothed) {
  parts sum = {0, 0, 0, 0};
#pragma unroll
  for (int k = 0; k < kColumns; k++) {
    const float4 a = coefficients[k];
    sum.even += a.x * plain[k].x;
    sum.base_even += a.z * smoothed[k].x;
    if (k) {
      sum.odd += a.y * plain[k].y;
      sum.base_odd += a.w * smoothed[k].y;
    }
  }
  return sum;
}

/* Bits of the warp's 32 cells, whose first is x, and of their mirror images. */
__device__ __forceinline__ void put_bits(uint32_t *plane, size_t row, int x, int n, bool here, bool mirrored) {
  const uint32_t bits = __ballot_sync(~0u, here), reversed = __brev(__ballot_sync(~0u, mirrored));
  if (threadIdx.x & 31) return;
  plane[(row + x) >> 5] = bits;
  plane[(row + n - 1 - x - 31) >> 5] = reversed;
}

/* kWrite false: the largest |R| of each state. True: omega_lp, and the cells at or beyond the threshold. */
template <bool kWrite>
__global__ void rows(const float4 *__restrict__ coefficients, const float2 *__restrict__ plain,
                     const float2 *__restrict__ smoothed, float *__restrict__ omega_lp, unsigned *__restrict__ largest,
                     uint32_t *__restrict__ positive, uint32_t *__restrict__ negative, int n) {
  __shared__ float4 c[kRowsPerBlock * kColumns];
  const int state = blockIdx.z, y0 = blockIdx.y * kRowsPerBlock, half = n / 2;
  const int x0 = blockIdx.x * blockDim.x * kCellsPerThread + threadIdx.x;
  const size_t base = ((size_t)state * n + y0) * kColumns;
  for (int i = threadIdx.x; i < kRowsPerBlock * kColumns; i += blockDim.x) c[i] = coefficients[base + i];
  __syncthreads();

  float2 e[kCellsPerThread][kColumns], f[kCellsPerThread][kColumns];
#pragma unroll
  for (int p = 0; p < kCellsPerThread; p++) {
#pragma unroll
    for (int k = 0; k < kColumns; k++) {
      e[p][k] = plain[k * half + x0 + p * blockDim.x];
      f[p][k] = smoothed[k * half + x0 + p * blockDim.x];
    }
  }

  float most = 0;
  const float threshold = kWrite ? (__uint_as_float(largest[state]) + 1e-12f) * kTau : 0;
  for (int r = 0; r < kRowsPerBlock; r++) {
    const size_t row = ((size_t)state * n + y0 + r) * n;
#pragma unroll
    for (int p = 0; p < kCellsPerThread; p++) {
      const parts s = synthesise(&c[r * kColumns], e[p], f[p]);
      const float left = s.even - s.odd, right = s.even + s.odd;
      const float left_r = left - (s.base_even - s.base_odd), right_r = right - (s.base_even + s.base_odd);
      if (!kWrite) {
        most = fmaxf(most, fmaxf(fabsf(left_r), fabsf(right_r)));
        continue;
      }
      const int x = x0 + p * blockDim.x;
      omega_lp[row + x] = left;
      omega_lp[row + n - 1 - x] = right;
      put_bits(positive, row, x, n, left_r >= threshold, right_r >= threshold);
      put_bits(negative, row, x, n, left_r <= -threshold, right_r <= -threshold);
    }
  }
  if (!kWrite) {
    for (int offset = 16; offset; offset >>= 1) most = fmaxf(most, __shfl_xor_sync(~0u, most, offset));
    /* Not negative: ordered as integers. */
    if ((threadIdx.x & 31) == 0) atomicMax(&largest[state], __float_as_uint(most));
  }
}

/* a + b + c, bit by bit. */
__device__ __forceinline__ void full_add(uint32_t a, uint32_t b, uint32_t c, uint32_t &sum, uint32_t &carry) {
  sum = a ^ b ^ c;
  carry = (a & b) | (c & (a ^ b));
}

/* Counts of set bits among three neighbours in a row, as two bit-planes. */
struct pair_count {
  uint32_t ones, twos;
};

template <int kPitch> __device__ __forceinline__ pair_count count_row(const uint32_t *plane, int at, int column) {
  const uint32_t centre = plane[at], left = column ? plane[at - 1] : 0u,
                 right = column < kPitch - 1 ? plane[at + 1] : 0u;
  pair_count count;
  full_add(__funnelshift_l(left, centre, 1), centre, __funnelshift_r(centre, right, 1), count.ones, count.twos);
  return count;
}

/* The count of nine in four bit-planes. */
struct count {
  uint32_t bit[4];
};

__device__ __forceinline__ count add_rows(pair_count a, pair_count b, pair_count c) {
  count sum;
  uint32_t carry, twos, fours;
  full_add(a.ones, b.ones, c.ones, sum.bit[0], carry);
  full_add(a.twos, b.twos, c.twos, twos, fours);
  sum.bit[1] = twos ^ carry;
  const uint32_t more = twos & carry;
  sum.bit[2] = fours ^ more;
  sum.bit[3] = fours & more;
  return sum;
}

/* Where a > b, and where a < b: the highest bit in which they differ decides. */
__device__ __forceinline__ void compare(count a, count b, uint32_t &greater, uint32_t &less) {
  uint32_t undecided = ~0u;
  greater = less = 0;
#pragma unroll
  for (int i = 3; i >= 0; i--) {
    const uint32_t differs = undecided & (a.bit[i] ^ b.bit[i]);
    greater |= differs & a.bit[i];
    less |= differs & b.bit[i];
    undecided &= ~differs;
  }
}

/* Four cells as bytes: 1, -1 or 0. */
__device__ __forceinline__ uint32_t expand(uint32_t positive, uint32_t negative) {
  const uint32_t plus = ((positive & 15) * 0x00204081u) & 0x01010101u;
  const uint32_t minus = ((negative & 15) * 0x00204081u) & 0x01010101u;
  return plus | minus * 0xffu;
}

/* A tile of kWords x 32 by kTileRows cells with a halo of a word at the sides and kRounds rows above and below, of
 * which every round spoils one more. */
template <int kWords>
__global__ void majority(const uint32_t *__restrict__ positive, const uint32_t *__restrict__ negative,
                         int8_t *__restrict__ mask, int n) {
  constexpr int pitch = kWords + 2, height = kTileRows + 2 * kRounds;
  static_assert(height % kStrip == 0, "strips cover the tile");
  __shared__ uint32_t plus[2][pitch * height], minus[2][pitch * height];
  const int words = n / 32, state = blockIdx.z, word0 = blockIdx.x * kWords, y0 = blockIdx.y * kTileRows;
  for (int i = threadIdx.x; i < pitch * height; i += blockDim.x) {
    const int y = (y0 - kRounds + i / pitch + n) % n, word = (word0 - 1 + i % pitch + words) % words;
    const size_t from = ((size_t)state * n + y) * words + word;
    plus[0][i] = positive[from];
    minus[0][i] = negative[from];
  }
  __syncthreads();

  int now = 0;
  for (int round = 0; round < kRounds; round++) {
    for (int task = threadIdx.x; task < pitch * (height / kStrip); task += blockDim.x) {
      const int column = task % pitch, first = task / pitch * kStrip;
      pair_count p[3], m[3];
      auto load = [&](int row, int slot) {
        p[slot] = m[slot] = {0, 0};
        if (row < 0 || row >= height) return;
        p[slot] = count_row<pitch>(plus[now], row * pitch + column, column);
        m[slot] = count_row<pitch>(minus[now], row * pitch + column, column);
      };
      load(first - 1, 0);
      load(first, 1);
#pragma unroll
      for (int j = 0; j < kStrip; j++) {
        load(first + j + 1, (j + 2) % 3);
        uint32_t greater, less;
        compare(add_rows(p[0], p[1], p[2]), add_rows(m[0], m[1], m[2]), greater, less);
        plus[now ^ 1][(first + j) * pitch + column] = greater;
        minus[now ^ 1][(first + j) * pitch + column] = less;
      }
    }
    __syncthreads();
    now ^= 1;
  }

  for (int i = threadIdx.x; i < kWords * kTileRows * 2; i += blockDim.x) {
    const int row = i / (kWords * 2), word = i % (kWords * 2) / 2, part = i % 2;
    const int at = (row + kRounds) * pitch + word + 1;
    const uint32_t p = plus[now][at] >> (16 * part), m = minus[now][at] >> (16 * part);
    const uint4 cells =
        make_uint4(expand(p, m), expand(p >> 4, m >> 4), expand(p >> 8, m >> 8), expand(p >> 12, m >> 12));
    *(uint4 *)(mask + ((size_t)state * n + y0 + row) * n + (word0 + word) * 32 + part * 16) = cells;
  }
}

/* ---- tables and states ---- */

double angle(int n) {
  return 2 * M_PI / n;
}

/* exp(i k (x - centre)), or its average over the window at x, cut off at the edges. */
complex basis(int n, int k, int x, double centre, bool smoothed) {
  if (!smoothed) return std::polar(1.0, angle(n) * k * (x - centre));
  complex sum = 0;
  for (int d = -(kWidth / 2); d <= kWidth / 2; d++) {
    if (x + d >= 0 && x + d < n) sum += std::polar(1.0, angle(n) * k * (x + d - centre));
  }
  return sum / (double)kWidth;
}

float2 narrow(complex value) {
  return make_float2((float)value.real(), (float)value.imag());
}

/* Smooth random states, symmetrised: coefficients of ky = -8 .. 8, kx = 0 .. 8. */
std::vector<float2> make_states(int batch) {
  std::vector<float2> out((size_t)batch * kCoefficients);
  std::vector<complex> full((size_t)kRows * kRows);
  srand(1);
  for (int b = 0; b < batch; b++) {
    for (int ky = -kCut; ky <= kCut; ky++) {
      for (int kx = -kCut; kx <= kCut; kx++) {
        const int squared = kx * kx + ky * ky;
        const double phase = 2 * M_PI * rand() / RAND_MAX, size = exp(-squared / kDecay);
        full[(ky + kCut) * kRows + kx + kCut] = squared && squared <= kCut * kCut ? std::polar(size, phase) : 0.0;
      }
    }
    for (int ky = -kCut; ky <= kCut; ky++) {
      for (int kx = 0; kx <= kCut; kx++) {
        const complex one = full[(ky + kCut) * kRows + kx + kCut], other = full[(kCut - ky) * kRows + kCut - kx];
        out[(size_t)b * kCoefficients + (ky + kCut) * kColumns + kx] = narrow(0.5 * (one + std::conj(other)));
      }
    }
  }
  return out;
}

template <class T> T *upload(const std::vector<T> &from) {
  T *to = nullptr;
  CHECK(cudaMalloc(&to, from.size() * sizeof(T)));
  CHECK(cudaMemcpy(to, from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice));
  return to;
}

template <class T> T *make(size_t count) {
  T *memory = nullptr;
  CHECK(cudaMalloc(&memory, count * sizeof(T)));
  return memory;
}

/* ---- a decoder ---- */

struct decoder {
  int n, batch;
  std::vector<float2> states;
  float2 *coefficients, *y_plain, *y_smoothed, *x_plain, *x_smoothed, *phases;
  float4 *sums;
  float *omega_lp;
  unsigned *largest;
  uint32_t *positive, *negative;
  int8_t *mask;
  float *host_lp = nullptr; /* pinned; for readback */
  int8_t *host_mask = nullptr;

  size_t cells() const {
    return (size_t)batch * n * n;
  }

  decoder(int batch_, int n_, bool readback) : n(n_), batch(batch_), states(make_states(batch_)) {
    std::vector<float2> yp(kRows * n), ys(kRows * n), xp(kColumns * n / 2), xs(kColumns * n / 2), turn(kColumns);
    const double centre = (n - 1) / 2.0;
    for (int k = -kCut; k <= kCut; k++) {
      for (int y = 0; y < n; y++) {
        yp[(k + kCut) * n + y] = narrow(basis(n, k, y, 0, false));
        ys[(k + kCut) * n + y] = narrow(basis(n, k, y, 0, true));
      }
    }
    for (int k = 0; k <= kCut; k++) {
      turn[k] = narrow(std::polar(k ? 2.0 : 1.0, angle(n) * k * centre)); /* 2: kx and -kx */
      for (int x = 0; x < n / 2; x++) {
        xp[k * (n / 2) + x] = narrow(basis(n, k, x, centre, false));
        xs[k * (n / 2) + x] = narrow(basis(n, k, x, centre, true));
      }
    }
    coefficients = upload(states);
    y_plain = upload(yp);
    y_smoothed = upload(ys);
    x_plain = upload(xp);
    x_smoothed = upload(xs);
    phases = upload(turn);
    sums = make<float4>((size_t)batch * n * kColumns);
    omega_lp = make<float>(cells());
    largest = make<unsigned>(batch);
    positive = make<uint32_t>(cells() / 32);
    negative = make<uint32_t>(cells() / 32);
    mask = make<int8_t>(cells());
    if (!readback) return;
    CHECK(cudaMallocHost(&host_lp, cells() * sizeof(float)));
    CHECK(cudaMallocHost(&host_mask, cells()));
  }

  ~decoder() {
    for (void *memory : {(void *)coefficients, (void *)y_plain, (void *)y_smoothed, (void *)x_plain, (void *)x_smoothed,
                         (void *)phases, (void *)sums, (void *)omega_lp, (void *)largest, (void *)positive,
                         (void *)negative, (void *)mask}) {
      cudaFree(memory);
    }
    cudaFreeHost(host_lp);
    cudaFreeHost(host_mask);
  }

  void launch() const {
    const int threads = std::min(n / 2 / kCellsPerThread, 128);
    const dim3 grid(n / 2 / (threads * kCellsPerThread), n / kRowsPerBlock, batch);
    cudaMemsetAsync(largest, 0, batch * sizeof *largest);
    columns<<<dim3((n * kColumns + 127) / 128, batch), 128>>>(coefficients, y_plain, y_smoothed, phases, sums, n);
    rows<false><<<grid, threads>>>(sums, x_plain, x_smoothed, omega_lp, largest, positive, negative, n);
    rows<true><<<grid, threads>>>(sums, x_plain, x_smoothed, omega_lp, largest, positive, negative, n);
    if (n % 256 == 0) {
      majority<8><<<dim3(n / 256, n / kTileRows, batch), 160>>>(positive, negative, mask, n);
    } else {
      majority<4><<<dim3(n / 128, n / kTileRows, batch), 96>>>(positive, negative, mask, n);
    }
    if (!host_lp) return;
    cudaMemcpyAsync(host_lp, omega_lp, cells() * sizeof(float), cudaMemcpyDeviceToHost);
    cudaMemcpyAsync(host_mask, mask, cells(), cudaMemcpyDeviceToHost);
  }
};

/* ---- the check ---- */

/* One field's low-pass field in float64 by direct sums. */
std::vector<double> reference_lp(const decoder &d) {
  const int n = d.n;
  std::vector<complex> sums((size_t)n * kColumns);
  std::vector<double> field((size_t)n * n);
  for (int y = 0; y < n; y++) {
    for (int k = 0; k < kColumns; k++) {
      for (int q = -kCut; q <= kCut; q++) {
        const float2 c = d.states[(q + kCut) * kColumns + k];
        sums[y * kColumns + k] += complex(c.x, c.y) * basis(n, q, y, 0, false) * (k ? 2.0 : 1.0);
      }
    }
  }
  for (int y = 0; y < n; y++) {
    for (int x = 0; x < n; x++) {
      for (int k = 0; k < kColumns; k++) field[y * n + x] += (sums[y * kColumns + k] * basis(n, k, x, 0, false)).real();
    }
  }
  return field;
}

std::vector<int> reference_mask(const std::vector<double> &field, int n) {
  std::vector<double> along_x(field.size()), base(field.size());
  for (int y = 0; y < n; y++) {
    for (int x = 0; x < n; x++) {
      for (int d = -(kWidth / 2); d <= kWidth / 2; d++) {
        if (x + d >= 0 && x + d < n) along_x[y * n + x] += field[y * n + x + d] / kWidth;
      }
    }
  }
  double most = 0;
  for (int y = 0; y < n; y++) {
    for (int x = 0; x < n; x++) {
      for (int d = -(kWidth / 2); d <= kWidth / 2; d++) {
        if (y + d >= 0 && y + d < n) base[y * n + x] += along_x[(y + d) * n + x] / kWidth;
      }
      most = std::max(most, fabs(field[y * n + x] - base[y * n + x]));
    }
  }
  std::vector<int> signs(field.size()), next(field.size());
  for (size_t i = 0; i < field.size(); i++) {
    const double r = (field[i] - base[i]) / (most + 1e-12);
    signs[i] = (r >= kTau) - (r <= -kTau);
  }
  for (int round = 0; round < kRounds; round++) {
    for (int y = 0; y < n; y++) {
      for (int x = 0; x < n; x++) {
        int sum = 0;
        for (int dy = -1; dy <= 1; dy++) {
          for (int dx = -1; dx <= 1; dx++) sum += signs[(y + dy + n) % n * n + (x + dx + n) % n];
        }
        next[y * n + x] = (sum > 0) - (sum < 0);
      }
    }
    signs.swap(next);
  }
  return signs;
}

/* The first state, against the host's. */
bool check(int n) {
  const decoder d(2, n, true);
  d.launch();
  CHECK(cudaDeviceSynchronize());
  const std::vector<double> field = reference_lp(d);
  const std::vector<int> expected = reference_mask(field, n);
  double error = 0, square = 0;
  long differing = 0, support = 0;
  for (size_t i = 0; i < field.size(); i++) {
    error += fabs(field[i] - d.host_lp[i]) / field.size();
    square += field[i] * field[i] / field.size();
    differing += expected[i] != d.host_mask[i];
    support += expected[i] != 0;
  }
  const bool good = error <= 2e-6 * sqrt(square) && differing <= 1e-3 * field.size() && support > 0;
  fprintf(stderr, "fused_cuda: N = %d: mean error %.1e of rms %.2f, %ld of %ld supported cells differ: %s\n", n, error,
          sqrt(square), differing, support, good ? "right" : "WRONG");
  return good;
}

/* ---- timing ---- */

struct times {
  std::vector<double> host, device; /* ms */
};

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

times time_calls(const decoder &d) {
  times taken;
  cudaEvent_t start, end;
  CHECK(cudaEventCreate(&start));
  CHECK(cudaEventCreate(&end));
  for (int i = 0; i < kWarmups; i++) d.launch();
  CHECK(cudaDeviceSynchronize());
  const double stop = now_ms() + 1e3 * kBudgetSeconds;
  while (taken.host.size() < kRunsMin || (taken.host.size() < kRunsMax && now_ms() < stop)) {
    const double begin = now_ms();
    CHECK(cudaEventRecord(start));
    d.launch();
    CHECK(cudaEventRecord(end));
    CHECK(cudaDeviceSynchronize());
    taken.host.push_back(now_ms() - begin);
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, start, end));
    taken.device.push_back(ms);
  }
  CHECK(cudaGetLastError());
  cudaEventDestroy(start);
  cudaEventDestroy(end);
  std::sort(taken.host.begin(), taken.host.end());
  std::sort(taken.device.begin(), taken.device.end());
  return taken;
}

double median(const std::vector<double> &sorted) {
  const size_t count = sorted.size();
  return 0.5 * (sorted[count / 2] + sorted[(count - 1) / 2]);
}

struct options {
  std::string cases = "1x128,1024x128", json;
  int k_cut = kCut;
  bool readback = false;
};

/* Why a case cannot run, or an empty text. */
std::string refusal(const options &o, int n) {
  if (o.k_cut != kCut) return "made for k_cut 8 only";
  if (n % 128) return "made for N that are multiples of 128";
  return "";
}

std::string run_case(const options &o, const char *device, int batch, int n) {
  char text[512];
  snprintf(text, sizeof text,
           "{\"peer\": \"fused_cuda\", \"device\": \"%s\", \"N\": %d, \"batch\": %d, \"k_cut\": %d, "
           "\"readback\": %s, ",
           device, n, batch, o.k_cut, o.readback ? "true" : "false");
  const std::string head = text, reason = refusal(o, n);
  if (!reason.empty()) {
    printf("fused_cuda: %d x %d^2: not run: %s\n", batch, n, reason.c_str());
    return head + "\"not_run\": \"" + reason + "\"}";
  }
  const decoder d(batch, n, o.readback);
  const times t = time_calls(d);
  printf("fused_cuda: %d x %d^2: %.4f ms (device %.4f)\n", batch, n, median(t.host), median(t.device));
  snprintf(text, sizeof text,
           "\"runs\": %zu, \"median_ms\": %.6f, \"min_ms\": %.6f, \"max_ms\": %.6f, "
           "\"device_median_ms\": ",
           t.host.size(), median(t.host), t.host.front(), t.host.back());
  const std::string middle = text;
  snprintf(text, sizeof text, "%.6f}", median(t.device));
  return head + middle + (o.readback ? "null}" : text);
}

options read_options(int argc, char **argv) {
  options o;
  for (int i = 1; i < argc; i++) {
    const std::string word = argv[i];
    const bool valued = i + 1 < argc;
    if (word == "--readback") {
      o.readback = true;
    } else if (word == "--cases" && valued) {
      o.cases = argv[++i];
    } else if (word == "--k-cut" && valued) {
      o.k_cut = atoi(argv[++i]);
    } else if (word == "--json" && valued) {
      o.json = argv[++i];
    } else {
      fprintf(stderr, "usage: fused_cuda [--cases BATCHxN,..] [--k-cut K] [--readback] [--json FILE]\n");
      exit(2);
    }
  }
  return o;
}

} // namespace

int main(int argc, char **argv) {
  const options o = read_options(argc, argv);
  cudaDeviceProp properties;
  CHECK(cudaGetDeviceProperties(&properties, 0));
  if (!check(128) || !check(256)) return 1;
  std::string rows;
  for (const char *at = o.cases.c_str(); *at;) {
    int batch = 0, n = 0, used = 0;
    if (sscanf(at, "%dx%d%n", &batch, &n, &used) != 2 || batch < 1 || n < 4) {
      fprintf(stderr, "fused_cuda: '%s': expected BATCHxN\n", at);
      return 2;
    }
    at += used + (at[used] == ',');
    rows += (rows.empty() ? "" : ",\n ") + run_case(o, properties.name, batch, n);
  }
  if (o.json.empty()) return 0;
  FILE *file = fopen(o.json.c_str(), "w");
  if (!file || fprintf(file, "[%s]\n", rows.c_str()) < 0 || fclose(file)) {
    fprintf(stderr, "fused_cuda: cannot write %s\n", o.json.c_str());
    return 1;
  }
  return 0;
}
