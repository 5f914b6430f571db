// See parties.h.
#include "server/parties.h"

#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {

Id add_party(Ledger& ledger, const Author& author, const Id& case_id, const PartyFacts& facts) {
  sql::Connection& db = ledger.db();
  EditBatch edits(ledger, author, "party.add");
  const Id id = RowIds(ledger.random(), ledger.now()).next();
  edits.add(OpDraft(sync::OpKind::insert, "party_role", id)
                .set("case_id", case_id)
                .set("role", facts.role)
                .set("name", facts.name)
                .set("contact", facts.contact)
                .set("valid_from", facts.valid_from)
                .set("valid_to", facts.valid_to)
                .take());
  if (facts.role == "guardian") {
    sql::Query q(db,
                 "SELECT d.id, d.status FROM debtor d JOIN case_file c ON c.debtor_id = d.id WHERE c.id = ?1",
                 case_id);
    // The stricter word stands: of an insolvent or deceased debtor nothing is taken back.
    if (q.next() && (q.view(1) == "unknown" || q.view(1) == "active"))
      edits.add(OpDraft(sync::OpKind::update, "debtor", q.id(0))
                    .set("status", Value{std::string("protected")}, Value{q.text(1)})
                    .take());
  }
  edits.flush();
  return id;
}

}  // namespace relance::server
