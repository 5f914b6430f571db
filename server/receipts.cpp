#include "server/receipts.h"

namespace relance::server {
namespace {

constexpr std::size_t kDigits = 6;  // larger numbers are simply longer

}  // namespace

ReceiptNumbers::ReceiptNumbers(sql::Connection& db, std::string year) : db_(db), year_(std::move(year)) {
  if (const auto stored = sql::get_meta(db_, counter())) last_ = std::stoll(*stored);
}

std::string ReceiptNumbers::counter() const { return "receipt_counter_" + year_; }

std::string ReceiptNumbers::next() {
  for (;;) {
    std::string digits = std::to_string(++last_);
    if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
    std::string number = "R-" + year_ + "-" + digits;
    if (!sql::id(db_, "SELECT id FROM letter WHERE number = ?1", number)) return number;
  }
}

void ReceiptNumbers::save() { sql::set_meta(db_, counter(), std::to_string(last_)); }

sync::Op receipt_op(const Id& letter, const Id& case_id, const Id& payment, const std::string& number) {
  return OpDraft(sync::OpKind::insert, "letter", letter)
      .set("case_id", case_id)
      .set("kind", "receipt")
      .set("subject_id", payment)
      .set("number", number)
      .take();
}

}  // namespace relance::server
