/* One kernel source for three compilers: OpenCL C 1.2, CUDA C++ and, for tests, C++ on the host (emu/emu.h).
 *
 * A kernel is written in the common subset of C, and in the words below where the three differ. Every group has 256
 * work-items along one axis (WORKERS); the grid has one axis too. Index words give int. */
#ifndef EVENHAND_DIALECT_H
#define EVENHAND_DIALECT_H

#define WORKERS 256

#if defined(__OPENCL_VERSION__) || defined(__OPENCL_C_VERSION__)
#define KERNEL __kernel __attribute__((reqd_work_group_size(WORKERS, 1, 1)))
#define CROWDED_KERNEL(groups) KERNEL
#define DEVICE static inline
#define GLOBAL __global
#define LOCAL __local
#define LOCAL_PTR __local
#define RESTRICT restrict
#define LID() ((int) get_local_id(0))
#define GRP() ((int) get_group_id(0))
#define NGRP() ((int) get_num_groups(0))
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#define ATOMIC_MIN(p, v) atomic_min(p, v)
#define LOAD4(space, p, i) (*(space const float4*) ((p) + (i)))
#define STORE4(p, i, a, b, c, d) vstore4((float4)(a, b, c, d), 0, (p) + (i))
#define UNROLL _Pragma("unroll")
#define UNROLL_TWO
#define KEEP_LOOP
#define AS_FLOAT(v) as_float(v)
#define F_MATH(name) name
typedef ulong u64;
typedef long i64;
#define EMU_KERNEL(name)

#elif defined(__CUDACC__)
#define KERNEL extern "C" __global__ __launch_bounds__(WORKERS)
/* So many groups are to fit a multiprocessor: 65536 registers, shared out over them. */
#define CROWDED_KERNEL(groups) extern "C" __global__ __launch_bounds__(WORKERS, groups)
#define DEVICE static __device__ __forceinline__
#define GLOBAL
#define LOCAL __shared__
#define LOCAL_PTR
#define RESTRICT __restrict__
#define LID() ((int) threadIdx.x)
#define GRP() ((int) blockIdx.x)
#define NGRP() ((int) gridDim.x)
#define BARRIER() __syncthreads()
#define ATOMIC_MIN(p, v) atomicMin(p, v)
#define LOAD4(space, p, i) (*(space const float4*) ((p) + (i)))
#define STORE4(p, i, a, b, c, d) (*(float4*) ((p) + (i)) = make_float4(a, b, c, d))
#define UNROLL _Pragma("unroll")
#define UNROLL_TWO _Pragma("unroll 2") /* all of it would take more registers than it is worth */
#define KEEP_LOOP _Pragma("unroll 1") /* as would any of it */
#define AS_FLOAT(v) __int_as_float(v)
#define F_MATH(name) name##f
typedef unsigned int uint;
typedef unsigned long long u64;
typedef long long i64;
#define EMU_KERNEL(name)

#else
#include "emu.h"
#endif

/* LOAD4(space, p, i) and STORE4(p, i, a, b, c, d): the four numbers from p[i] on, which lie on 16 bytes; a float4 has
 * x, y, z and w. space is GLOBAL or LOCAL_PTR. Local memory for them is declared as float4. */

/* float32 functions; every macro takes all arguments of its function */
#define FMA(a, b, c) F_MATH(fma)(a, b, c)
#define EXP(x) F_MATH(exp)(x)
#define EXPM1(x) F_MATH(expm1)(x)
#define LOG(x) F_MATH(log)(x)
#define LOG1P(x) F_MATH(log1p)(x)
#define SQRT(x) F_MATH(sqrt)(x)
#define TANH(x) F_MATH(tanh)(x)
#define ERF(x) F_MATH(erf)(x)
#define SIN(x) F_MATH(sin)(x)
#define COS(x) F_MATH(cos)(x)
#define POW(x, y) F_MATH(pow)(x, y)
#define FABS(x) F_MATH(fabs)(x)
#define FLOOR(x) F_MATH(floor)(x)
#define IS_NAN(x) ((x) != (x))
#define LARGEST(a, b) (IS_NAN(a) ? (a) : IS_NAN(b) ? (b) : (a) > (b) ? (a) : (b))
#define SMALLEST(a, b) (IS_NAN(a) ? (a) : IS_NAN(b) ? (b) : (a) < (b) ? (a) : (b))

/* Where the elements of up to three tensors of one shape lie: the host has dropped axes of size 1 and merged neighbours,
 * so most tensors have one axis left. Matches evenhand.kernels.Layout. */
#define RANK 8
typedef struct {
  int rank;
  int offset[3];
  int dim[RANK];
  int stride[3][RANK];
} Layout;

typedef struct {
  int first, second, third;
} Places;

/* The positions of the i-th element, counted row by row, in each of the three tensors. */
DEVICE Places places(const Layout* layout, uint i) {
  Places at;
  at.first = layout->offset[0];
  at.second = layout->offset[1];
  at.third = layout->offset[2];
  UNROLL
  for (int axis = RANK - 1; axis > 0; axis--) {
    if (axis < layout->rank) {
      uint dim = (uint) layout->dim[axis];
      uint rest = i / dim;
      int index = (int) (i - rest * dim);
      at.first += index * layout->stride[0][axis];
      at.second += index * layout->stride[1][axis];
      at.third += index * layout->stride[2][axis];
      i = rest;
    }
  }
  at.first += (int) i * layout->stride[0][0];
  at.second += (int) i * layout->stride[1][0];
  at.third += (int) i * layout->stride[2][0];
  return at;
}

/* The i-th element's position in the first tensor alone. */
DEVICE int place(const Layout* layout, uint i) { return places(layout, i).first; }

/* All elements 0 .. n - 1 shared out over the grid; a grid of any size covers them. */
#define EACH(i, n) (uint i = (uint) GRP() * WORKERS + LID(); i < (uint) (n); i += (uint) NGRP() * WORKERS)

#endif
