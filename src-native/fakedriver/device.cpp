#include "device.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fake {
Device& device() {
  static Device* one = new Device; /* never destroyed: the JVM may still call at exit */
  return *one;
}

bool& current() {
  static thread_local bool flag = false;
  return flag;
}

int wrong(int code, const std::string& text) {
  std::fprintf(stderr, "emulated CUDA driver: %s\n", text.c_str());
  return code;
}

Stream* Device::stream(void* handle) {
  if (handle == nullptr && streams.count(nullptr) == 0) {
    streams[nullptr] = std::make_unique<Stream>();
  }
  auto found = streams.find(handle);
  return found == streams.end() ? nullptr : found->second.get();
}

std::map<Pointer, size_t>::const_iterator Device::block(Pointer address) const {
  auto after = memory.upper_bound(address);
  if (after == memory.begin()) {
    return memory.end();
  }
  auto found = std::prev(after);
  return address < found->first + found->second ? found : memory.end();
}

bool Device::inside(Pointer start, size_t bytes) const {
  auto found = block(start);
  return found != memory.end() && start + bytes <= found->first + found->second;
}

bool Device::busy(Pointer start) const {
  for (auto& [handle, stream] : streams) {
    for (const Work& work : stream->queue) {
      for (Pointer touched : work.touches) {
        auto found = block(touched);
        if (found != memory.end() && found->first == start) {
          return true;
        }
      }
    }
  }
  return false;
}

void Device::submit(Stream* stream, Work work) {
  stream->queue.push_back(std::move(work));
  if (chance() % 8 == 0) {
    step();
  }
}

/* Is what lies behind the memory that work touches unchanged? */
std::string Device::check(const Work& work) const {
  for (Pointer touched : work.touches) {
    auto found = block(touched);
    if (found != memory.end()) {
      const unsigned char* guard = reinterpret_cast<const unsigned char*>(found->first + found->second);
      if (guard[0] != MARKED || std::memcmp(guard, guard + 1, GUARD - 1) != 0) {
        return work.name + ": wrote past an allocation of " + std::to_string(found->second) + " bytes";
      }
    }
  }
  return "";
}

/* Does one piece of work that can start. False if there is none. */
bool Device::step() {
  std::vector<Stream*> ready;
  for (auto& [handle, stream] : streams) {
    if (!stream->queue.empty() && (!stream->queue.front().waits || *stream->queue.front().waits)) {
      ready.push_back(stream.get());
    }
  }
  if (ready.empty()) {
    return false;
  }
  Stream* chosen = ready[chance() % ready.size()];
  for (Stream* stream : ready) {
    if (stream == favourite && chance() % 8 != 0) {
      chosen = stream;
    }
  }
  if (chance() % 8 == 0) {
    favourite = ready[chance() % ready.size()];
  }
  Work work = std::move(chosen->queue.front());
  chosen->queue.pop_front();
  std::string error = work.run();
  if (!error.empty()) {
    failure = wrong(LAUNCH_FAILED, error);
  }
  error = check(work);
  if (!error.empty()) {
    failure = wrong(ILLEGAL_ADDRESS, error);
  }
  return true;
}

int Device::until(const std::function<bool()>& reached) {
  while (failure == SUCCESS && !reached()) {
    if (!step()) {
      return failure = wrong(LAUNCH_FAILED, "streams wait for each other");
    }
  }
  return failure;
}

int Device::finish() {
  return until([this] {
    for (auto& [handle, stream] : streams) {
      if (!stream->queue.empty()) {
        return false;
      }
    }
    return true;
  });
}

int Device::enter(const char* call, Failing how) {
  if (!current()) {
    return wrong(INVALID_CONTEXT, std::string(call) + " without a context on this thread");
  }
  if (failure == SUCCESS && untilFault > 0 && --untilFault == 0) {
    static const int lost[] = {ECC_UNCORRECTABLE, ILLEGAL_ADDRESS, LAUNCH_FAILED};
    int kind = faults() % (how == WAITS ? 3 : 4);
    untilFault = 1 + faults() % 64; /* one that passes may come again */
    if (kind == 3) {
      return how == ALLOCATES ? OUT_OF_MEMORY : OUT_OF_RESOURCES;
    }
    failure = lost[kind];
  }
  return failure;
}

void Device::clear() {
  for (auto& [start, bytes] : memory) {
    std::free(reinterpret_cast<void*>(start));
  }
  for (auto& [start, bytes] : pinned) {
    std::free(reinterpret_cast<void*>(start));
  }
  memory.clear();
  pinned.clear();
  streams.clear();
  events.clear();
  modules.clear();
  libraries.clear();
  favourite = nullptr;
  used = 0;
  failure = SUCCESS;
}
}  // namespace fake
