/* Runs kernels by name in the emulator, over buffers of exactly the size that they need, so that a sanitizer sees the
 * first byte past one. */
#ifndef EVENHAND_CHECK_H
#define EVENHAND_CHECK_H

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>

#include "../dialect/dialect.h"

namespace check {
inline int problems;
inline std::set<std::string> ran;

inline void wrong(const std::string& text) {
  std::printf("WRONG %s\n", text.c_str());
  problems++;
}

/* A row of numbers on the heap, aligned as on a device, not a byte longer. */
template <class T>
struct Row {
  int n;
  std::unique_ptr<T[], void (*)(void*)> data;
  explicit Row(int count) : n(count), data(memory(count), std::free) {}
  static T* memory(int count) {
    void* place = nullptr;
    if (posix_memalign(&place, 256, count * sizeof(T)) != 0) {
      std::abort();
    }
    std::memset(place, 0xFF, count * sizeof(T)); /* NaN: reading what nobody wrote shows */
    return static_cast<T*>(place);
  }
  T& operator[](int i) { return data[i]; }
  T* get() { return data.get(); }
};

inline Row<float> numbers(int n, unsigned seed, float low = -2, float high = 2) {
  Row<float> row(n);
  for (int i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    row[i] = low + (high - low) * (seed >> 8) / 16777216.0f;
  }
  return row;
}

inline Row<int> whole(int n, unsigned seed, int low, int high) {
  Row<int> row(n);
  for (int i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    row[i] = (int) ((unsigned) low + (seed >> 1) % ((unsigned) high - (unsigned) low + 1));
  }
  return row;
}

/* Launches a kernel; an empty text, or what the emulator found wrong. */
template <class... A>
std::string launch(const std::string& name, int groups, A... arguments) {
  const emu::Kernel* kernel = emu::find(name);
  std::vector<size_t> sizes = {sizeof(A)...};
  if (kernel == nullptr || kernel->sizes != sizes) {
    return name + ": no kernel of this name and these parameters";
  }
  void* pointers[] = {&arguments...};
  ran.insert(name);
  return emu::launch(*kernel, groups, WORKERS, pointers);
}

template <class... A>
void run(const std::string& name, int groups, A... arguments) {
  std::string error = launch(name, groups, arguments...);
  if (!error.empty()) {
    wrong(error);
  }
}

/* Leaves a line for each kernel in the file that EVENHAND_RUNG names, for src-native/matrix. */
template <class Names>
void record_rung(const Names& names) {
  const char* path = std::getenv("EVENHAND_RUNG");
  if (path != nullptr && problems == 0) {
    std::ofstream file(path);
    for (const std::string& name : names) {
      file << name << "\n";
    }
  }
}

inline void close(const std::string& what, double got, double wanted, double tolerance) {
  if (!(std::fabs(got - wanted) <= tolerance)) {
    wrong(what + ": " + std::to_string(got) + ", expected " + std::to_string(wanted));
  }
}

inline int groups(int n) { return (n + WORKERS - 1) / WORKERS; }

/* Many of encoder.krn: eight tensors, their groups and lengths, and where eight streams start. */
struct Many {
  int first[9], n[8], at[8][8];
};

/* A layout of one axis: up to three tensors, each with offset and stride. */
inline Layout line(int n, int first = 1, int second = 1, int third = 1) {
  Layout layout = {};
  layout.rank = 1;
  layout.dim[0] = n;
  layout.stride[0][0] = first;
  layout.stride[1][0] = second;
  layout.stride[2][0] = third;
  return layout;
}

/* Two axes of one tensor, or of two. */
inline Layout plane(int rows, int columns, int row, int column, int other_row = 0, int other_column = 0) {
  Layout layout = {};
  layout.rank = 2;
  layout.dim[0] = rows;
  layout.dim[1] = columns;
  layout.stride[0][0] = row;
  layout.stride[0][1] = column;
  layout.stride[1][0] = other_row;
  layout.stride[1][1] = other_column;
  return layout;
}
}  // namespace check

#endif
