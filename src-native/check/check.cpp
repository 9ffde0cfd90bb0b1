/* Every kernel once at least, small and at awkward sizes, against plain loops: what the sanitizers look at. The full
 * suite is the devices' own contract, in Java; here each barrier and each edge is met by all work-items at once. */
#include "check.h"

#include <array>
#include <cmath>

using namespace check;

/* Of the functions that a kernel chooses from, one in so many: threads are slow, and the functions share nothing. */
#ifdef EMU_THREADS
constexpr int EVERY = 9;
#else
constexpr int EVERY = 1;
#endif

static void elementwise() {
  const int n = 201;
  Row<float> x = numbers(2 * n, 1, 0.1f, 3);
  Row<float> y = numbers(n, 2, 0.1f, 3);
  for (int op = 0; op < 20; op += EVERY) {
    Row<float> out(n);
    run("unary", groups(n), x.get(), out.get(), line(n, 2), op, n);
    close("unary exp", op == 9 ? out[200] : 0, op == 9 ? std::exp(x[400]) : 0, 1e-5);
  }
  for (int op = 0; op < 13; op += EVERY) {
    Row<float> out(n);
    run("binary_float", groups(n), x.get(), y.get(), out.get(), line(n, 1, 0), op, n);
    close("binary mul", op == 2 ? out[200] : 0, op == 2 ? x[200] * y[0] : 0, 1e-6);
    Row<int> a = whole(n, 3, -2147483647, 2147483646), b = whole(n, 4, 1, 9), whole_out(n);
    run("binary_int", groups(n), a.get(), b.get(), whole_out.get(), line(n), op, n);
  }
  Row<int> condition = whole(n, 5, 0, 1), a = whole(n, 6, 0, 9), b = whole(n, 7, 0, 9), out(n);
  run("where_bits", groups(n), condition.get(), a.get(), b.get(), out.get(), line(n), -1, n);
  close("where", out[200], condition[200] ? a[200] : b[200], 0);
  Row<int> target(25 * 7);
  run("copy_bits", 1, a.get(), target.get(), plane(25, 7, 7, 1, 1, 25), 25 * 7);
  close("transposed copy", target[25 * 3 + 11], a[11 * 7 + 3], 0);
  Row<float> odd = numbers(n, 8, -4e9f, 4e9f);
  odd[0] = NAN;
  run("float_to_int", groups(n), odd.get(), out.get(), line(n), n);
  close("saturated", out[1], odd[1] >= 2147483648.0f ? 2147483647 : odd[1] < -2147483648.0f ? -2147483648.0 : (int) odd[1], 0);
  Row<float> floats(n);
  run("int_to_float", groups(n), a.get(), floats.get(), line(n), n);
  run("fill_bits", groups(n), out.get(), 17, n);
  close("fill", out[200], 17, 0);
}

static void reductions() {
  const int rows = 3, n = 1000;
  Row<float> x = numbers(rows * n, 9);
  for (int op = 0; op < 3; op++) {
    Row<float> partials(rows * 2), columns(3 * n);
    run("reduce_rows", rows * 2, x.get(), partials.get(), line(rows, n), line(n, 1), op, n, 2, 512);
    double sum = 0;
    for (int i = 512; i < n; i++) {
      sum += x[i];
    }
    close("sum of a part", op == 0 ? partials[1] : 0, op == 0 ? sum : 0, 1e-3);
    run("reduce_columns", groups(2 * n), x.get(), columns.get(), line(n, 1), line(rows, n), op, rows, n, 2, 2 * n);
    close("column", op == 0 ? columns[n + 7] : 0, op == 0 ? x[2 * n + 7] : 0, 1e-6);
  }
  Row<int> at(rows), across(n);
  x[n + 777] = NAN;
  run("argmax_rows", rows, x.get(), at.get(), line(rows, n), 1, n);
  close("argmax", at[1], 777, 0);
  run("argmax_columns", groups(n), x.get(), across.get(), line(n, 1), n, rows, n);
  close("argmax of a column", across[777], 1, 0);
}

static void products() {
  const int m = 70, n = 65, k = 37;
  Row<float> a = numbers(m * k, 10), b = numbers(k * n, 11), out(2 * m * n);
  for (int across = 0; across < 2; across++) {
    std::array<int, 11> product = {m, n, k, 2, 32, across ? k : 1, across ? 1 : m, across ? n : 1, across ? 1 : k,
                                   across, across};
    Layout batch = line(1);
    run("matmul", 2 * 2 * 2, a.get(), b.get(), out.get(), batch, product);
    double sum = 0;
    for (int l = 0; l < k; l++) {
      sum += a[across ? 69 * k + l : 69 + l * m] * b[across ? l * n + 64 : l + 64 * k];
    }
    close("product", out[69 * n + 64] + out[m * n + 69 * n + 64], sum, 1e-3);
  }
  /* input [1, 1, 5, 6], weight [2, 1, 3, 2], output [1, 2, 3, 3]: stride [2, 2], padding [1, 0] */
  Row<float> in = numbers(30, 12), weight = numbers(12, 13), conv(18), d_in(30), d_weight(12);
  std::array<int, 26> shape = {1, 1, 5, 6, 2, 3, 2, 3, 3, 2, 2, 1, 0, 1, 1, 1};
  auto windows = [&](std::array<int, 5> first, std::array<int, 5> second) {
    std::array<int, 26> words = shape;
    for (int i = 0; i < 5; i++) {
      words[16 + i] = first[i];
      words[21 + i] = second[i];
    }
    return words;
  };
  run("conv_forward", 1, in.get(), weight.get(), conv.get(), windows({0, 30, 30, 6, 1}, {0, 6, 6, 2, 1}), 18);
  run("conv_input", 1, conv.get(), weight.get(), d_in.get(), windows({0, 18, 9, 3, 1}, {0, 6, 6, 2, 1}), 30);
  run("conv_weight", 12, in.get(), conv.get(), d_weight.get(), windows({0, 30, 30, 6, 1}, {0, 18, 9, 3, 1}));
  double by_in = 0, by_weight = 0, square = 0; /* <conv, conv> = <in, d_in> = <weight, d_weight> */
  for (int i = 0; i < 30; i++) by_in += in[i] * d_in[i];
  for (int i = 0; i < 12; i++) by_weight += weight[i] * d_weight[i];
  for (int i = 0; i < 18; i++) square += conv[i] * conv[i];
  close("adjoint for the input", by_in, square, 1e-3 * square);
  close("adjoint for the weight", by_weight, square, 1e-3 * square);
}

static void indexing() {
  const int n = 300, width = 7;
  Row<int> x = whole(50 * width, 14, -9, 9), index = whole(n * width, 15, 0, 49), out(n * width), error(1);
  error[0] = 2147483647;
  Layout pick = plane(n, width, 0, 1, width, 1);
  run("gather_bits", groups(n * width), x.get(), index.get(), out.get(), error.get(), pick, width, 50, n * width);
  close("gather", out[299 * width + 6], x[index[299 * width + 6] * width + 6], 0);
  std::array<int, 6> scatter = {width, n, 50, width, width, width};
  Row<float> values = numbers(n * width, 16), sums(50 * width);
  Row<int> counts = whole(50 * width, 17, 0, 0), ones = whole(n * width, 18, 1, 1);
  for (int i = 0; i < 50 * width; i++) sums[i] = 0;
  run("scatter_lines_float", 1, index.get(), values.get(), sums.get(), error.get(), line(width), scatter);
  run("scatter_lines_int", 1, index.get(), ones.get(), counts.get(), error.get(), line(width), scatter);
  run("scatter_bins_float", groups(50 * width), index.get(), values.get(), sums.get(), error.get(), line(width), scatter);
  run("scatter_bins_int", groups(50 * width), index.get(), ones.get(), counts.get(), error.get(), line(width), scatter);
  int total = 0;
  for (int i = 0; i < 50 * width; i++) total += counts[i];
  close("scattered twice", total, 2 * n * width, 0);
  close("no index out of range", error[0], 2147483647, 0);
  index[width * 123 + 4] = 50;
  index[width * 200 + 4] = -1;
  run("gather_bits", groups(n * width), x.get(), index.get(), out.get(), error.get(), pick, width, 50, n * width);
  close("the first index out of range", error[0], width * 123 + 4, 0);
}

static void rest() {
  Row<float> uniform(7);
  run("uniform_numbers", 1, uniform.get(), (u64) 0, (u64) 0, 7);
  close("Philox, known answer", uniform[0], 0x6627e8 / 16777216.0, 0);
  const int n = 300;
  Row<float> w = numbers(n, 19), g = numbers(n, 20), m = numbers(n, 21, 0, 0), v = numbers(n, 22, 0, 0);
  float before = w[299];
  std::array<int, 4> starts = {};
  run("sgd_step", groups(n), w.get(), g.get(), m.get(), starts, 0.1f, 0.9f, 0.0f, 1, n);
  close("sgd", w[299], before - 0.1 * g[299], 1e-6);
  std::array<float, 9> adam = {1, 0, 0.9f, 0.1f, 0.999f, 0.001f, 0.1f, 1, 1e-8f};
  run("adam_step", groups(n), w.get(), g.get(), m.get(), v.get(), starts, adam, n);
  Row<float> logits = numbers(70000, 23, -5, 5), targets(70000);
  Row<int> cells = whole(70000, 24, -1, 4);
  for (int i = 0; i < 70000; i++) targets[i] = i % 2;
  Row<i64> out(2 * 2 * 12);
  run("cell_sums", 4, logits.get(), targets.get(), cells.get(), out.get(), 0, 1, 0, 1, 70000, 2);
  int counted = 0, wanted = 0;
  for (int i = 0; i < 48; i += 3) counted += (int) out[i];
  for (int i = 0; i < 70000; i++) wanted += cells[i] >= 0;
  close("rows of cells", counted, wanted, 0);
}

/* A head of width d + 1 over n rows, against loops; and with the curvature or probabilities kept. */
static void heads() {
  const int n = 37, d = 19, width = d + 1, classes = 3;
  Row<float> x = numbers(n * d, 30, -1, 1), w = numbers(classes * width, 31, -1, 1), v = numbers(classes * width, 32, -1, 1);
  Row<float> kept(n * classes), out(2 * classes * width);
  std::vector<double> wanted(width), wanted_soft(classes * width);
  for (int i = 0; i < n; i++) {
    double z[classes] = {}, u[classes] = {}, p[classes], total = 0, mean = 0;
    auto at = [&](int c) { return c < d ? x[i * d + c] : 1.0f; };
    for (int k = 0; k < classes; k++) {
      for (int c = 0; c < width; c++) {
        z[k] += at(c) * w[k * width + c];
        u[k] += at(c) * v[k * width + c];
      }
      total += std::exp(z[k]);
    }
    double s = 1 / (1 + std::exp(-z[0]));
    for (int k = 0; k < classes; k++) {
      p[k] = std::exp(z[k]) / total;
      mean += p[k] * u[k];
      kept[i * classes + k] = (float) p[k];
    }
    for (int c = 0; c < width; c++) {
      wanted[c] += s * (1 - s) * u[0] * at(c);
      for (int k = 0; k < classes; k++) {
        wanted_soft[k * width + c] += p[k] * (u[k] - mean) * at(c);
      }
    }
  }
  for (int known = 0; known < 2; known++) {
    std::array<int, 14> head = {n, d, width, classes, 32, 0, d, 1, 0, 0, known, 0, classes, 1};
    run("softmax_hvp", 2, x.get(), w.get(), v.get(), kept.get(), out.get(), head);
    for (int i : {0, width - 1, classes * width - 1}) {
      close("softmax product", out[i] + out[classes * width + i], wanted_soft[i], 1e-5);
    }
  }
  std::array<int, 14> head = {n, d, width, 1, 32, 0, d, 1, 0, 0, 0, 0, 1, 0};
  run("logistic_hvp", 2, x.get(), w.get(), v.get(), kept.get(), out.get(), head);
  close("logistic product", out[d] + out[width + d], wanted[d], 1e-5);
  close("logistic product", out[3] + out[width + 3], wanted[3], 1e-5);
}

static void encoder() {
  const int n = 700;
  Row<float> w = numbers(n, 40), plus = numbers(n, 41), minus = numbers(n, 42), out(8);
  std::array<int, 3> difference = {0, 0, 1}, zeros = {0, 0, 0};
  run("signal_dot", 2, w.get(), plus.get(), minus.get(), out.get(), 0, difference, 0, n);
  double dot = 0;
  for (int i = 0; i < n; i++) dot += (double) w[i] * (plus[i] - minus[i]);
  close("encoded", (double) out[0] + out[1] + out[2] + out[3], dot, 1e-9 * n);
  Row<float> b = numbers(n, 43), wm = numbers(n, 44, 0, 0), wv = numbers(n, 45, 0, 0), bm = numbers(n, 46, 0, 0);
  Row<float> bv = numbers(n, 47, 0, 0), theta = numbers(n, 48);
  double squares = 0;
  for (int i = 0; i < n; i++) squares += std::pow(.5 * w[i] + b[i] - (plus[i] - minus[i]), 2);
  std::array<float, 9> adam = {1, 0, .9f, .1f, .999f, .001f, .1f, 1, 1e-8f};
  std::array<float, 4> decoder = {.5f, 1, .5f, 1};
  run("decoder_step", 2, w.get(), wm.get(), wv.get(), b.get(), bm.get(), bv.get(), plus.get(), minus.get(), out.get(),
      zeros, zeros, difference, decoder, adam, 0, n);
  close("squares", (double) out[0] + out[1] + out[4] + out[5], squares, 1e-4);
  run("encoder_step", 2, w.get(), wm.get(), wv.get(), plus.get(), minus.get(), zeros, difference, adam, .5f, n);
  std::array<int, 6> rewrite = {0, 0, 0, 0, 1, 1};
  float before = theta[699], step = .1f * (.5f * w[699] + b[699]);
  run("rewrite_step", 2, theta.get(), w.get(), b.get(), plus.get(), rewrite, .5f, .1f, std::fabs(plus[699]), n);
  close("rewritten", theta[699], before + step, 1e-6);
  Row<float> influence(7);
  run("neuron_influence", 7, plus.get(), minus.get(), influence.get(), 0, 0, 100);
  double sum = 0;
  for (int j = 600; j < 700; j++) sum += std::pow((double) plus[j] * minus[j], 2);
  close("influence", influence[6] * 0x1p-80, sum, 1e-4);
}

int main() {
  elementwise();
  heads();
  encoder();
  reductions();
  products();
  indexing();
  rest();
  for (const emu::Kernel& kernel : emu::all()) {
    if (ran.count(kernel.name) == 0) {
      wrong(kernel.name + " is not run here; add it to check.cpp");
    }
  }
  std::printf("%zu kernels ran, %d problems\n", ran.size(), problems);
  return problems != 0;
}
