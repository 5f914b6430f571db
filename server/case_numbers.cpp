#include "server/case_numbers.h"

namespace relance::server {
namespace {

constexpr std::string_view kCounter = "case_counter";  // in meta
constexpr std::size_t kDigits = 6;                     // larger numbers are simply longer

}  // namespace

CaseNumbers::CaseNumbers(sql::Connection& db) : db_(db) {
  if (const auto stored = sql::get_meta(db_, kCounter)) last_ = std::stoll(*stored);
}

std::string CaseNumbers::next() {
  for (;;) {
    std::string digits = std::to_string(++last_);
    if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
    std::string number = "D-" + digits;
    if (!sql::id(db_, "SELECT id FROM case_file WHERE number = ?1", number)) return number;
  }
}

void CaseNumbers::save() { sql::set_meta(db_, kCounter, std::to_string(last_)); }

}  // namespace relance::server
