// How a replica erases (docs/protocol.md, "Erasing"): everything about the case goes in the commit that takes the order
// in, before anything else of the answer; then the file is written anew, and searched; then there is a receipt. Each
// step is durable, and a replica that died between two goes on at the next one.
#include <set>

#include "client/replica.h"
#include "host/failure.h"
#include "host/needles.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "sync/limits.h"
#include "sync/planted.h"

namespace relance::client {
namespace {

using schema::Table;
using schema::Way;

constexpr int kErasesSince = 2;  // an older replica has no place to remember an order in

// Looked for after the file was written anew; kept until then, every bit turned over, so as not to be found themselves.
std::string turned(std::string_view bytes) {
  std::string out(bytes);
  for (char& c : out) c = static_cast<char>(~c);
  return out;
}

struct Place {
  const Table* table = nullptr;
  std::string where;  // on ?1
};

// Where a replica of this version holds rows by their case, and by their debtor.
std::vector<Place> places_of(std::string_view column, Way whole, int version) {
  std::vector<Place> out;
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t, version)) continue;
    if (t.way == whole)
      out.push_back({&t, "id = ?1"});
    else if (t.way != Way::root && schema::find_column(t, column))
      out.push_back({&t, std::string(column) + " = ?1"});
  }
  return out;
}

bool names_one_of(const sync::Op& op, const std::set<Id>& gone) {
  if (gone.contains(op.row)) return true;
  for (const sync::Change& change : op.changes)
    for (const Value* value : {&change.before, &change.after})
      if (const Id* id = std::get_if<Id>(value); id != nullptr && gone.contains(*id)) return true;
  return false;
}

}  // namespace

bool Replica::obey(const std::vector<sync::ErasureOrder>& orders) {
  if (sync::planted(sync::Defect::device_ignores_order)) return false;
  if (version_ < kErasesSince || orders.empty()) return false;
  std::vector<const sync::ErasureOrder*> fresh;
  for (const sync::ErasureOrder& order : orders) {
    const bool is_known = sql::number(db_, "SELECT 1 FROM erasure WHERE order_id = ?1", order.id).has_value();
    // An office that was put back in between may have given us again what we erased before.
    const bool is_here_again =
        sql::number(db_, "SELECT 1 FROM case_file WHERE id = ?1", order.case_id) ||
        (order.debtor_id && sql::number(db_, "SELECT 1 FROM debtor WHERE id = ?1", *order.debtor_id));
    if (is_known && !is_here_again)
      // The office asks again: it was put back, or our receipt was lost.
      sql::run(db_, "UPDATE erasure SET told_at = NULL WHERE order_id = ?1", order.id);
    else
      fresh.push_back(&order);
  }
  if (fresh.empty()) return false;
  restore_shadows();
  for (const sync::ErasureOrder* order : fresh) erase(*order);
  const bool was_staging = sql::run(db_, "DELETE FROM staged_page") > 0;
  if (was_staging) read_pages_again();
  lay_pending();
  return was_staging;
}

void Replica::erase(const sync::ErasureOrder& order) {
  std::set<Id> gone(order.rows.begin(), order.rows.end());
  gone.insert(order.case_id);
  if (order.debtor_id) gone.insert(*order.debtor_id);
  std::int64_t rows = 0;
  const auto remove = [&](const Place& place, const Id& id) {
    const std::string name{place.table->name};
    sql::Query q(db_, "SELECT id FROM " + name + " WHERE " + place.where, id);
    while (q.next()) gone.insert(q.id(0));
    rows += sql::run(db_, "DELETE FROM " + name + " WHERE " + place.where, id);
  };
  std::vector<Id> cases{order.case_id};
  if (order.debtor_id) {
    // A case of his that only this device has, since the office was put back, goes with him.
    sql::Query q(db_,
                 "SELECT c.id FROM case_file c JOIN orphan o ON o.row_id = c.id AND o.table_no = ?2 WHERE "
                 "c.debtor_id = ?1",
                 *order.debtor_id, schema::table("case_file").number);
    while (q.next())
      if (q.id(0) != order.case_id) cases.push_back(q.id(0));
  }
  for (const Place& place : places_of("case_id", Way::root, version_))
    for (const Id& one : cases) remove(place, one);
  if (order.debtor_id)
    for (const Place& place : places_of("debtor_id", Way::debtor, version_)) remove(place, *order.debtor_id);
  // What the office named and we hold elsewhere: by nothing of ours would we know that it hangs on the case.
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t, version_) || t.way == Way::common) continue;
    for (const Id& id : order.rows)
      rows += sql::run(db_, "DELETE FROM " + std::string(t.name) + " WHERE id = ?1", id);
  }
  for (const Id& id : gone) sql::run(db_, "DELETE FROM orphan WHERE row_id = ?1", id);
  if (!sync::planted(sync::Defect::order_spares_edits)) rows += forget_edits(gone);
  // A case that the office has given to another debtor, and we have not heard of it yet, names him still.
  if (order.debtor_id &&
      sql::number(db_, "SELECT 1 FROM case_file WHERE debtor_id = ?1 LIMIT 1", *order.debtor_id))
    gone.erase(*order.debtor_id);
  std::string needles;
  for (const Id& id : gone) needles += id.view();
  sql::run(
      db_,
      "INSERT INTO erasure (order_id, step, needles, row_count, scanned_bytes) VALUES (?1, 'deleted', "
      "?2, ?3, 0) ON CONFLICT (order_id) DO UPDATE SET step = excluded.step, needles = excluded.needles, "
      "row_count = excluded.row_count, done_at = NULL, told_at = NULL, signature = NULL",
      order.id, Bytes{turned(needles)}, rows);
}

// Edits about it, sent or not: only their numbers remain, so that no later one is out of order.
std::int64_t Replica::forget_edits(std::set<Id> gone) {
  std::vector<std::int64_t> about;
  {
    sql::Query q(db_, "SELECT n, ops FROM outbox WHERE ops <> '[]' ORDER BY n");
    while (q.next()) {
      const auto ops = sync::decode_ops(q.view(1));
      bool touches = !ops;  // what cannot be read may be about it
      if (ops)
        for (const sync::Op& op : *ops) {
          if (!names_one_of(op, gone)) continue;
          touches = true;
          // A row that was refused, or is not sent, is in no table: only this edit says that what is written about it
          // next hangs on the same case.
          if (op.kind == sync::OpKind::insert && !row(*op.table, op.row)) gone.insert(op.row);
        }
      if (touches) about.push_back(q.integer(0));
    }
  }
  for (const std::int64_t n : about)
    sql::run(db_,
             "UPDATE outbox SET ops = '[]', conflicts = NULL, reason = NULL, outcome_at = ?2,"
             " resend = CASE WHEN status = 'pending' THEN 1 ELSE resend END, status = 'erased' WHERE n = ?1",
             n, meta_number("server_now"));
  return static_cast<std::int64_t>(about.size());
}

std::int64_t Replica::finish_erasures() {
  if (version_ < kErasesSince) return 0;
  const bool is_ordered = sql::number(db_, "SELECT 1 FROM erasure WHERE step <> 'done' LIMIT 1").has_value();
  const bool must_rewrite = meta("must_rewrite") == "1";
  if (!is_ordered && !must_rewrite) return 0;
  RELANCE_ASSERT(!db_.in_transaction());
  sql::rewrite_sqlite(db_);
  if (must_rewrite) {
    sql::Transaction transaction(db_, sql::Access::write);
    put("must_rewrite", std::string_view{});
    transaction.commit();
  }
  if (!is_ordered) return 0;
  Needles needles;
  {
    sql::Query q(db_, "SELECT needles FROM erasure WHERE step <> 'done'");
    while (q.next()) {
      const std::string ids = turned(q.view(0));
      for (std::size_t at = 0; at + sizeof(Id) <= ids.size(); at += sizeof(Id))
        needles.add(std::string_view(ids).substr(at, sizeof(Id)));
    }
  }
  needles.settle();
  std::int64_t found = 0;
  const std::int64_t scanned = sql::for_each_page(db_, std::nullopt, [&](std::string_view bytes) {
    needles.search(bytes, [&](std::size_t) { ++found; });
  });
  // Never a receipt for what is not gone: it is tried again, and the office goes on naming this device.
  if (found > 0)
    throw Failure(Code::internal,
                  "Data that the office has ordered erased is still found in the replica; tell the office.");
  const Ms now = corrected_now();
  sql::Transaction transaction(db_, sql::Access::write);
  std::vector<sync::ErasureReceipt> done;
  {
    sql::Query q(db_, "SELECT order_id, row_count FROM erasure WHERE step <> 'done'");
    while (q.next())
      done.push_back(
          {.order = q.id(0), .at = now, .rows = q.integer(1), .scanned_bytes = scanned, .signature = {}});
  }
  const Id device = identity().device_id;
  for (sync::ErasureReceipt& receipt : done) {
    if (signer_) receipt.signature = Bytes{signer_(sync::signed_text(receipt, device))};
    sql::run(db_,
             "UPDATE erasure SET step = 'done', needles = NULL, done_at = ?2, scanned_bytes = ?3, signature "
             "= ?4 WHERE "
             "order_id = ?1",
             receipt.order, receipt.at, receipt.scanned_bytes, receipt.signature);
  }
  transaction.commit();
  return static_cast<std::int64_t>(done.size());
}

std::vector<sync::ErasureReceipt> Replica::receipts() const {
  std::vector<sync::ErasureReceipt> out;
  if (version_ < kErasesSince) return out;
  sql::Query q(
      db_,
      "SELECT order_id, done_at, row_count, scanned_bytes, signature FROM erasure WHERE step = 'done' AND "
      "told_at IS NULL ORDER BY order_id LIMIT ?1",
      static_cast<std::int64_t>(sync::kReceiptsMax));
  while (q.next())
    out.push_back({.order = q.id(0),
                   .at = q.integer(1),
                   .rows = q.integer(2),
                   .scanned_bytes = q.integer(3),
                   .signature = q.is_null(4) ? Bytes{} : Bytes{q.text(4)}});
  return out;
}

// The office repeats an order until it has the receipt: what it no longer asks for was heard.
void Replica::note_receipts_told(const std::vector<Id>& sent,
                                 const std::vector<sync::ErasureOrder>& still_due) {
  for (const Id& order : sent) {
    bool is_asked = false;
    for (const sync::ErasureOrder& due : still_due) is_asked = is_asked || due.id == order;
    if (!is_asked)
      sql::run(db_, "UPDATE erasure SET told_at = ?2 WHERE order_id = ?1", order, corrected_now());
  }
}

}  // namespace relance::client
