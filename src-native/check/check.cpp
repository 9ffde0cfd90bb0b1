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

/* a [m, k] x b [k, n] in two parts of k, each operand along either axis. */
static void matrices(const char* kernel, int m, int n, int k) {
  Row<float> a = numbers(m * k, 10), b = numbers(k * n, 11), out(2 * m * n);
  int side = std::string(kernel) == "matmul" ? 128 : 64;
  int length = ((k + 1) / 2 + 7) / 8 * 8;
  for (int along = 0; along < 2; along++) {
    int a_wide = (along ? k : m) % 4 == 0, b_wide = (along ? k : n) % 4 == 0;
    std::array<int, 15> product = {m, n, k, 2, length, m, along ? k : 1, along ? 1 : m, along, a_wide,
                                   n, along ? k : 1, along ? 1 : n, along, b_wide};
    run(kernel, 2 * ((m + side - 1) / side) * ((n + side - 1) / side), a.get(), b.get(), out.get(), line(1), product);
    for (int at : {0, m * n / 2, m * n - 1}) {
      double sum = 0;
      for (int l = 0; l < k; l++) {
        sum += a[along ? at / n * k + l : at / n + l * m] * b[along ? at % n * k + l : at % n + l * n];
      }
      close(kernel, out[at] + out[m * n + at], sum, 1e-3);
    }
  }
}

/* (a + e a')(b + e b'), [m, k] x [k, n], with each of the three ends; b lies along k, a along its lines. */
static void layer() {
  for (int n : {70, 68}) { /* rows of results that lie on 16 bytes, or not */
    const int m = 67, k = 9;
    Row<float> a = numbers(m * k, 50), ra = numbers(m * k, 51), b = numbers(n * k, 52), rb = numbers(n * k, 53);
    Row<float> given = numbers(m * n, 54), rate = numbers(m * n, 55), first(m * n), second(m * n), sums(m), rates(m);
    std::vector<double> one(m * n), two(m * n);
    for (int i = 0; i < m * n; i++) {
      for (int l = 0; l < k; l++) {
        one[i] += a[i / n + l * m] * b[i % n * k + l];
        two[i] += ra[i / n + l * m] * b[i % n * k + l] + a[i / n + l * m] * rb[i % n * k + l];
      }
    }
    for (int use = 0; use < 3; use++) {
      std::array<int, 33> dual = {m, n, k, 1, 16, m, 1, m, 0, 0, n, k, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                  use, 2, 1, 0, 1, 1, use == 1, n % 4 == 0};
      run("dual_matmul", 4, a.get(), ra.get(), b.get(), rb.get(), given.get(), rate.get(), first.get(), second.get(),
          sums.get(), rates.get(), dual);
      for (int i : {0, n - 1, m * n - 1}) {
        int at = use == 0 ? i % n : i;
        double h = std::tanh(one[i] + given[at]), slope = use == 0 ? 1 - h * h : 1 - (double) given[i] * given[i];
        close("first", first[i], use == 0 ? h : use == 1 ? slope * one[i] : one[i], 2e-3);
        close("second", second[i], use == 0 ? slope * (two[i] + rate[at])
              : use == 1 ? slope * two[i] - 2.0 * given[i] * rate[i] * one[i] : two[i], 1e-2);
      }
    }
    double total = 0;
    for (int l = 0; l < k; l++) total += ra[m - 1 + l * m];
    close("sum of rates", rates[m - 1], total, 1e-4);
  }
}

static void products() {
  matrices("matmul_small", 70, 65, 37);
  matrices("matmul", 130, 131, 17);
  matrices("matmul", 4, 132, 20); /* in fours, along either axis */
  layer();
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

/* Eight tensors' buffers, as arguments in a row. */
#define EIGHT_OF(rows) \
  rows[0].get(), rows[1].get(), rows[2].get(), rows[3].get(), rows[4].get(), rows[5].get(), rows[6].get(), rows[7].get()

/* Tensors of 700, 1, 3, 300, .. numbers, the first with two groups; every pass against loops. */
static void encoder() {
  const int sizes[8] = {700, 1, 3, 300, 257, 256, 7, 5};
  Many many = {};
  int total = 0;
  for (int t = 0; t < 8; t++) {
    many.n[t] = sizes[t];
    many.first[t + 1] = many.first[t] + (t == 0 ? 2 : 1);
    total += sizes[t];
  }
  auto rows = [&](unsigned seed, float low, float high) {
    std::vector<Row<float>> all;
    for (int t = 0; t < 8; t++) all.push_back(numbers(sizes[t], seed + t, low, high));
    return all;
  };
  auto w = rows(40, -2, 2), plus = rows(50, -2, 2), minus = rows(60, -2, 2), b = rows(70, -2, 2), theta = rows(80, -2, 2);
  auto wm = rows(0, 0, 0), wv = rows(0, 0, 0), bm = rows(0, 0, 0), bv = rows(0, 0, 0);
  Row<float> out(9 * 4);
  run("signal_dot", 9, EIGHT_OF(w), EIGHT_OF(plus), EIGHT_OF(minus), many, out.get(), 1, 0);
  double dot = 0, squares = 0, found = 0, residuals = 0;
  for (int t = 0; t < 8; t++) {
    for (int i = 0; i < sizes[t]; i++) {
      dot += (double) w[t][i] * (plus[t][i] - minus[t][i]);
      squares += std::pow(.5 * w[t][i] + b[t][i] - (plus[t][i] - minus[t][i]), 2);
    }
  }
  for (int i = 0; i < 18; i++) found += out[i];
  close("encoded", found, dot, 1e-9 * total);
  std::array<float, 9> adam = {1, 0, .9f, .1f, .999f, .001f, .1f, 1, 1e-8f};
  std::array<float, 4> decoder = {.5f, 1, .5f, 1};
  double before = b[7][4], gradient = .5 * w[7][4] + b[7][4] - (plus[7][4] - minus[7][4]);
  run("decoder_step", 9, EIGHT_OF(w), EIGHT_OF(wm), EIGHT_OF(wv), EIGHT_OF(b), EIGHT_OF(bm), EIGHT_OF(bv),
      EIGHT_OF(plus), EIGHT_OF(minus), many, out.get(), 1, 0, decoder, adam);
  for (int i = 0; i < 36; i += 4) residuals += (double) out[i] + out[i + 1];
  close("squares", residuals, squares, 1e-4);
  close("a bias's step", b[7][4], before - .1 * .1 * gradient / std::sqrt(.001 * gradient * gradient), 1e-4);
  before = w[1][0];
  gradient = .5 * (plus[1][0] - minus[1][0]);
  double mean = .9 * wm[1][0] + .1 * gradient, square = .999 * wv[1][0] + .001 * gradient * gradient;
  run("encoder_step", 9, EIGHT_OF(w), EIGHT_OF(wm), EIGHT_OF(wv), EIGHT_OF(plus), EIGHT_OF(minus), many, 1, .5f, adam);
  close("a weight's step", w[1][0], before - .1 * mean / std::sqrt(square), 1e-4);
  before = theta[0][699];
  double step = .1f * (.5f * w[0][699] + b[0][699]);
  run("rewrite_step", 9, EIGHT_OF(theta), EIGHT_OF(w), EIGHT_OF(b), EIGHT_OF(plus), many, 1, 1, .5f, .1f,
      std::fabs(plus[0][699]));
  close("rewritten", theta[0][699], before + step, 1e-6);
  Row<float> influence(7);
  run("neuron_influence", 7, plus[0].get(), minus[0].get(), influence.get(), 0, 0, 100);
  double sum = 0;
  for (int j = 600; j < 700; j++) sum += std::pow((double) plus[0][j] * minus[0][j], 2);
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
  record_rung(ran);
  std::printf("%zu kernels ran, %d problems\n", ran.size(), problems);
  return problems != 0;
}
