#include "server/import_mappings.h"

#include "host/failure.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

constexpr std::size_t kNameBytesMax = 60;

Id creditor_named(sql::Connection& db, const std::string& name) {
  if (const auto id = sql::id(db, "SELECT id FROM creditor WHERE name = ?1", name)) return *id;
  throw Failure(Code::not_found,
                "There is no creditor of that name yet; make it with `relance-server add creditor "
                "name=... --as USER`, or let a first import do so.");
}

}  // namespace

CsvMapping mapping_for(sql::Connection& db, const std::string& creditor, const std::string& name) {
  sql::Query q(db,
               "SELECT m.name, m.content FROM import_mapping m JOIN creditor c ON c.id = m.creditor_id"
               " WHERE c.name = ?1 ORDER BY m.name",
               creditor);
  std::string content;
  int found = 0;
  while (q.next()) {
    if (!name.empty() && q.view(0) != name) continue;
    content = q.text(1);
    ++found;
  }
  if (found == 1) return mapping_of_json(content);
  if (found == 0 && name.empty()) return plain_mapping();
  if (found == 0)
    throw Failure(Code::not_found,
                  "This creditor has no mapping of that name; `relance-server import mapping list` "
                  "shows those there are.");
  throw Failure(Code::usage, "This creditor has several mappings: name one with --mapping.");
}

void save_mapping(Ledger& ledger, const Author& author, const std::string& creditor, const std::string& name,
                  const CsvMapping& mapping) {
  if (name.empty() || name.size() > kNameBytesMax)
    throw Failure(Code::usage, "The mapping's name must be 1 to 60 bytes of text.");
  if (const std::string why = why_not(mapping); !why.empty()) throw Failure(Code::usage, why);
  const std::string content = mapping_json(mapping);
  if (content.size() > kMappingBytesMax)
    throw Failure(Code::usage, "The mapping is too long: shorten its titles.");
  sql::Connection& db = ledger.db();
  const Id creditor_id = creditor_named(db, creditor);
  EditBatch edits(ledger, author, "import.mapping");
  sql::Query q(db, "SELECT id, content FROM import_mapping WHERE creditor_id = ?1 AND name = ?2", creditor_id,
               name);
  if (!q.next()) {
    edits.add(OpDraft(sync::OpKind::insert, "import_mapping", ledger.random().row_id(ledger.now()))
                  .set("creditor_id", creditor_id)
                  .set("name", name)
                  .set("content", content)
                  .take());
  } else if (q.view(1) != content) {
    edits.add(OpDraft(sync::OpKind::update, "import_mapping", q.id(0))
                  .set("content", Value{content}, Value{q.text(1)})
                  .take());
  }
  edits.flush();
}

}  // namespace relance::server
