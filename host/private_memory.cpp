#include "host/private_memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace relance {

// A limit of 0 does not reach a collector that the kernel pipes cores to; a process that may not be dumped does.
void keep_memory_private() noexcept {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace relance
