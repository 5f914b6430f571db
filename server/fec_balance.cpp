// The balance of a ledger. See fec_balance.h.
#include "server/fec_balance.h"

#include <functional>

namespace relance {
namespace {

std::int64_t magnitude(std::int64_t cents) { return cents < 0 ? -cents : cents; }

}  // namespace

bool FecBalance::add(std::uint64_t line, std::string_view journal, std::string_view number,
                     std::int64_t debit_cents, std::int64_t credit_cents) {
  std::int64_t total = 0;
  if (__builtin_add_overflow(magnitude_cents_, magnitude(debit_cents), &total) ||
      __builtin_add_overflow(total, magnitude(credit_cents), &total)) {
    return false;
  }
  magnitude_cents_ = total;
  if (debit_cents_ == credit_cents_) line_after_level_ = line;
  debit_cents_ += debit_cents;
  credit_cents_ += credit_cents;

  // no number, or 0 throughout: some programs have none
  if (number.find_first_not_of('0') == std::string_view::npos) return true;
  ++numbered_lines_;
  // by their hash: a collision could only blur a message
  const std::hash<std::string_view> hash;
  const std::size_t number_hash = hash(number);
  Ecriture& ecriture = ecritures_[number_hash ^ (hash(journal) * 0x9E3779B97F4A7C15U)];
  if (ecriture.first_line == 0) ecriture = {.first_line = line, .number_hash = number_hash, .sum_cents = 0};
  ecriture.sum_cents += debit_cents - credit_cents;
  by_number_[number_hash] += debit_cents - credit_cents;
  return true;
}

/// Those that do not balance in their journal; one that is split over journals under one number does as a
/// whole.
FecBalance::Unbalanced FecBalance::unbalanced_ecritures() const {
  Unbalanced out;
  for (const auto& [key, ecriture] : ecritures_) {
    if (ecriture.sum_cents == 0 || by_number_.at(ecriture.number_hash) == 0) continue;
    ++out.count;
    if (out.first_line == 0 || ecriture.first_line < out.first_line) out.first_line = ecriture.first_line;
  }
  return out;
}

FecBalance::Verdict FecBalance::verdict() const {
  // An écriture has two lines at least: with fewer on average, the numbers count lines and tell nothing.
  const bool has_numbers = !ecritures_.empty() && numbered_lines_ >= 2 * ecritures_.size();
  const Unbalanced unbalanced = has_numbers ? unbalanced_ecritures() : Unbalanced();
  // Where the whole is level but most écritures are not, it is the numbers that mean something else.
  const bool is_level = debit_cents_ == credit_cents_;
  if (is_level && (unbalanced.count == 0 || unbalanced.count * 2 > ecritures_.size())) return {};
  return {.is_balanced = false,
          .first_unbalanced_line = unbalanced.count != 0 ? unbalanced.first_line : line_after_level_};
}

}  // namespace relance
