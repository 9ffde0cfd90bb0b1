/* A CUDA driver for tests, never shipped: host memory, and kernels that are their host twins (emu).
 *
 * It checks what a real driver would: the PTX's entries and parameters against the twins, the launch's shape, that
 * pointers are the device's and copies stay inside, that nothing was written past an allocation, that memory is freed
 * when nothing uses it, that a copy which does not wait has pinned memory. Work is put off and streams run in any order,
 * see device.h. Whatever is wrong is a line on standard error and an error code.
 *
 * EVENHAND_FAKE_CUDA=none makes a driver without device, old one that is too old for the PTX, weak a device of compute
 * capability 6.1, full one whose memory others hold; a number is its memory in MiB. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <regex>

#include "../emu/emu.h"
#include "device.h"

using namespace fake;
using Hold = std::lock_guard<std::recursive_mutex>;

namespace {
struct Module {
  std::map<std::string, std::vector<size_t>> entries;
};

size_t leaks; /* what contexts left behind */

std::string mode() {
  const char* text = std::getenv("EVENHAND_FAKE_CUDA");
  return text == nullptr ? "" : text;
}

size_t room() {
  size_t mebi = std::strtoul(mode().c_str(), nullptr, 10);
  return (mebi == 0 ? 4096 : mebi) << 20;
}

char* host(Pointer address) { return reinterpret_cast<char*>(address); }

bool isPinned(const void* start, size_t bytes) {
  Pointer address = reinterpret_cast<Pointer>(start);
  auto after = device().pinned.upper_bound(address);
  return after != device().pinned.begin() && address + bytes <= std::prev(after)->first + std::prev(after)->second;
}

/* Entries of a PTX text with the sizes of their parameters. */
const Module& parse(const std::string& text) {
  static std::map<std::string, Module> known; /* the same few texts come again and again */
  auto found = known.find(text);
  if (found != known.end()) {
    return found->second;
  }
  Module& module = known[text];
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

int copyIn(Stream* stream, Pointer target, const void* source, size_t bytes) {
  if (stream == nullptr || !device().inside(target, bytes)) {
    return wrong(INVALID_VALUE, "copy of " + std::to_string(bytes) + " bytes to outside an allocation");
  }
  device().submit(stream, {"copy in", {target}, [=] {
                             std::memcpy(host(target), source, bytes);
                             return "";
                           }});
  return SUCCESS;
}

int copyOut(Stream* stream, void* target, Pointer source, size_t bytes) {
  if (stream == nullptr || !device().inside(source, bytes)) {
    return wrong(INVALID_VALUE, "copy of " + std::to_string(bytes) + " bytes from outside an allocation");
  }
  std::memset(target, 0xFF, bytes); /* NaN, for who reads too early */
  device().submit(stream, {"copy out", {source}, [=] {
                             std::memcpy(target, host(source), bytes);
                             return "";
                           }});
  return SUCCESS;
}

template <class Map>
bool erase(Map& map, void* key) {
  return map.erase(key) == 1;
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
  bool weak = mode() == "weak"; /* 75 and 76: capability; 1: threads a block */
  *value = attribute == 75 ? (weak ? 6 : 8) : attribute == 76 ? (weak ? 1 : 0) : attribute == 1 ? 1024 : 0;
  return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
  Hold hold(device().lock);
  if (mode() == "full") {
    return OUT_OF_MEMORY;
  }
  device().contexts++;
  return *context = &device(), SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) {
  Hold hold(device().lock);
  Device& of = device();
  if (of.contexts == 0) {
    return wrong(INVALID_CONTEXT, "released a context that nobody holds");
  }
  if (--of.contexts == 0) {
    size_t left = of.memory.size() + of.pinned.size() + of.events.size() + of.modules.size() + of.libraries.size()
        + of.streams.size() - of.streams.count(nullptr);
    if (of.failure == SUCCESS && left > 0) {
      wrong(INVALID_VALUE, std::to_string(of.memory.size()) + " blocks, " + std::to_string(of.pinned.size())
                               + " pinned blocks, " + std::to_string(of.events.size()) + " events, "
                               + std::to_string(of.streams.size() - of.streams.count(nullptr)) + " streams, "
                               + std::to_string(of.modules.size()) + " modules and "
                               + std::to_string(of.libraries.size()) + " handles of cuBLAS were left");
      leaks += left;
    }
    of.clear();
  }
  return SUCCESS;
}
int cuCtxSetCurrent(void* context) { return current() = context != nullptr, SUCCESS; }

int cuMemAlloc_v2(Pointer* out, size_t bytes) {
  Hold hold(device().lock);
  if (int code = device().enter("cuMemAlloc", ALLOCATES)) {
    return code;
  }
  if (device().used + bytes > room()) {
    return OUT_OF_MEMORY;
  }
  void* memory = std::aligned_alloc(256, (bytes + GUARD + 255) / 256 * 256);
  std::memset(memory, 0xFF, bytes); /* NaN: reading what nobody wrote shows */
  std::memset(static_cast<char*>(memory) + bytes, MARKED, GUARD);
  *out = reinterpret_cast<Pointer>(memory);
  device().memory[*out] = bytes;
  device().used += bytes;
  return SUCCESS;
}

int cuMemFree_v2(Pointer start) {
  Hold hold(device().lock);
  if (!current() || device().failure != SUCCESS) {
    return current() ? device().failure : wrong(INVALID_CONTEXT, "cuMemFree without a context on this thread");
  }
  auto found = device().memory.find(start);
  if (found == device().memory.end()) {
    return wrong(INVALID_VALUE, "freed what is no allocation");
  }
  if (device().busy(start)) {
    return wrong(INVALID_VALUE, "freed an allocation that work still uses");
  }
  device().used -= found->second;
  device().memory.erase(found);
  std::free(host(start));
  return SUCCESS;
}

int cuMemHostAlloc(void** out, size_t bytes, unsigned) {
  Hold hold(device().lock);
  if (int code = device().enter("cuMemHostAlloc", ALLOCATES)) {
    return code;
  }
  *out = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  device().pinned[reinterpret_cast<Pointer>(*out)] = bytes;
  return SUCCESS;
}

int cuMemFreeHost(void* start) {
  Hold hold(device().lock);
  if (device().failure != SUCCESS) {
    return device().failure;
  }
  int code = device().finish(); /* it waits on a device too */
  if (device().pinned.erase(reinterpret_cast<Pointer>(start)) == 0) {
    return wrong(INVALID_VALUE, "freed what is no pinned allocation");
  }
  std::free(start);
  return code;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) { return *free = *total = room(), SUCCESS; }

int cuMemcpyHtoDAsync_v2(Pointer target, const void* source, size_t bytes, void* stream) {
  Hold hold(device().lock);
  if (int code = device().enter("cuMemcpyHtoDAsync", QUEUES)) {
    return code;
  }
  return isPinned(source, bytes) ? copyIn(device().stream(stream), target, source, bytes)
                                 : wrong(INVALID_VALUE, "a copy that does not wait, of memory that is not pinned");
}

int cuMemcpyDtoHAsync_v2(void* target, Pointer source, size_t bytes, void* stream) {
  Hold hold(device().lock);
  if (int code = device().enter("cuMemcpyDtoHAsync", QUEUES)) {
    return code;
  }
  return isPinned(target, bytes) ? copyOut(device().stream(stream), target, source, bytes)
                                 : wrong(INVALID_VALUE, "a copy that does not wait, to memory that is not pinned");
}

int cuStreamCreate(void** out, unsigned) {
  Hold hold(device().lock);
  if (int code = device().enter("cuStreamCreate", ALLOCATES)) {
    return code;
  }
  auto stream = std::make_unique<Stream>();
  *out = stream.get();
  device().streams[*out] = std::move(stream);
  return SUCCESS;
}

int cuStreamDestroy_v2(void* handle) {
  Hold hold(device().lock);
  Stream* stream = device().stream(handle);
  if (device().failure != SUCCESS || stream == nullptr || handle == nullptr) {
    return device().failure != SUCCESS ? device().failure : wrong(INVALID_HANDLE, "destroyed what is no stream");
  }
  int code = device().until([stream] { return stream->queue.empty(); });
  device().favourite = nullptr;
  device().streams.erase(handle);
  return code;
}

int cuStreamSynchronize(void* handle) {
  Hold hold(device().lock);
  if (int code = device().enter("cuStreamSynchronize", WAITS)) {
    return code;
  }
  Stream* stream = device().stream(handle);
  return stream == nullptr ? wrong(INVALID_HANDLE, "waited for what is no stream")
                           : device().until([stream] { return stream->queue.empty(); });
}

int cuCtxSynchronize() {
  Hold hold(device().lock);
  int code = device().enter("cuCtxSynchronize", WAITS);
  return code != SUCCESS ? code : device().finish();
}

int cuEventCreate(void** out, unsigned) {
  Hold hold(device().lock);
  if (int code = device().enter("cuEventCreate", ALLOCATES)) {
    return code;
  }
  static uintptr_t next = 0;
  *out = reinterpret_cast<void*>(++next);
  device().events[*out] = std::make_shared<bool>(true);
  return SUCCESS;
}

int cuEventDestroy_v2(void* event) {
  Hold hold(device().lock);
  if (device().failure != SUCCESS) {
    return device().failure;
  }
  return erase(device().events, event) ? SUCCESS : wrong(INVALID_HANDLE, "destroyed what is no event");
}

int cuEventRecord(void* event, void* handle) {
  Hold hold(device().lock);
  if (int code = device().enter("cuEventRecord", QUEUES)) {
    return code;
  }
  Stream* stream = device().stream(handle);
  if (stream == nullptr || device().events.count(event) == 0) {
    return wrong(INVALID_HANDLE, "recorded what is no event, or on no stream");
  }
  Mark mark = std::make_shared<bool>(false);
  device().events[event] = mark;
  device().submit(stream, {"event", {}, [mark] {
                             *mark = true;
                             return "";
                           }});
  return SUCCESS;
}

int cuStreamWaitEvent(void* handle, void* event, unsigned) {
  Hold hold(device().lock);
  if (int code = device().enter("cuStreamWaitEvent", QUEUES)) {
    return code;
  }
  Stream* stream = device().stream(handle);
  if (stream == nullptr || device().events.count(event) == 0) {
    return wrong(INVALID_HANDLE, "made a stream wait for what is no event");
  }
  device().submit(stream, {"wait", {}, [] { return ""; }, device().events[event]});
  return SUCCESS;
}

int cuEventSynchronize(void* event) {
  Hold hold(device().lock);
  if (int code = device().enter("cuEventSynchronize", WAITS)) {
    return code;
  }
  auto found = device().events.find(event);
  if (found == device().events.end()) {
    return wrong(INVALID_HANDLE, "waited for what is no event");
  }
  Mark mark = found->second;
  return device().until([mark] { return *mark; });
}

int cuModuleLoadData(void** out, const void* image) {
  Hold hold(device().lock);
  if (int code = device().enter("cuModuleLoadData", ALLOCATES)) {
    return code;
  }
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
  device().modules.insert(*out);
  return SUCCESS;
}

int cuModuleUnload(void* module) {
  Hold hold(device().lock);
  if (!current() || device().failure != SUCCESS) {
    return current() ? device().failure : wrong(INVALID_CONTEXT, "cuModuleUnload without a context on this thread");
  }
  if (device().modules.erase(module) == 0) {
    return wrong(INVALID_HANDLE, "unloaded what is no module");
  }
  return delete static_cast<Module*>(module), SUCCESS;
}

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
                   unsigned shared, void* handle, void** parameters, void** extra) {
  Hold hold(device().lock);
  if (int code = device().enter("cuLaunchKernel", QUEUES)) {
    return code;
  }
  const emu::Kernel* kernel = static_cast<const emu::Kernel*>(function);
  Stream* stream = device().stream(handle);
  if (stream == nullptr || gx == 0 || gx > 2147483647u || gy != 1 || gz != 1 || bx == 0 || bx > 1024 || by != 1
      || bz != 1 || shared != 0 || extra != nullptr) {
    return wrong(INVALID_VALUE, kernel->name + ": illegal launch shape");
  }
  std::vector<std::vector<char>> arguments;
  std::vector<Pointer> touched;
  for (size_t i = 0; i < kernel->sizes.size(); i++) {
    const char* from = static_cast<const char*>(parameters[i]);
    arguments.emplace_back(from, from + kernel->sizes[i]);
    Pointer address = 0;
    std::memcpy(&address, from, kernel->sizes[i] == sizeof address ? sizeof address : 0);
    if (device().memory.count(address) != 0) {
      touched.push_back(address);
    }
  }
  device().submit(stream, {kernel->name, touched, [=]() mutable {
                             std::vector<void*> pointers;
                             for (auto& argument : arguments) {
                               pointers.push_back(argument.data());
                             }
                             return emu::launch(*kernel, gx, bx, pointers.data());
                           }});
  return SUCCESS;
}

/* For tests. */
int evenhandFakeMebibytes(int) { /* in use, rounded up */
  Hold hold(device().lock);
  return static_cast<int>((device().used + (1 << 20) - 1) >> 20);
}

int evenhandFakeAllocations(int) { /* blocks of the device not yet freed */
  Hold hold(device().lock);
  return static_cast<int>(device().memory.size());
}

int evenhandFakeLeaks(int) { /* contexts not given back, and what those that are gone had left since this was asked */
  Hold hold(device().lock);
  return static_cast<int>(std::exchange(leaks, 0)) + device().contexts;
}

int evenhandFakeRepair(int) { /* forgets what failed, and what waits */
  Hold hold(device().lock);
  for (auto& [handle, stream] : device().streams) {
    stream->queue.clear();
  }
  device().untilFault = 0;
  return device().failure = SUCCESS;
}

int evenhandFakeSchedule(int seed) { /* the order of streams from here on */
  Hold hold(device().lock);
  device().chance.seed(seed);
  device().favourite = nullptr;
  return SUCCESS;
}

int evenhandFakeFaults(int seed) { /* a call fails, one of the next 400; none for 0 */
  Hold hold(device().lock);
  device().faults.seed(seed);
  device().untilFault = seed == 0 ? 0 : 1 + device().faults() % 400;
  return SUCCESS;
}
}
