// Whether a ledger balances, as a whole and écriture by écriture, and where it first does not. Fed line by
// line while the file is read; keeps one small entry an écriture and no text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace relance {

class FecBalance {
 public:
  /// Adds one line of the ledger. False, with nothing added, if the sum of all absolute amounts would not
  /// fit int64: while it does, no sum over any part of the file can overflow, here or in the rules.
  [[nodiscard]] bool add(std::uint64_t line, std::string_view journal, std::string_view number,
                         std::int64_t debit_cents, std::int64_t credit_cents);

  struct Verdict {
    bool is_balanced = true;
    /// Of the first écriture that does not balance: where its number tells, else the line after which the
    /// running total is never level again. 0: balanced.
    std::uint64_t first_unbalanced_line = 0;
  };
  [[nodiscard]] Verdict verdict() const;

  [[nodiscard]] std::int64_t debit_cents() const { return debit_cents_; }
  [[nodiscard]] std::int64_t credit_cents() const { return credit_cents_; }

 private:
  struct Ecriture {
    std::uint64_t first_line = 0;
    std::size_t number_hash = 0;
    std::int64_t sum_cents = 0;
  };
  struct Unbalanced {
    std::uint64_t first_line = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] Unbalanced unbalanced_ecritures() const;

  std::unordered_map<std::size_t, Ecriture> ecritures_;      // by hash of journal and number
  std::unordered_map<std::size_t, std::int64_t> by_number_;  // sums whatever the journal
  std::uint64_t numbered_lines_ = 0;
  std::int64_t debit_cents_ = 0;
  std::int64_t credit_cents_ = 0;
  std::int64_t magnitude_cents_ = 0;    // of all amounts
  std::uint64_t line_after_level_ = 0;  // first line after the running total was last level
};

}  // namespace relance
