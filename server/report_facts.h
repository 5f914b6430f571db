// What the office's reports are made of, read as it stood on a day: accounts, holders, promises, contacts, money.
// Entries count by their booking day, received money by its own, disputes and holders by their spells; so a report of
// a past day comes out the same whenever it is asked for (what a person corrects under an old date excepted).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "rules/open_items.h"
#include "rules/promise_state.h"

namespace relance::server {

/// Which cases a report is about. Empty names: all.
struct ReportScope {
  std::string creditor;  // exact name
  std::string agent;     // who held the case on the day
};

/// One case on the day, with its account.
struct ReportedCase {
  Id id;
  std::string number, creditor, debtor, ledger_ref, stage;
  std::string agent;  // who held it on the day; of several the latest, then by name; empty: nobody
  CivilDate opened_on;
  std::vector<AccountItem> items;  // booked by the day
  std::vector<AccountMatch> matches;
  std::int64_t entrusted_cents = 0;  // claims of the case, without those that were withdrawn
};

/// Failure{not_found} for a creditor or agent that does not exist. REQUIRES: a transaction is open.
[[nodiscard]] std::vector<ReportedCase> reported_cases(sql::Connection& db, const ReportScope& scope,
                                                       CivilDate day);

/// A movement of money or of sales, with the case that it belongs to and who held it that day.
struct Movement {
  std::size_t place = 0;  // of its case in the cases given
  CivilDate on;
  std::int64_t cents = 0;
  std::string agent;
};

/// Money received up to the day, bounced money below zero: payments of the office, and payments that only the ledger
/// shows, from the day on which the case was opened (what was paid before had not been entrusted).
[[nodiscard]] std::vector<Movement> received_money(sql::Connection& db,
                                                   const std::vector<ReportedCase>& cases, CivilDate day);

/// Invoices less credit notes, tax included, up to the day; not the lines by which a new year restates the old one.
[[nodiscard]] std::vector<Movement> sales(sql::Connection& db, const std::vector<ReportedCase>& cases,
                                          CivilDate day);

/// A promise as judged on the day.
struct ReportedPromise {
  std::size_t place = 0;
  std::string agent;  // who took it
  CivilDate made_on, due_on;
  std::int64_t cents = 0;
  PromiseState state = PromiseState::open;
  bool is_superseded = false;  // by a later one: neither kept nor broken
};
[[nodiscard]] std::vector<ReportedPromise> reported_promises(sql::Connection& db,
                                                             const std::vector<ReportedCase>& cases,
                                                             CivilDate day, std::int64_t grace_days);

/// A contact, each once: one that a later contact corrects is not in it.
struct ReportedContact {
  std::size_t place = 0;
  std::string agent;  // who made it
  CivilDate on;
  std::string channel, direction, outcome, reason;
};
[[nodiscard]] std::vector<ReportedContact> reported_contacts(sql::Connection& db,
                                                             const std::vector<ReportedCase>& cases,
                                                             CivilDate day);

/// Work that waits on the day: proposals without a decision, tasks past their day.
struct Waiting {
  std::size_t place = 0;
  std::string agent;
  bool is_proposal = false;
};
[[nodiscard]] std::vector<Waiting> waiting_work(sql::Connection& db, const std::vector<ReportedCase>& cases,
                                                CivilDate day);

}  // namespace relance::server
