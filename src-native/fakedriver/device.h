/* What the emulated driver and the emulated cuBLAS share: the device's memory, its streams, and what goes wrong.
 *
 * Work on a stream is put off. It is done when the host waits for it, or by chance earlier; streams take turns by a
 * seeded chance that favours one of them for a while. So a missing wait shows as numbers that are stale, or from the
 * next owner of the memory. */
#ifndef EVENHAND_FAKE_DEVICE_H
#define EVENHAND_FAKE_DEVICE_H

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace fake {
using Pointer = unsigned long long;
enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_CONTEXT = 201, ECC_UNCORRECTABLE = 214,
       INVALID_PTX = 218, UNSUPPORTED_PTX = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700,
       OUT_OF_RESOURCES = 701, LAUNCH_FAILED = 719 };

/* How a call may fail, other than for good: for want of memory, of other resources, or not at all. */
enum Failing { ALLOCATES, QUEUES, WAITS };

/* A point in a stream, passed once all before it is done. */
using Mark = std::shared_ptr<bool>;

struct Work {
  std::string name;
  std::vector<Pointer> touches;   /* device memory, by any address in it */
  std::function<std::string()> run; /* what went wrong, or nothing */
  Mark waits{};                   /* cannot start before */
};

struct Stream {
  std::deque<Work> queue;
};

struct Device {
  std::recursive_mutex lock;
  std::map<Pointer, size_t> memory; /* allocations with their sizes */
  std::map<Pointer, size_t> pinned;
  std::map<void*, std::unique_ptr<Stream>> streams; /* by handle; null is the default one */
  std::map<void*, Mark> events;                     /* by handle; null until recorded */
  std::set<void*> modules, libraries;
  size_t used = 0;
  int contexts = 0;
  int failure = SUCCESS; /* sticky, as on a device, until the context is gone */
  std::mt19937 chance{1};
  Stream* favourite = nullptr;
  int untilFault = 0; /* calls that may fail, until one does; 0 for never */
  std::mt19937 faults;

  Stream* stream(void* handle);
  bool inside(Pointer start, size_t bytes) const;
  std::map<Pointer, size_t>::const_iterator block(Pointer address) const; /* that holds an address, or end */
  /* Puts work off; some of what waits may be done meanwhile. */
  void submit(Stream* stream, Work work);
  /* Works until the condition holds; fails if nothing can be done any more. */
  int until(const std::function<bool()>& reached);
  int finish();
  bool busy(Pointer block) const; /* is there work that touches it? */
  /* The code that a call gives: the sticky one, or now and then one of chance. */
  int enter(const char* call, Failing how);
  void clear(); /* the context is gone, and all that it had */

 private:
  bool step();
  std::string check(const Work& work) const;
};

Device& device();
/* Is a context current on this thread? */
bool& current();
int wrong(int code, const std::string& text);
constexpr size_t GUARD = 64; /* bytes after each allocation, to be found unchanged */
constexpr unsigned char MARKED = 0xA5;
}  // namespace fake

#endif
