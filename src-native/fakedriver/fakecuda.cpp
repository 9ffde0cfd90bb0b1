/* A CUDA driver for tests, never shipped: host memory, and kernels that are their host twins (emu).
 *
 * It checks what a real driver would: the PTX's entries and parameters against the twins, the launch's shape, that
 * pointers are the device's and copies stay inside, that nothing was written past an allocation. Launches are put off
 * until something waits for them, so a missing wait shows as stale numbers. Whatever is wrong is a line on standard
 * error and an error code. EVENHAND_FAKE_CUDA=none makes a driver without device, old one that is too old for the PTX;
 * a number is its memory in MiB. */
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <regex>

#include "../emu/emu.h"

namespace {
using Pointer = unsigned long long;
enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_CONTEXT = 201, INVALID_PTX = 218,
       UNSUPPORTED_PTX = 222, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719 };
constexpr size_t GUARD = 64;
constexpr unsigned char MARK = 0xA5;

struct Launch {
  const emu::Kernel* kernel;
  int groups, size;
  std::vector<std::vector<char>> arguments;
};
struct Module {
  std::map<std::string, std::vector<size_t>> entries;
};

std::recursive_mutex lock;
std::map<Pointer, size_t> allocations;
size_t used;
std::vector<Launch> waiting;
thread_local bool current;
int failure; /* sticky, as on a device */

std::string mode() {
  const char* text = std::getenv("EVENHAND_FAKE_CUDA");
  return text == nullptr ? "" : text;
}

size_t room() {
  size_t mebi = std::strtoul(mode().c_str(), nullptr, 10);
  return (mebi == 0 ? 4096 : mebi) << 20;
}

int wrong(int code, const std::string& text) {
  std::fprintf(stderr, "emulated CUDA driver: %s\n", text.c_str());
  return code;
}

bool intact(Pointer start, size_t bytes) {
  const unsigned char* guard = reinterpret_cast<const unsigned char*>(start + bytes);
  return guard[0] == MARK && std::memcmp(guard, guard + 1, GUARD - 1) == 0;
}

bool inside(Pointer start, size_t bytes) {
  auto after = allocations.upper_bound(start);
  if (after == allocations.begin()) {
    return false;
  }
  auto found = std::prev(after);
  return start + bytes <= found->first + found->second;
}

/* Runs what was put off. */
int finish() {
  std::vector<Launch> work;
  work.swap(waiting);
  for (Launch& launch : work) {
    std::vector<void*> arguments;
    for (auto& argument : launch.arguments) {
      arguments.push_back(argument.data());
    }
    std::string error = emu::launch(*launch.kernel, launch.groups, launch.size, arguments.data());
    if (!error.empty()) {
      failure = wrong(LAUNCH_FAILED, error);
    }
    for (auto& argument : launch.arguments) {
      Pointer start = 0;
      std::memcpy(&start, argument.data(), argument.size() == sizeof start ? sizeof start : 0);
      auto found = allocations.find(start);
      if (found != allocations.end() && !intact(start, found->second)) {
        failure = wrong(ILLEGAL_ADDRESS, launch.kernel->name + ": wrote past an allocation of "
                                             + std::to_string(found->second) + " bytes");
      }
    }
  }
  return failure;
}

/* Entries of a PTX text with the sizes of their parameters. */
Module parse(const std::string& text) {
  Module module;
  static const std::regex entry(R"(\.entry\s+(\w+)\s*\(([^)]*)\))");
  static const std::regex parameter(R"(\.param\s+(?:\.align\s+\d+\s+)?\.([a-z])(\d+)\s+\w+(?:\[(\d+)\])?)");
  for (std::sregex_iterator at(text.begin(), text.end(), entry), end; at != end; ++at) {
    std::vector<size_t> sizes;
    std::string list = (*at)[2];
    for (std::sregex_iterator p(list.begin(), list.end(), parameter); p != end; ++p) {
      size_t count = (*p)[3].matched ? std::stoul((*p)[3]) : 1;
      sizes.push_back(std::stoul((*p)[2]) / 8 * count);
    }
    module.entries[(*at)[1]] = sizes;
  }
  return module;
}
}  // namespace

extern "C" {
int cuInit(unsigned) { return mode() == "none" ? NO_DEVICE : SUCCESS; }
int cuDriverGetVersion(int* version) { return *version = 12000, SUCCESS; }
int cuDeviceGetCount(int* count) { return *count = 1, SUCCESS; }
int cuDeviceGet(int* device, int) { return *device = 0, SUCCESS; }
int cuDeviceGetName(char* name, int length, int) {
  std::snprintf(name, length, "Emulated CUDA device");
  return SUCCESS;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 75 ? 8 : attribute == 76 ? 0 : attribute == 1 ? 1024 : 0; /* capability 8.0, threads a block */
  return SUCCESS;
}
int cuDevicePrimaryCtxRetain(void** context, int) { return *context = &allocations, SUCCESS; }
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
int cuCtxSetCurrent(void* context) { return current = context != nullptr, SUCCESS; }

int cuMemAlloc_v2(Pointer* out, size_t bytes) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  if (!current) {
    return wrong(INVALID_CONTEXT, "allocation without a context on this thread");
  }
  if (used + bytes > room()) {
    return OUT_OF_MEMORY;
  }
  void* memory = std::aligned_alloc(256, (bytes + GUARD + 255) / 256 * 256);
  std::memset(memory, 0xFF, bytes); /* NaN: reading what nobody wrote shows */
  std::memset(static_cast<char*>(memory) + bytes, MARK, GUARD);
  *out = reinterpret_cast<Pointer>(memory);
  allocations[*out] = bytes;
  used += bytes;
  return SUCCESS;
}

int cuMemFree_v2(Pointer start) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  finish();
  auto found = allocations.find(start);
  if (found == allocations.end()) {
    return wrong(INVALID_VALUE, "freed what is no allocation");
  }
  used -= found->second;
  allocations.erase(found);
  std::free(reinterpret_cast<void*>(start));
  return SUCCESS;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) { return *free = *total = room(), SUCCESS; }

int cuMemcpyHtoD_v2(Pointer target, const void* source, size_t bytes) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  int result = finish();
  if (!inside(target, bytes)) {
    return wrong(INVALID_VALUE, "copy of " + std::to_string(bytes) + " bytes to outside an allocation");
  }
  std::memcpy(reinterpret_cast<void*>(target), source, bytes);
  return result;
}

int cuMemcpyDtoH_v2(void* target, Pointer source, size_t bytes) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  int result = finish();
  if (!inside(source, bytes)) {
    return wrong(INVALID_VALUE, "copy of " + std::to_string(bytes) + " bytes from outside an allocation");
  }
  std::memcpy(target, reinterpret_cast<void*>(source), bytes);
  return result;
}

int cuCtxSynchronize() {
  std::lock_guard<std::recursive_mutex> hold(lock);
  return finish();
}

int cuModuleLoadData(void** out, const void* image) {
  std::string text = static_cast<const char*>(image);
  static const std::regex version(R"(\.version\s+(\d+)\.(\d+))");
  std::smatch found;
  if (!std::regex_search(text, found, version)) {
    return wrong(INVALID_PTX, "no PTX version");
  }
  if (mode() == "old" || std::stoi(found[1]) > 8) {
    return UNSUPPORTED_PTX;
  }
  *out = new Module(parse(text));
  return SUCCESS;
}

int cuModuleUnload(void* module) { return delete static_cast<Module*>(module), SUCCESS; }

int cuModuleGetFunction(void** out, void* module, const char* name) {
  auto entry = static_cast<Module*>(module)->entries.find(name);
  const emu::Kernel* twin = emu::find(name);
  if (entry == static_cast<Module*>(module)->entries.end() || twin == nullptr) {
    return wrong(NOT_FOUND, std::string(name) + " is missing from the PTX or from the host's kernels");
  }
  if (entry->second != twin->sizes) {
    std::string text = std::string(name) + ": parameter sizes differ, PTX";
    for (size_t size : entry->second) {
      text += " " + std::to_string(size);
    }
    text += ", host";
    for (size_t size : twin->sizes) {
      text += " " + std::to_string(size);
    }
    return wrong(INVALID_PTX, text);
  }
  *out = const_cast<emu::Kernel*>(twin);
  return SUCCESS;
}

int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void*, void** parameters, void** extra) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  const emu::Kernel* kernel = static_cast<const emu::Kernel*>(function);
  if (!current) {
    return wrong(INVALID_CONTEXT, "launch without a context on this thread");
  }
  if (gx == 0 || gx > 2147483647u || gy != 1 || gz != 1 || bx == 0 || bx > 1024 || by != 1 || bz != 1 || shared != 0
      || extra != nullptr) {
    return wrong(INVALID_VALUE, kernel->name + ": illegal launch shape");
  }
  Launch launch{kernel, static_cast<int>(gx), static_cast<int>(bx), {}};
  for (size_t i = 0; i < kernel->sizes.size(); i++) {
    const char* from = static_cast<const char*>(parameters[i]);
    launch.arguments.emplace_back(from, from + kernel->sizes[i]);
  }
  waiting.push_back(std::move(launch));
  return failure;
}

int cuGetErrorName(int code, const char** text) {
  *text = code == INVALID_PTX ? "CUDA_ERROR_INVALID_PTX" : code == UNSUPPORTED_PTX
      ? "CUDA_ERROR_UNSUPPORTED_PTX_VERSION" : code == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : code == ILLEGAL_ADDRESS
      ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "CUDA_ERROR";
  return SUCCESS;
}

/* For tests: blocks not yet freed, and a device that works again. */
int evenhandFakeMebibytes(int) { /* in use, rounded up */
  std::lock_guard<std::recursive_mutex> hold(lock);
  return static_cast<int>((used + (1 << 20) - 1) >> 20);
}

int evenhandFakeAllocations(int) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  return static_cast<int>(allocations.size());
}
int evenhandFakeRepair(int) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  waiting.clear();
  return failure = SUCCESS;
}
}
