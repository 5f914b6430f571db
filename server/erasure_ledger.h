// The memory of erasure that no backup can undo: `erasure.ledger`, a file beside the database that is only ever
// appended to. Each line names an order, its case and debtor by their random ids, and the hash of the line before.
//
// The database says how far it has followed (meta `erasure_head`). One that has followed less than the file says was
// put back from before: it erases again before anyone is served. One that has followed more has lost its file: nobody
// is served until the file is back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "sync/erasure.h"

namespace relance::server {

struct ErasureLine {
  std::int64_t n = 0;  // 1, 2, 3 … without gaps
  Ms at = 0;
  Id epoch;
  Id run;
  sync::ErasureOrder order;
  std::string rule;  // code of the retention rule, or of the order
  std::string hash;  // SHA-256 over the line's other members and the hash before, in hex
};

/// How far a ledger goes: its last line.
struct ErasureHead {
  std::int64_t n = 0;
  std::string hash;
  friend bool operator==(const ErasureHead&, const ErasureHead&) = default;
};

class ErasureLedger {
 public:
  /// Reads what is there; a last line that a power cut left half is not counted, and goes with the next append.
  /// Errors: Failure{corrupt} where the chain is broken.
  explicit ErasureLedger(std::filesystem::path file);

  [[nodiscard]] const std::vector<ErasureLine>& lines() const { return lines_; }
  [[nodiscard]] ErasureHead head() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  /// Is the file as long as what was read of it and appended? Who keeps this object across commits asks, and reads the
  /// file again otherwise.
  [[nodiscard]] bool is_current() const;

  /// Appends one line for each order and makes them durable, before the database forgets anything.
  void append(Ms at, const Id& epoch, const Id& run,
              const std::vector<std::pair<sync::ErasureOrder, std::string>>& orders_and_rules);

  /// Is the other one a beginning of this one (or the same)?
  [[nodiscard]] bool continues(const ErasureLedger& other) const;

 private:
  std::filesystem::path file_;
  std::vector<ErasureLine> lines_;
  std::size_t whole_bytes_ = 0;  // of the lines that count
};

/// A hundred million erased cases: far beyond any office, and a bound for who reads the file.
inline constexpr std::size_t kErasureLedgerBytesMax = std::size_t{1} << 35;

/// How far the database has followed; nothing where it has never erased.
[[nodiscard]] ErasureHead erasure_head(sql::Connection& db);
/// REQUIRES: a write transaction is open.
void set_erasure_head(sql::Connection& db, const ErasureHead& head);

}  // namespace relance::server
