#include "host/dated_rules.h"

#include <iterator>

#include "host/failure.h"

namespace relance {

std::optional<std::int64_t> find_dated_amount(sql::Connection& db, std::string_view code,
                                              std::string_view iso_day) {
  return sql::number(db,
                     "SELECT amount FROM dated_rule WHERE code = ?1 AND valid_from <= ?2"
                     " ORDER BY valid_from DESC, created_at DESC, id DESC LIMIT 1",
                     code, iso_day);
}

std::int64_t dated_amount(sql::Connection& db, std::string_view code, std::string_view iso_day) {
  if (const auto amount = find_dated_amount(db, code, iso_day)) return *amount;
  throw Failure(Code::not_found, "No rule says what " + std::string(code) + " was on " +
                                     std::string(iso_day) +
                                     "; the office enters it with `relance-server rule set " +
                                     std::string(code) + " AMOUNT --from DATE`.");
}

Ms dated_span(sql::Connection& db, std::string_view code, std::string_view iso_day, Ms otherwise) {
  constexpr std::int64_t kDaysMax = 3652;
  constexpr Ms kDay = 24LL * 3600 * 1000;
  const auto days = find_dated_amount(db, code, iso_day);
  return days && *days >= 1 && *days <= kDaysMax ? *days * kDay : otherwise;
}

DatedRules::DatedRules(sql::Connection& db) {
  sql::Query q(db, "SELECT code, valid_from, amount FROM dated_rule ORDER BY created_at, id");
  while (q.next()) amounts_[q.text(0)][q.text(1)] = q.integer(2);
}

std::optional<std::int64_t> DatedRules::at(std::string_view code, std::string_view iso_day) const {
  const auto rows = amounts_.find(code);
  if (rows == amounts_.end()) return std::nullopt;
  const auto after = rows->second.upper_bound(std::string(iso_day));
  if (after == rows->second.begin()) return std::nullopt;
  return std::prev(after)->second;
}

std::vector<RateFacts> all_rates(sql::Connection& db) {
  std::vector<RateFacts> out;
  sql::Query q(db,
               "SELECT kind, creditor_id, valid_from, valid_to, basis_points FROM rate"
               " ORDER BY valid_from, created_at, id");
  while (q.next())
    out.push_back({.kind = q.text(0),
                   .creditor_id = q.is_null(1) ? std::nullopt : std::optional<Id>(q.id(1)),
                   .valid_from = q.text(2),
                   .valid_to = q.text(3),
                   .basis_points = q.integer(4)});
  return out;
}

}  // namespace relance
