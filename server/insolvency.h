// Insolvency events of debtors and what follows from them at once: a legal task on every case that is not closed,
// with the last day for the proof of claim. Dunning needs no word: it stops while an event is open (rules/dunning.h).
// REQUIRES everywhere: a Work is open on the ledger. Failure{refused} when a rule forbids a part.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/bodacc_reader.h"
#include "server/edit_batch.h"
#include "server/ledger.h"
#include "server/row_ids.h"

namespace relance::server {

struct InsolvencyFacts {
  std::string kind;  // word of insolvency_event.kind
  std::optional<CivilDate> judged_on, published_on;
  std::string notice_ref, court, officer;
  std::optional<CivilDate> declare_by;  // last day for the proof of claim
};

class InsolvencyWriter {
 public:
  InsolvencyWriter(Ledger& ledger, const Author& author);

  /// The event and its tasks; nothing when the debtor has an event of that notice already.
  std::optional<Id> add(const Id& debtor_id, const InsolvencyFacts& facts);
  /// Nothing follows from the event any more; its open tasks are taken back. False when it was cancelled before.
  bool cancel(const Id& event_id);
  /// The claim was declared; its legal tasks are done, with that result.
  void declare(const Id& event_id, CivilDate on);
  void flush() { edits_.flush(); }

 private:
  void add_tasks(const Id& debtor_id, const InsolvencyFacts& facts);
  [[nodiscard]] std::vector<Id> open_tasks(const Id& event_id);

  Ledger& ledger_;
  const Author& author_;
  RowIds ids_;
  EditBatch edits_;
};

/// Months from publication to the last day (dated rows): four for a creditor outside metropolitan France.
[[nodiscard]] std::int64_t proof_months(sql::Connection& db, CivilDate published_on, bool is_abroad);

struct BodaccReport {
  std::int64_t records = 0, notices = 0;
  std::int64_t events_added = 0, events_known = 0, events_cancelled = 0, events_replaced = 0;
  std::int64_t companies_unknown = 0;  // of notices that name no debtor of ours
  std::int64_t notices_without_effect = 0;
  std::vector<std::string>
      to_look_at;  // notices about debtors of ours that a person reads: closings, strange ones
};

/// Takes a file in; the same file again changes nothing.
[[nodiscard]] BodaccReport take_bodacc(Ledger& ledger, const Author& author, const BodaccFile& file);

}  // namespace relance::server
