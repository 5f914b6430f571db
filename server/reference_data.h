// What a new office begins with: rates, periods and limits in law with their articles, and a careful policy of contact.
// All of it becomes dated rows, which the office corrects and continues; nothing of it is asked again once it is there.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/ledger.h"

namespace relance::server {

struct DefaultRate {
  std::string_view kind, valid_from, valid_to;  // words of rate.kind; days inclusive
  std::int64_t basis_points = 0;
  std::string_view source;
  bool is_verified = false;  // read in the text itself, not from memory
};

struct DefaultRule {
  std::string_view code, valid_from;
  std::int64_t amount = 0;
  std::string_view legal_basis;  // an article, or "policy"
};

[[nodiscard]] std::span<const DefaultRate> default_rates();
[[nodiscard]] std::span<const DefaultRule> default_rules();

/// Adds those whose kind (or code) and first day no row has yet, and says how many. What an office has entered or
/// corrected stays as it is. REQUIRES: a Work is open.
std::int64_t add_reference_rows(Ledger& ledger, const Author& author);

}  // namespace relance::server
