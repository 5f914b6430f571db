// A program under strace, with one of its system calls made to fail or to be its last: the ways to die that no
// random moment would find.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace relance::e2e {

/// What happens at the nth call of that name (counted for each thread).
struct Fault {
  enum class Kind {
    kill,     // kill -9 at its entry: the call is not made
    error,    // this one fails
    no_space  // this one and all later ones fail with ENOSPC
  };
  Kind kind = Kind::kill;
  std::string call;  // pwrite64, fsync …
  int n = 1;         // 0: it never happens
  [[nodiscard]] std::string text() const;
};

/// Can this machine trace? Not without strace, not where ptrace is forbidden.
[[nodiscard]] bool can_trace();

/// What goes before the command.
[[nodiscard]] std::vector<std::string> traced(const Fault& fault, const std::filesystem::path& trace);

/// What the trace says happened.
struct Traced {
  bool is_hit = false;
  std::map<std::string, int> calls;  // how often each was made
  std::string hit;                   // the call that was made to fail, as strace shows it
  /// A file whose last writes were not made durable, because the call that was to do it was made to fail: whoever
  /// says "done" after it says more than he knows. Empty when there is none.
  std::string unsynced;
};
[[nodiscard]] Traced read_trace(const std::filesystem::path& trace);

}  // namespace relance::e2e
