/* Groups run one after the other; the work-items of a group are fibers that change place at barriers only. A work-item
 * that never waits costs a function call: its stack serves the next one. x86-64 with the System V calling convention.
 * With EMU_THREADS each work-item is a thread of its own, for the thread sanitizer. */
#include "emu.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif
#ifdef EMU_THREADS
#include <pthread.h>
#endif

namespace emu {
thread_local int lid;
int grp;
int ngrp;

static std::vector<Kernel>& kernels() {
  static std::vector<Kernel> list;
  return list;
}

const std::vector<Kernel>& all() { return kernels(); }

bool add(Kernel kernel) {
  kernels().push_back(std::move(kernel));
  return true;
}

const Kernel* find(const std::string& name) {
  for (const Kernel& kernel : kernels()) {
    if (kernel.name == name) {
      return &kernel;
    }
  }
  return nullptr;
}

#ifdef EMU_TRAFFIC
extern "C" void emu_wide(void* site, const void* place, int store);
extern "C" void emu_at_barrier();
#endif

/* Counts the access of a kernel, at the place in it that asked; a place that a device would fault at ends the program. */
#ifdef EMU_TRAFFIC
#define WIDE(place, store) emu_wide(__builtin_return_address(0), place, store), aligned(place)
#else
#define WIDE(place, store) aligned(place)
#endif

static void aligned(const float* place) {
  if (reinterpret_cast<uintptr_t>(place) % 16 != 0) {
    std::fprintf(stderr, "emulator: four numbers at %p, no multiple of 16\n", static_cast<const void*>(place));
    std::abort();
  }
}

Float4 load4(const float* from) {
  WIDE(from, 0);
  return {from[0], from[1], from[2], from[3]};
}

void store4(float* to, float a, float b, float c, float d) {
  WIDE(to, 1);
  to[0] = a;
  to[1] = b;
  to[2] = c;
  to[3] = d;
}

#ifdef EMU_THREADS
static pthread_barrier_t meeting;

void barrier(int) { pthread_barrier_wait(&meeting); }

/* New threads for each group: with a pool of so many the sanitizer forgets too early, and misses planted races. */
std::string launch(const Kernel& kernel, int groups, int size, void** arguments) {
  ngrp = groups;
  pthread_barrier_init(&meeting, nullptr, size);
  for (grp = 0; grp < groups; grp++) {
    std::vector<std::thread> items;
    for (int item = 0; item < size; item++) {
      items.emplace_back([&kernel, arguments, item] {
        lid = item;
        kernel.body(arguments);
      });
    }
    for (std::thread& item : items) {
      item.join();
    }
  }
  pthread_barrier_destroy(&meeting);
  return "";
}

#else

/* Saves the registers that a call keeps, and the stack; continues on another stack. */
extern "C" void emu_switch(void** from, void* to);
asm(R"(
.text
.type emu_switch, @function
emu_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emu_switch, .-emu_switch
)");

constexpr size_t STACK = 256 << 10;
constexpr int MOST = 1024;

static struct {
  const Kernel* kernel;
  void** arguments;
  void* scheduler;      /* stack pointer of launch */
  void* items[MOST];    /* stack pointers of the work-items that wait */
  int lines[MOST];      /* where they wait; 0 once a work-item is done */
  char* stacks[MOST];
} now;

static void entry() {
  now.kernel->body(now.arguments);
  now.lines[lid] = 0;
  void* unused;
  emu_switch(&unused, now.scheduler);
  std::abort();
}

static void* fresh(char* stack) {
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(stack + STACK - 4096, 4096); /* entry never returns, so its frame stays marked */
#endif
  void** top = reinterpret_cast<void**>(stack + STACK);
  *--top = nullptr; /* a call leaves the stack 8 off a multiple of 16 */
  *--top = reinterpret_cast<void*>(entry);
  top -= 6;
  std::memset(top, 0, 6 * sizeof(void*));
  return top;
}

static char* stack(int number) {
  if (now.stacks[number] == nullptr) {
    void* memory = mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      std::abort();
    }
    now.stacks[number] = static_cast<char*>(memory);
  }
  return now.stacks[number];
}

void barrier(int line) {
#ifdef EMU_TRAFFIC
  emu_at_barrier();
#endif
  int me = lid;
  now.lines[me] = line;
  emu_switch(&now.items[me], now.scheduler);
  lid = me;
}

/* One step of all work-items of a group. True if some wait; an error in text if they do not wait together. */
static bool meet(int size, std::string& error) {
  int waiting = 0;
  int line = 0;
  int other = 0;
  for (int item = 0; item < size; item++) {
    waiting += now.lines[item] != 0;
    other = now.lines[item] != 0 && line != 0 && now.lines[item] != line ? now.lines[item] : other;
    line = now.lines[item] != 0 && line == 0 ? now.lines[item] : line;
  }
  if (waiting != 0 && (waiting != size || other != 0)) {
    error = now.kernel->name + ": the barrier of line " + std::to_string(line) + " is reached by "
            + std::to_string(waiting) + " of " + std::to_string(size) + " work-items of group " + std::to_string(grp)
            + (other != 0 ? ", others wait at line " + std::to_string(other) : "");
  }
  return waiting != 0 && error.empty();
}

std::string launch(const Kernel& kernel, int groups, int size, void** arguments) {
  now.kernel = &kernel;
  now.arguments = arguments;
  ngrp = groups;
  std::string error;
  for (grp = 0; grp < groups && error.empty(); grp++) {
    int used = 0; /* stacks taken by work-items that wait */
    for (int item = 0; item < size; item++) {
      lid = item;
      emu_switch(&now.scheduler, fresh(stack(used)));
      used += now.lines[item] != 0;
    }
    while (meet(size, error)) {
      for (int item = 0; item < size; item++) {
        if (now.lines[item] != 0) {
          lid = item;
          emu_switch(&now.scheduler, now.items[item]);
        }
      }
    }
  }
  std::memset(now.lines, 0, sizeof now.lines);
#if defined(__SANITIZE_ADDRESS__)
  if (!error.empty()) { /* work-items were left where they waited */
    for (char* memory : now.stacks) {
      if (memory != nullptr) {
        ASAN_UNPOISON_MEMORY_REGION(memory, STACK);
      }
    }
  }
#endif
  return error;
}
#endif
}  // namespace emu
