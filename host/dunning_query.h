// What may stop the dunning of a case, read for both programs with one SQL; rules/dunning.h says what follows from
// it.
//
//   const DunningFacts facts = dunning_facts(dunning_rows(db, case_id));
//   const auto stops = dunning_stops(facts, {.promise_grace_days = …, .small_claim_months = …}, today);
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/case_query.h"
#include "host/sql.h"

namespace relance {

/// Days are ISO texts. Promises that were replaced, and payments that were taken back, are not in it.
struct DunningRows {
  std::string stage;
  bool is_restricted = false;
  bool is_do_not_contact = false;
  bool has_active_plan = false;
  std::vector<std::string> insolvency_kinds;  // of events that are not cancelled
  struct Spell {
    std::string from, until;
  };
  std::vector<Spell> moratoria;
  struct Promise {
    std::string made_on, due_on;
    std::int64_t cents = 0;
  };
  std::vector<Promise> promises;
  struct Received {
    std::string on;
    std::int64_t cents = 0;
  };
  /// By the office, and payments that only the ledger shows. Read where a promise or a plan asks for it.
  std::vector<Received> received;
  std::vector<std::string> small_claims_begun;  // without a result yet
  std::int64_t claims_open = 0;
  std::int64_t claims_disputed = 0;
};

/// Of one case; empty rows for one that is not here.
[[nodiscard]] DunningRows dunning_rows(sql::Connection& db, const Id& case_id);
/// Of every case, or the one named, by a few queries whatever their number: for lists. `facts`: of these cases, where
/// the caller has read them already; else their claims are read.
[[nodiscard]] std::unordered_map<Id, DunningRows> dunning_rows_of(
    sql::Connection& db, const std::optional<Id>& only = std::nullopt,
    const std::vector<CaseFacts>* facts = nullptr);

}  // namespace relance
