// What a process holds in memory is nobody else's.
#pragma once

namespace relance {

/// No core dump of this process (piped to a collector or not), and no other process of this account may look into it.
void keep_memory_private() noexcept;

}  // namespace relance
