// The case of a debtor, as imports and money open it, close it and open it again: one rule for every kind of file
// (docs/decisions/010 and 014). What stands in a file stays with its import.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/sql.h"
#include "sync/mutation.h"

namespace relance::server {

/// What an account comes to.
struct AccountStanding {
  std::int64_t balance_cents = 0;          // all of it
  std::int64_t balance_to_last_cents = 0;  // of a ledger's import: up to the ledger's last day
  std::int64_t claimed_cents = 0;
  std::int64_t credit_cents = 0;

  [[nodiscard]] bool is_owed() const { return claimed_cents > credit_cents && balance_cents > 0; }
  /// Why a case that is not owed is closed; see is_import_reason.
  [[nodiscard]] std::string_view closed_reason() const;
};

/// Why a case is closed that a withdrawn import leaves with nothing to ask.
inline constexpr std::string_view kImportWithdrawn = "import_withdrawn";

/// Was a case with this reason closed by an import? Any other reason is a person's.
[[nodiscard]] bool is_import_reason(std::string_view reason);

struct CaseStage {
  std::string stage, closed_reason;

  [[nodiscard]] bool is_closed() const { return stage == "closed"; }
};

/// What an account makes of its case. People move a case; an account only closes one that is early (in court or in
/// insolvency proceedings people alone do) for `reason`, and opens again at `opening` what an import had closed, or
/// what new claims were added to.
[[nodiscard]] CaseStage stage_after(const CaseStage& now, const AccountStanding& standing,
                                    std::string_view opening, std::string_view reason, bool has_new_claims);

/// The change of a case's stage; nothing where there is none.
[[nodiscard]] std::optional<sync::Op> stage_op(const Id& case_id, const CaseStage& now, const CaseStage& to);

/// The stage of a case; nothing: there is no such case.
[[nodiscard]] std::optional<CaseStage> stage_of(sql::Connection& db, const Id& case_id);

/// A debtor whom an import found, with the case that is opened for him: closed from the first day where nothing is
/// owed.
struct FoundDebtor {
  Id debtor_id, case_id, creditor_id;
  std::string case_number, name, siren, siret, ledger_ref, today;
};
[[nodiscard]] sync::Op debtor_op(const FoundDebtor& found);
[[nodiscard]] sync::Op case_op(const FoundDebtor& found, const AccountStanding& standing,
                               std::string_view opening);

}  // namespace relance::server
