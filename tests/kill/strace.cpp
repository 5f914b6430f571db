#include "tests/kill/strace.h"

#include <fstream>
#include <map>
#include <set>

#include "tests/e2e/harness.h"

namespace relance::e2e {
namespace {

constexpr const char* kTracedCalls =
    "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,ftruncate,fallocate,unlink,link,mkdir";
constexpr const char* kLongestString = "400";  // a path in a temporary directory

// "7</tmp/x/replica.db-wal>" in the call's first argument.
std::string path_of(const std::string& line) {
  const std::size_t begin = line.find('<'), end = line.find('>', begin);
  if (begin == std::string::npos || end == std::string::npos || line.compare(begin, 2, "<u") == 0) return {};
  return line.substr(begin + 1, end - begin - 1);
}

bool names(const std::string& line, const char* call) {
  return line.find(std::string(call) + "(") != std::string::npos ||
         line.find(std::string(call) + " resumed") != std::string::npos;
}

}  // namespace

std::string Fault::text() const {
  const char* what = kind == Kind::kill ? "kill -9 at " : kind == Kind::error ? "EIO of " : "ENOSPC from ";
  return what + call + " " + std::to_string(n);
}

bool can_trace() {
  static const bool can = [] {
    try {
      return run({"strace", "-f", "-o", "/dev/null", "true"}).ok();
    } catch (const StoryEnded&) {
      return false;
    }
  }();
  return can;
}

std::vector<std::string> traced(const Fault& fault, const std::filesystem::path& trace) {
  std::string inject = "inject=" + fault.call;
  switch (fault.kind) {
    case Fault::Kind::kill: inject += ":signal=KILL:when=" + std::to_string(fault.n); break;
    case Fault::Kind::error: inject += ":error=EIO:when=" + std::to_string(fault.n); break;
    case Fault::Kind::no_space: inject += ":error=ENOSPC:when=" + std::to_string(fault.n) + "+"; break;
  }
  std::vector<std::string> out{"strace", "-f",           "-q", "-y",
                               "-s",     kLongestString, "-o", trace.string(),
                               "-e",     "signal=none",  "-e", std::string("trace=") + kTracedCalls,
                               "-e",     inject};
  if (fault.n == 0) out.resize(out.size() - 2);  // without its "-e inject=..."
  // stops at the traced calls only, which is faster; strace 6.1 forgets its signals then
  if (fault.kind != Fault::Kind::kill) out.insert(out.begin() + 1, "--seccomp-bpf");
  return out;
}

Traced read_trace(const std::filesystem::path& trace) {
  Traced out;
  std::ifstream file(trace, std::ios::binary);
  std::set<std::string> dirty;
  std::map<std::string, std::string>
      under_way;  // by thread: the file of a call that another one's line cut in two
  for (std::string line; std::getline(file, line);) {
    const std::string thread = line.substr(0, line.find(' '));
    std::string path = path_of(line);
    if (line.find("resumed>") != std::string::npos) path = under_way[thread];
    if (line.find("<unfinished") != std::string::npos) {
      under_way[thread] = path;
      continue;
    }
    const std::size_t name = line.find_first_not_of(' ', thread.size()), open = line.find('(', name);
    if (name != std::string::npos && open != std::string::npos) ++out.calls[line.substr(name, open - name)];
    const bool is_injected = line.find("(INJECTED)") != std::string::npos;
    if (is_injected && !out.is_hit) {
      out.is_hit = true;
      out.hit = line.substr(line.find(' ') + 1);
      if (out.hit.size() > 200)
        out.hit = out.hit.substr(0, 60) + " … " + out.hit.substr(out.hit.size() - 100);
    }
    const bool has_failed =
        line.find(") = -1 ") != std::string::npos || line.find("= -1 E") != std::string::npos;
    if (names(line, "fsync") || names(line, "fdatasync")) {
      if (has_failed && is_injected && dirty.count(path) != 0) out.unsynced = path;
      if (!has_failed) dirty.erase(path);
      // Pages of a file are clean after a sync that failed, and a later one proves nothing; names in a directory wait
      // in the file system's journal until one succeeds. The engine passes over a directory's failure; ours follow it.
      if (!has_failed && out.unsynced == path && std::filesystem::is_directory(path)) out.unsynced.clear();
    } else if (names(line, "pwrite64") || names(line, "write")) {
      if (!has_failed) dirty.insert(path);
    } else if ((names(line, "rename") || names(line, "link")) && !has_failed) {
      const std::size_t end = line.rfind('"'), begin = line.rfind('"', end - 1);
      if (begin != std::string::npos && end != std::string::npos)
        dirty.insert(std::filesystem::path(line.substr(begin + 1, end - begin - 1)).parent_path().string());
    }
  }
  return out;
}

}  // namespace relance::e2e
