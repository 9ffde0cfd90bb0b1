/* cuBLAS for tests, never shipped: single-precision products in plain loops, column by column, on the emulated driver's
 * streams. It checks sizes, leading dimensions, and that all three matrices lie in the device's memory. */
#include "device.h"

using namespace fake;

namespace {
enum { NOT_INITIALIZED = 1, ALLOC_FAILED = 3, INVALID = 7, EXECUTION_FAILED = 13 };

struct Handle {
  void* stream = nullptr;
};

bool known(void* handle) { return device().libraries.count(handle) != 0; }

/* Elements from the first to the last of a matrix of `rows` by `columns`. */
size_t extent(long long rows, long long columns, long long lead) { return lead * (columns - 1) + rows; }

bool inside(const float* start, size_t elements) {
  return device().inside(reinterpret_cast<Pointer>(start), elements * sizeof(float));
}
}  // namespace

extern "C" {
int cublasCreate_v2(void** out) {
  std::lock_guard<std::recursive_mutex> hold(device().lock);
  if (int code = device().enter("cublasCreate", ALLOCATES)) {
    return code == OUT_OF_MEMORY ? ALLOC_FAILED : NOT_INITIALIZED;
  }
  *out = new Handle;
  device().libraries.insert(*out);
  return 0;
}

int cublasDestroy_v2(void* handle) {
  std::lock_guard<std::recursive_mutex> hold(device().lock);
  if (device().libraries.erase(handle) == 0) {
    return NOT_INITIALIZED;
  }
  return delete static_cast<Handle*>(handle), 0;
}

int cublasGetVersion_v2(void*, int* version) { return *version = 120600, 0; }

int cublasSetStream_v2(void* handle, void* stream) {
  std::lock_guard<std::recursive_mutex> hold(device().lock);
  if (!known(handle) || device().stream(stream) == nullptr) {
    return NOT_INITIALIZED;
  }
  return static_cast<Handle*>(handle)->stream = stream, 0;
}

/* C = alpha op(A) op(B) + beta C for each of a batch; element (i, j) of a matrix at i + j * lead. */
int cublasSgemmStridedBatched(void* handle, int ta, int tb, int m, int n, int k, const float* alpha, const float* a,
                              int lda, long long stepA, const float* b, int ldb, long long stepB, const float* beta,
                              float* c, int ldc, long long stepC, int count) {
  std::lock_guard<std::recursive_mutex> hold(device().lock);
  if (!known(handle)) {
    return NOT_INITIALIZED;
  }
  if (device().enter("cublasSgemm", QUEUES) != SUCCESS) {
    return EXECUTION_FAILED;
  }
  if (m < 0 || n < 0 || k < 0 || count < 0 || lda < std::max(1, ta ? k : m) || ldb < std::max(1, tb ? n : k)
      || ldc < std::max(1, m) || ta < 0 || ta > 1 || tb < 0 || tb > 1) {
    wrong(INVALID_VALUE, "cublasSgemm: m " + std::to_string(m) + ", n " + std::to_string(n) + ", k " + std::to_string(k)
                             + ", lda " + std::to_string(lda) + ", ldb " + std::to_string(ldb) + ", ldc "
                             + std::to_string(ldc) + " do not fit");
    return INVALID;
  }
  if (m == 0 || n == 0 || count == 0) {
    return 0;
  }
  size_t last = count - 1;
  if (!inside(a + last * stepA, extent(ta ? k : m, ta ? m : k, lda)) || !inside(a, 1)
      || !inside(b + last * stepB, extent(tb ? n : k, tb ? k : n, ldb)) || !inside(b, 1)
      || !inside(c + last * stepC, extent(m, n, ldc)) || !inside(c, 1)) {
    wrong(INVALID_VALUE, "cublasSgemm: a matrix lies outside the device's memory");
    return INVALID;
  }
  float by = *alpha, old = *beta; /* on the host, read at the call */
  auto address = [](const float* of) { return reinterpret_cast<Pointer>(of); };
  device().submit(device().stream(static_cast<Handle*>(handle)->stream),
                  {"cublasSgemm", {address(a), address(b), address(c)}, [=] {
                     for (long long matrix = 0; matrix < count; matrix++) {
                       const float* x = a + matrix * stepA;
                       const float* y = b + matrix * stepB;
                       for (int j = 0; j < n; j++) {
                         for (int i = 0; i < m; i++) {
                           double sum = 0;
                           for (int l = 0; l < k; l++) {
                             sum += double(x[ta ? l + size_t(i) * lda : i + size_t(l) * lda])
                                 * y[tb ? j + size_t(l) * ldb : l + size_t(j) * ldb];
                           }
                           float* out = c + matrix * stepC + i + size_t(j) * ldc;
                           *out = float(by * sum) + (old == 0 ? 0 : old * *out);
                         }
                       }
                     }
                     return "";
                   }});
  return 0;
}
}
