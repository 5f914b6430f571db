#include "server/money_status.h"

#include "server/receipts.h"
#include "server/remittance.h"

namespace relance::server {

MoneyStatus money_status(sql::Connection& db, const std::string& today) {
  return {.open_lines = sql::number(db, "SELECT count(*) FROM bank_line WHERE state = 'open'").value_or(0),
          .without_receipt = static_cast<std::int64_t>(payments_without_receipt(db).size()),
          .to_remit = static_cast<std::int64_t>(late_receipts(db, today).size())};
}

std::string status_text(const MoneyStatus& status) {
  std::string out;
  const auto add = [&](std::int64_t count, std::string_view what) {
    if (count > 0) out += std::string(what) + std::to_string(count) + "\n";
  };
  add(status.open_lines, "Lines of the bank that wait for a person (relance-server bank): ");
  add(status.without_receipt, "Payments without a receipt (relance-server receipts): ");
  add(status.to_remit, "Receipts to be paid on to creditors (relance-server remittance list): ");
  return out;
}

}  // namespace relance::server
