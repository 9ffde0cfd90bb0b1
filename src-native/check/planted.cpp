/* planted NAME: runs one planted bug; exit status 3 and a line where the emulator itself finds it. */
#include "check.h"

int main(int count, char** words) {
  std::string name = count > 1 ? words[1] : "";
  check::Row<float> x = check::numbers(100, 1), out(100);
  int n = name == "divergent_barrier" ? 50 : 100;
  std::string error = name == "missing_barrier" || name == "nothing_planted"
                          ? check::launch(name, 1, x.get(), out.get(), n)
                          : check::launch(name, 1, out.get(), n);
  std::printf("%s\n", error.c_str());
  return error.empty() ? 0 : 3;
}
