// The office's reports, each as tables (report_table.h) from rows as of a day (report_facts.h). REQUIRES everywhere:
// a transaction is open, so that all figures are of one moment. Failure{not_found} for a name that does not exist.
#pragma once

#include <string>
#include <vector>

#include "server/report_facts.h"
#include "server/report_table.h"

namespace relance::server {

/// What the rows of a report stand for.
enum class ReportBy : std::uint8_t { case_file, creditor, agent };

struct ReportAsk {
  ReportScope scope;
  CivilDate as_of;
  CivilDate from, to;               // of what happened in a time; to <= as_of
  std::vector<std::int64_t> edges;  // last day of each bucket of an aged balance, ascending
  std::int64_t grace_days = 0;      // of promises, in working days
  ReportBy by = ReportBy::case_file;
};

/// Balances by days past due, with credit notes and unallocated cash in their own columns (domain R06).
[[nodiscard]] Report aged_report(sql::Connection& db, const ReportAsk& ask);
/// Days sales outstanding, simple over from-to and by exhaustion, best possible and delinquent (R07).
[[nodiscard]] Report dso_report(sql::Connection& db, const ReportAsk& ask);
/// Collection effectiveness over from-to (R07).
[[nodiscard]] Report cei_report(sql::Connection& db, const ReportAsk& ask);
/// What became of promises due in from-to.
[[nodiscard]] Report promise_report(sql::Connection& db, const ReportAsk& ask);
/// Contacts, promises, cash of from-to, and what waits, by agent and creditor (R54).
[[nodiscard]] Report activity_report(sql::Connection& db, const ReportAsk& ask);
/// What one creditor is told: figures and codes, no words of anybody (R57). REQUIRES: scope.creditor.
[[nodiscard]] Report creditor_report(sql::Connection& db, const ReportAsk& ask);
/// What came of what was entrusted, by the month in which it was (R43).
[[nodiscard]] Report recovery_report(sql::Connection& db, const ReportAsk& ask);

}  // namespace relance::server
