// Reads an export of the audit log and says whether it is whole. Written from docs/protocol.md ("The audit log") alone:
// it shares no line with the program that writes the log, so that an error of the one is not an error of the other.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace audit_verify {

/// A head that somebody holds outside the office: a device (`relance status --json`), a copy of audit.head.
struct Witness {
  std::string epoch;  // as text; empty where it is not known: then the entry has to be there
  std::int64_t seq = 0;
  std::string hash;  // hexadecimal
};

struct Options {
  std::string key;  // hexadecimal; empty: the export's own word is taken for it
  std::vector<Witness> witnesses;
};

struct Verdict {
  std::vector<std::string> wrong;  // sentences; empty when the log is whole
  std::vector<std::string>
      notes;  // what a reader should know: restores, other keys, heads that a restore took
  std::int64_t entries = 0;
  std::int64_t heads = 0;  // signatures that were checked
  std::string key;         // of the export
  std::string last_hash;
};

[[nodiscard]] Verdict verify(std::istream& lines, const Options& options);

/// "SEQ:HASH" or "EPOCH:SEQ:HASH"; false when it is neither.
[[nodiscard]] bool read_witness(const std::string& text, Witness& out);

}  // namespace audit_verify
