/* Counts what each kernel asks of memory, and compares it with the least that its work needs.
 *
 * The kernels are compiled with -fsanitize=thread, but linked with the hooks below instead of the sanitizer: the
 * compiler reports every load and store of the optimised code. R: bytes asked for. S: 32 bytes for each sector that a
 * warp's access touches, so S / R shows coalescing. Bank cycles: waits for a bank of local memory. M: the least. No
 * caches: what is read twice counts twice. Counts are exact and the same each time. */
#include <array>
#include <map>

#include "check.h"

extern "C" char __start_emu_shared[], __stop_emu_shared[];

namespace {
using Address = uintptr_t;
enum Kind { LOAD, STORE };
struct Access {
  Address at;
  int size;
};
struct Counts {
  long bytes[2], sectors[2], bank;
};

Counts now;
std::vector<std::pair<Address, Address>> buffers;
std::map<std::array<Address, 4>, std::vector<Access>> warps; /* by warp, site, turn, kind; of one group */
std::map<std::pair<int, Address>, int> turns;                /* of a work-item at a site, since its last barrier */
int barriers[WORKERS];                                       /* that a work-item has passed */
int group = -1;

void flush() {
  for (auto& [key, accesses] : warps) {
    Kind kind = static_cast<Kind>(key[3] & 1);
    if (key[3] & 2) { /* local: the most words of a bank, less one, for each 128 bytes that the warp can ask for */
      size_t lanes = 128 / accesses[0].size;
      for (size_t first = 0; first < accesses.size(); first += lanes) {
        std::map<Address, std::set<Address>> banks;
        size_t most = 1;
        for (size_t i = first; i < std::min(first + lanes, accesses.size()); i++) {
          for (int word = 0; word < accesses[i].size / 4; word++) {
            auto& words = banks[(accesses[i].at / 4 + word) % 32];
            words.insert(accesses[i].at / 4 + word);
            most = std::max(most, words.size());
          }
        }
        now.bank += most - 1;
      }
    } else {
      std::set<Address> sectors;
      for (Access& access : accesses) {
        now.bytes[kind] += access.size;
        for (Address at = access.at / 32; at <= (access.at + access.size - 1) / 32; at++) {
          sectors.insert(at);
        }
      }
      now.sectors[kind] += sectors.size();
    }
  }
  warps.clear();
  turns.clear();
  std::memset(barriers, 0, sizeof barriers);
}

void record(void* site, void* place, int size, Kind kind) {
  Address at = reinterpret_cast<Address>(place);
  bool local = at >= reinterpret_cast<Address>(__start_emu_shared) && at < reinterpret_cast<Address>(__stop_emu_shared);
  bool global = false;
  for (auto& [start, end] : buffers) {
    global |= at >= start && at < end;
  }
  if (!local && !global) {
    return; /* arguments, registers */
  }
  if (emu::grp != group) {
    flush();
    group = emu::grp;
  }
  Address where = reinterpret_cast<Address>(site);
  long turn = turns[{emu::lid, where}]++ + (long) barriers[emu::lid] * (1 << 24);
  warps[{static_cast<Address>(emu::lid / 32), where, static_cast<Address>(turn),
         static_cast<Address>(kind + (local ? 2 : 0))}].push_back({at, size});
}
}  // namespace

#define HOOK(name, size, kind) \
  extern "C" void __tsan_##name(void* p) { record(__builtin_return_address(0), p, size, kind); }
#define HOOKS(size) HOOK(read##size, size, LOAD) HOOK(write##size, size, STORE) \
  HOOK(unaligned_read##size, size, LOAD) HOOK(unaligned_write##size, size, STORE)
HOOKS(4)
HOOKS(8)
HOOKS(16)
HOOK(read1, 1, LOAD)
HOOK(write1, 1, STORE)
HOOK(read2, 2, LOAD)
HOOK(write2, 2, STORE)
extern "C" {
void emu_at_barrier() {
  barriers[emu::lid]++;
  turns.erase(turns.lower_bound({emu::lid, 0}), turns.lower_bound({emu::lid + 1, 0}));
}
void emu_wide(void* site, const void* p, int store) { record(site, const_cast<void*>(p), 16, store ? STORE : LOAD); }
void __tsan_read_range(void* p, unsigned long n) { record(__builtin_return_address(0), p, static_cast<int>(n), LOAD); }
void __tsan_write_range(void* p, unsigned long n) { record(__builtin_return_address(0), p, static_cast<int>(n), STORE); }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
int __tsan_atomic32_load(const volatile int* p, int) { return *p; }
int __tsan_atomic32_compare_exchange_val(volatile int* p, int, int v, int, int) { int old = *p; return *p = v, old; }
int __tsan_atomic32_compare_exchange_strong(volatile int* p, int* e, int v, int, int) { return *p == *e ? *p = v, 1 : (*e = *p, 0); }
}

using namespace check;

template <class T>
static void watch(Row<T>& row) {
  buffers.push_back({reinterpret_cast<Address>(row.get()), reinterpret_cast<Address>(row.get() + row.n)});
}

/* Least bytes read and written, how far R may be above their sum, and how far S above R. */
struct Least {
  long load, store;
  double allowed = 1.10;
  double coalesced = .9;
};

std::vector<std::string> traffic; /* R/M of each count, for the matrix */

template <class... A>
static Counts count(const std::string& name, const std::string& what, Least least, int groups, A... arguments) {
  now = {};
  group = -1;
  run(name, groups, arguments...);
  flush();
  double asked = now.bytes[LOAD] + now.bytes[STORE];
  double moved = 32.0 * (now.sectors[LOAD] + now.sectors[STORE]);
  double minimum = least.load + least.store;
  traffic.push_back(name + " " + std::to_string(asked / minimum).substr(0, 4));
  bool good = asked <= least.allowed * minimum && asked >= least.coalesced * moved && now.bank == 0;
  std::printf("%-20s %-26s %10ld %10ld %6.2f %6.2f %9ld  %s\n", name.c_str(), what.c_str(), least.load, least.store,
              asked / minimum, asked / moved, now.bank, !good ? "LIMIT" : least.allowed > 1.10 || least.coalesced < .9 ? "own limit" : "");
  if (!good) {
    problems++;
  }
  return now;
}

/* The counter itself: a transpose written along columns touches a sector for each number, and is the limit's example. */
static void itself() {
  Row<int> x(256 * 256), out(256 * 256);
  watch(x);
  watch(out);
  now = {};
  group = -1;
  run("copy_bits", 256, x.get(), out.get(), plane(256, 256, 256, 1, 1, 256), 256 * 256);
  flush();
  close("bytes of a transpose", now.bytes[LOAD], 262144, 0);
  close("its sectors read", now.sectors[LOAD], 8192, 0);
  close("its sectors written", now.sectors[STORE], 65536, 0);
}

/* A product of [m, k] and [k, n]; along: b lies along k. Tiles ask for 4 m n k (1 / side + 1 / side) + 4 m n bytes: the
 * least for a tile, and as much more as there are tiles in a row or column. */
static void matrices(const char* kernel, const char* what, int m, int n, int k, int along) {
  int side = std::string(kernel) == "matmul" ? 128 : 64;
  Row<float> a = numbers(m * k, 60), b = numbers(n * k, 61), out(m * n);
  for (Row<float>* row : {&a, &b, &out}) watch(*row);
  std::array<int, 15> product = {m, n, k, 1, k, m, k, 1, 1, k % 4 == 0,
                                 n, along ? k : 1, along ? 1 : n, along, (along ? k : n) % 4 == 0};
  double least = m * k + k * n + m * n, asked = m * k * ((n + side - 1) / side) + k * n * ((m + side - 1) / side) + m * n;
  count(kernel, what, {4L * (m * k + k * n), 4L * m * n, asked / least}, (m + side - 1) / side * ((n + side - 1) / side),
        a.get(), b.get(), out.get(), line(1), product);
}

static void products() {
  matrices("matmul", "128 x 128 x 128, a tile", 128, 128, 128, 0);
  matrices("matmul", "256 x 256 x 64, b across", 256, 256, 64, 1);
  matrices("matmul_small", "64 x 64 x 128, a tile", 64, 64, 128, 0);
  matrices("matmul_small", "128 x 128 x 64, b across", 128, 128, 64, 1);
  const int rows = 64, in = 128, units = 64;
  std::vector<Row<float>> x;
  for (int i = 0; i < 10; i++) x.push_back(numbers(rows * in, 70 + i));
  for (Row<float>& row : x) watch(row);
  auto at = [&](int i) { return x[i].get(); };
  auto dual = [&](const char* what, Least least, std::array<int, 5> sizes, std::array<int, 5> a, std::array<int, 5> b, int use) {
    std::array<int, 33> words = {};
    std::copy(sizes.begin(), sizes.end(), words.begin());
    std::copy(a.begin(), a.end(), words.begin() + 5);
    std::copy(b.begin(), b.end(), words.begin() + 10);
    std::array<int, 8> last = {use, 2, 1, 0, 1, 1, use == 1, 1};
    std::copy(last.begin(), last.end(), words.begin() + 25);
    int groups = (sizes[0] + 63) / 64 * ((sizes[1] + 63) / 64);
    count("dual_matmul", what, least, groups, at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9), words);
  };
  dual("layer forward, 64 x 128 x 64", {4 * (2 * rows * in + 2 * in * units + 2 * units), 8 * rows * units},
       {rows, units, in, 1, in}, {rows, in, 1, 1, 1}, {units, in, 1, 1, 1}, 0);
  dual("below, 64 x 64 x 64", {4 * (6 * 64 * 64), 8 * 64 * 64}, {64, 64, 64, 1, 64}, {64, 64, 1, 1, 1},
       {64, 1, 64, 0, 1}, 1);
  dual("its slopes, 64 x 64 x 128", {4 * (4 * 64 * 128), 8 * 64 * 64 + 8 * 64}, {64, 64, 128, 1, 128},
       {64, 1, 64, 0, 1}, {64, 1, 64, 0, 1}, 2);
}

/* 4096 rows of 112 features, in stretches of 256. */
static void heads(int) {
  const int rows = 4096, d = 112;
  Row<float> x = numbers(rows * d, 6), w = numbers(3 * d, 7), v = numbers(3 * d, 8), out(16 * 3 * d);
  for (Row<float>* row : {&x, &w, &v, &out}) watch(*row);
  std::array<int, 14> head = {rows, d, d, 1, 256, 0, d, 1, 0, 0, 0, 0, 0, 0};
  count("logistic_hvp", "4096 x 112", {4 * (rows * d + 2 * d), 4 * d}, 16, x.get(), w.get(), v.get(), w.get(), out.get(),
        head);
  head[3] = 3;
  count("softmax_hvp", "4096 x 112, 3 classes", {4 * (rows * d + 6 * d), 12 * d}, 16, x.get(), w.get(), v.get(),
        w.get(), out.get(), head);
}

/* One buffer eight times: tensors of n / 8 numbers that start one after the other. */
#define EIGHT_TIMES(x) x, x, x, x, x, x, x, x

static void encoder(int n) {
  std::vector<Row<float>> rows;
  for (int i = 0; i < 9; i++) rows.push_back(numbers(n, 50 + i, 0, 1));
  for (Row<float>& row : rows) watch(row);
  auto at = [&](int i) { return rows[i].get(); };
  std::array<float, 9> adam = {1, 0, .9f, .1f, .999f, .001f, .1f, 1, 1e-8f};
  std::array<float, 4> decoder = {.5f, 1, .5f, 1};
  Many many = {};
  for (int t = 0; t < 8; t++) {
    many.n[t] = n / 8;
    many.first[t + 1] = many.first[t] + 8;
    for (int stream = 0; stream < 8; stream++) many.at[stream][t] = t * n / 8;
  }
  const long b = 4L * n;
  count("signal_dot", "8 tensors of 8192", {2 * b, 512}, 64, EIGHT_TIMES(at(0)), EIGHT_TIMES(at(1)), EIGHT_TIMES(at(1)),
        many, at(8), 0, 0);
  count("decoder_step", "8 tensors of 8192", {7 * b, 6 * b}, 64, EIGHT_TIMES(at(0)), EIGHT_TIMES(at(1)),
        EIGHT_TIMES(at(2)), EIGHT_TIMES(at(3)), EIGHT_TIMES(at(4)), EIGHT_TIMES(at(5)), EIGHT_TIMES(at(6)),
        EIGHT_TIMES(at(6)), many, at(8), 0, 0, decoder, adam);
  count("encoder_step", "8 tensors of 8192", {4 * b, 3 * b}, 64, EIGHT_TIMES(at(0)), EIGHT_TIMES(at(1)),
        EIGHT_TIMES(at(2)), EIGHT_TIMES(at(6)), EIGHT_TIMES(at(6)), many, 0, .5f, adam);
  count("rewrite_step", "8 tensors, all weights", {3 * b, b}, 64, EIGHT_TIMES(at(0)), EIGHT_TIMES(at(1)),
        EIGHT_TIMES(at(2)), EIGHT_TIMES(at(1)), many, 1, 0, .5f, .1f, 0.f);
  count("neuron_influence", "16 units of 4096", {2 * b, 64}, 16, at(0), at(1), at(2), 0, 0, 4096);
}

/* A kernel of planted.krn: over a limit, unless there is nothing planted in it. */
static int planted(const std::string& name) {
  const int n = 256;
  Row<float> x = numbers(n, 1), out(n);
  watch(x);
  watch(out);
  count(name, "planted", {4 * n, name == "uncoalesced" ? n : 4 * n}, 1, x.get(), out.get(), n);
  return problems != 0;
}

/* Direct sums, not yet in tiles: each product reads both of its factors through the cache, 8 bytes, far above the least;
 * conv_weight's neighbours read rows that start anywhere. Held here so that they grow no worse. */
static void convolutions() {
  const int batch = 4, channels = 3, features = 8, side = 28;
  Row<float> in = numbers(batch * channels * side * side, 90), weight = numbers(features * channels * 9, 91);
  Row<float> out(batch * features * side * side), slopes(features * channels * 9), below(batch * channels * side * side);
  for (Row<float>* row : {&in, &weight, &out, &slopes, &below}) watch(*row);
  const int plane = side * side, image = channels * plane, result = features * plane;
  auto windows = [&](std::array<int, 10> lie) {
    std::array<int, 26> words = {batch, channels, side, side, features, 3, 3, side, side, 1, 1, 1, 1, 1, 1, 1};
    std::copy(lie.begin(), lie.end(), words.begin() + 16);
    return words;
  };
  const long reached = (3L * side - 2) * (3L * side - 2); /* products of a plane of 3 x 3 windows, less the padding's */
  const long products = reached * batch * channels * features;
  const long weights = 4L * weight.n, pixels = 4L * in.n, results = 4L * out.n;
  double all = weights + pixels + results;
  count("conv_forward", "4 x 3 x 28 x 28, 8 of 3 x 3", {weights + pixels, results, (8.0 * products + results) / all},
        groups(out.n), in.get(), weight.get(), out.get(),
        windows({0, image, plane, side, 1, 0, channels * 9, 9, 3, 1}), out.n);
  count("conv_input", "the same", {weights + results, pixels, (8.0 * products + pixels) / all}, groups(in.n), out.get(),
        weight.get(), below.get(), windows({0, result, plane, side, 1, 0, channels * 9, 9, 3, 1}), in.n);
  count("conv_weight", "the same", {pixels + results, weights, (8.0 * products + weights) / all, .55}, weight.n, in.get(),
        out.get(), slopes.get(), windows({0, image, plane, side, 1, 0, result, plane, side, 1}));
}

/* Every bin of a line looks at all of the line's indices. */
static void bins() {
  const int length = 256, steps = 256;
  Row<float> values = numbers(steps, 92), sums = numbers(length, 93);
  Row<int> index = whole(steps, 94, 0, length - 1), ones = whole(steps, 95, 1, 1), counts = whole(length, 96, 0, 0), error(1);
  error[0] = 2147483647;
  for (Row<float>* row : {&values, &sums}) watch(*row);
  for (Row<int>* row : {&index, &ones, &counts, &error}) watch(*row);
  for (int i = 0; i < steps; i++) index[i] = i * 37 % length;
  std::array<int, 6> scatter = {1, steps, length, 1, 1, 1};
  Least least = {4 * (2 * steps + length), 4 * length, (4.0 * length * steps + 4 * (steps + 2 * length)) / (8 * (steps + length))};
  count("scatter_bins_float", "256 numbers in 256 bins", least, 1, index.get(), values.get(), sums.get(), error.get(),
        line(1), scatter);
  count("scatter_bins_int", "256 numbers in 256 bins", least, 1, index.get(), ones.get(), counts.get(), error.get(),
        line(1), scatter);
}

int main(int words, char** word) {
  if (words > 1) {
    return planted(word[1]);
  }
  itself();
  const int n = 65536;
  Row<float> x = numbers(n, 1), y = numbers(n, 2), m = numbers(n, 3), v = numbers(n, 4, 0, 1), out(2 * n);
  Row<int> index = whole(n, 5, 0, 255), bits(n), one(1);
  Row<i64> sums(24);
  for (Row<float>* row : {&x, &y, &m, &v, &out}) watch(*row);
  for (Row<int>* row : {&index, &bits, &one}) watch(*row);
  watch(sums);
  std::printf("%-20s %-26s %10s %10s %6s %6s %9s\n", "kernel", "work", "M load", "M store", "R/M", "R/S", "bank");
  const long b = 4L * n;
  for (int i = 0; i < n; i++) index[i] = i / 256 * 37 % 256; /* a row's elements go to one row */
  count("unary", "tanh of 65536", {b, b}, 256, x.get(), out.get(), line(n), 13, n);
  count("binary_float", "sum of two", {2 * b, b}, 256, x.get(), y.get(), out.get(), line(n), 0, n);
  count("binary_int", "sum of two", {2 * b, b}, 256, index.get(), index.get(), bits.get(), line(n), 0, n);
  count("where_bits", "choice of two", {2 * b, b}, 256, index.get(), index.get(), index.get(), bits.get(), line(n), -1, n);
  count("copy_bits", "contiguous", {b, b}, 256, index.get(), bits.get(), line(n), n);
  count("float_to_int", "contiguous", {b, b}, 256, x.get(), bits.get(), line(n), n);
  count("int_to_float", "contiguous", {b, b}, 256, index.get(), out.get(), line(n), n);
  count("fill_bits", "65536", {0, b}, 256, bits.get(), 7, n);
  count("reduce_rows", "sum of 65536", {b, 64}, 16, x.get(), out.get(), line(1), line(n, 1), 0, n, 16, 4096);
  count("reduce_columns", "sum of 256 rows of 256", {b, 1024}, 1, x.get(), out.get(), line(256, 1), line(256, 256), 0,
        256, 256, 256, 256);
  count("argmax_rows", "16 rows of 4096", {b, 64}, 16, x.get(), bits.get(), line(16, 4096), 1, 4096);
  count("argmax_columns", "256 columns of 256", {b, 1024}, 1, x.get(), bits.get(), line(256, 1), 256, 256, 256);
  count("gather_bits", "256 rows of 256, by index", {2 * b, b}, 256, index.get(), index.get(), bits.get(), one.get(),
        plane(256, 256, 0, 1, 256, 1), 256, 256, n);
  one[0] = 0;
  std::array<int, 6> scatter = {256, 256, 256, 256, 256, 256};
  count("scatter_lines_float", "256 rows of 256, by index", {3 * b, b}, 1, index.get(), x.get(), y.get(), one.get(),
        line(256), scatter);
  count("scatter_lines_int", "256 rows of 256, by index", {3 * b, b}, 1, index.get(), index.get(), bits.get(),
        one.get(), line(256), scatter);
  count("uniform_numbers", "65536", {0, b}, 64, out.get(), (u64) 1, (u64) 0, n);
  std::array<int, 4> starts = {};
  std::array<float, 9> adam = {1, 0, .9f, .1f, .999f, .001f, .1f, 1, 1e-8f};
  count("sgd_step", "with momentum", {3 * b, 2 * b}, 256, x.get(), y.get(), m.get(), starts, .1f, .9f, 0.f, 1, n);
  count("adam_step", "65536", {4 * b, 3 * b}, 256, x.get(), y.get(), m.get(), v.get(), starts, adam, n);
  for (int i = 0; i < n; i++) index[i] = i % 4;
  count("cell_sums", "65536 rows in 4 cells", {3 * b, 96}, 1, x.get(), y.get(), index.get(), sums.get(), 0, 1, 0, 1, n, 1);
  products();
  heads(n);
  encoder(n);
  convolutions();
  bins();
  record_rung(traffic);
  std::printf("%d above their limits\n", problems);
  return problems != 0;
}
