/* The dialect on the host: kernels become C++ functions, work-items become fibers (or threads, with EMU_THREADS). */
#ifndef EVENHAND_EMU_H
#define EVENHAND_EMU_H

#include <sys/types.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

typedef unsigned long long u64;
typedef long long i64;

namespace emu {
extern thread_local int lid;
extern int grp;
extern int ngrp;

/* A kernel's host twin: what a launch calls for each work-item, and the sizes of its parameters. */
struct Kernel {
  std::string name;
  std::vector<size_t> sizes;
  std::function<void(void**)> body;
};

bool add(Kernel kernel);
const Kernel* find(const std::string& name);
const std::vector<Kernel>& all();
void barrier(int line);
/* Runs all groups in turn. An empty text, or what went wrong. */
std::string launch(const Kernel& kernel, int groups, int size, void** arguments);

template <class... A, size_t... I>
void call(void (*function)(A...), void** arguments, std::index_sequence<I...>) {
  function(*static_cast<std::remove_reference_t<A>*>(arguments[I])...);
}

template <class... A>
bool add(const char* name, void (*function)(A...)) {
  return add(Kernel{name, {sizeof(A)...}, [function](void** arguments) {
                      call(function, arguments, std::index_sequence_for<A...>{});
                    }});
}

struct alignas(16) Float4 {
  float x, y, z, w;
};

/* Four numbers at a place that is a multiple of 16 bytes, in one access: not in line, so that it is counted as one. */
Float4 load4(const float* from);
void store4(float* to, float a, float b, float c, float d);

inline float as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
}  // namespace emu

typedef emu::Float4 float4;

#define KERNEL static
#define CROWDED_KERNEL(groups) KERNEL
#define DEVICE static inline
#define GLOBAL
#ifdef EMU_TRAFFIC
#define LOCAL static __attribute__((section("emu_shared")))
#else
#define LOCAL static
#endif
#define LOCAL_PTR
#define RESTRICT __restrict__
#define LID() (emu::lid)
#define GRP() (emu::grp)
#define NGRP() (emu::ngrp)
#define BARRIER() emu::barrier(__LINE__)
#define ATOMIC_MIN(p, v)                                                                              \
  do {                                                                                                \
    int seen = __atomic_load_n(p, __ATOMIC_RELAXED);                                                  \
    int wanted = v;                                                                                   \
    while (wanted < seen                                                                              \
           && !__atomic_compare_exchange_n(p, &seen, wanted, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) \
      ;                                                                                               \
  } while (0)
#define LOAD4(space, p, i) emu::load4((p) + (i))
#define STORE4(p, i, a, b, c, d) emu::store4((p) + (i), a, b, c, d)
#define UNROLL
#define UNROLL_TWO
#define KEEP_LOOP
#define AS_FLOAT(v) emu::as_float(v)
#define F_MATH(name) name##f
#define EMU_KERNEL(name) static const bool emu_##name = emu::add(#name, name);

#endif
