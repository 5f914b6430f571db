#include "server/letter_numbers.h"

namespace relance::server {
namespace {

constexpr std::size_t kDigits = 6;  // larger numbers are simply longer

}  // namespace

LetterNumbers::LetterNumbers(sql::Connection& db, Series series, std::string_view iso_day)
    : db_(db), series_(series), year_(iso_day.substr(0, 4)) {
  if (const auto stored = sql::get_meta(db_, counter())) last_ = std::stoll(*stored);
}

std::string LetterNumbers::counter() const {
  return (series_ == Series::receipt ? "receipt_counter_" : "letter_counter_") + year_;
}

std::string LetterNumbers::next() {
  for (;;) {
    std::string digits = std::to_string(++last_);
    if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
    std::string number = std::string(1, static_cast<char>(series_)) + "-" + year_ + "-" + digits;
    if (!sql::id(db_, "SELECT id FROM letter WHERE number = ?1", number)) return number;
  }
}

void LetterNumbers::save() { sql::set_meta(db_, counter(), std::to_string(last_)); }

}  // namespace relance::server
