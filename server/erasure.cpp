#include "server/erasure.h"

#include <algorithm>
#include <set>

#include "host/failure.h"
#include "host/openssl.h"
#include "host/sqlite.h"
#include "rules/civil_date.h"
#include "schema/ddl.h"
#include "schema/lookup.h"
#include "server/database.h"
#include "server/erased_ids.h"
#include "server/rows.h"
#include "sync/codec.h"
#include "sync/limits.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

using schema::Column;
using schema::Privacy;
using schema::Retention;
using schema::Table;
using schema::Type;
using schema::Way;

constexpr Ms kDayMs = 24LL * 3600 * 1000;
constexpr Ms kMonthMs = 31 * kDayMs;

// The journal outlives what it tells of, by ids that lead nowhere; holdings go when the device has answered.
bool outlives_its_case(const Table& t) { return t.retention == Retention::journal || t.name == "holding"; }

bool is_accounting_voucher(const Table& t) {
  return t.retention == Retention::accounting && schema::find_column(t, "amount_cents") &&
         (schema::find_column(t, "booked_on") || schema::find_column(t, "paid_on"));
}

// Everything that is looked for later: what says something about a person, what is unique to him, and all raw bytes.
bool is_told_of(const Table& t, const Column& c) {
  if (c.type == Type::bytes) return true;
  if (c.type != Type::text && c.type != Type::set) return false;
  if (c.privacy != Privacy::none) return true;
  return std::any_of(t.indexes.begin(), t.indexes.end(),
                     [&](const schema::Index& i) { return i.unique && i.columns == c.name; });
}

template <class Act>
void for_each_server_table(const Act& act) {
  for (const Table& t : schema::business_tables())
    if (schema::is_on(t, schema::Side::server)) act(t);
  for (const Table& t : schema::engine_tables())
    if (schema::is_on(t, schema::Side::server)) act(t);
}

const Table& history_table() {
  static const Table& t = *std::find_if(schema::engine_tables().begin(), schema::engine_tables().end(),
                                        [](const Table& one) { return one.name == "history"; });
  return t;
}

struct Reach {
  const Table* table = nullptr;
  std::string where;  // on ?1
  Id id;
};

// Every table's rows of the case, and those of the debtor where he goes with it.
std::vector<Reach> reach_of_case(const Id& case_id, const std::optional<Id>& debtor) {
  std::vector<Reach> out;
  for_each_server_table([&](const Table& t) {
    if (outlives_its_case(t)) return;
    if (t.name == "case_file") return out.push_back({&t, "id = ?1", case_id});
    if (t.name == "debtor") {
      if (debtor) out.push_back({&t, "id = ?1", *debtor});
      return;
    }
    const auto add = [&](std::string_view column, const Id& id) {
      if (!schema::find_column(t, column)) return;
      const std::string where = std::string(column) + " = ?1";
      // What the office keeps for itself has a history that names no case: it goes by its rows, and before them.
      if (t.way == Way::office && !t.engine)
        out.push_back({&history_table(),
                       "row_id IN (SELECT id FROM " + std::string(t.name) + " WHERE " + where + ")", id});
      out.push_back({&t, where, id});
    };
    add("case_id", case_id);
    if (debtor) add("debtor_id", *debtor);
  });
  return out;
}

void add_history_values(std::string_view text, Needles& needles, const Table* of) {
  const auto parsed = sync::parse_json(text);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  if (from == nullptr || of == nullptr) return;
  for (const auto& [name, value] : *from) {
    const auto column = schema::find_column(*of, std::string_view(name.data(), name.size()));
    if (!column || !is_told_of(*of, of->columns[*column]) || !value.is_string()) continue;
    needles.add(std::string_view(value.get_string().data(), value.get_string().size()));
  }
}

// A letter's file begins like every other letter: what tells it apart stands within.
std::string_view middle_of(std::string_view bytes) {
  return bytes.size() <= 2 * Needles::kBytesMax ? bytes : bytes.substr(bytes.size() / 2);
}

class CaseErasure {
 public:
  CaseErasure(Ledger& ledger, const sync::ErasureOrder& order, const ErasureTerms& terms, Needles& needles)
      : ledger_(ledger), db_(ledger.db()), order_(order), terms_(terms), needles_(needles), ids_(db_) {
    if (order.debtor_id && !sql::number(db_, "SELECT 1 FROM case_file WHERE debtor_id = ?1 AND id <> ?2",
                                        *order.debtor_id, order.case_id))
      debtor_ = order.debtor_id;
  }

  ErasedCase run() {
    done_.was_there = sql::number(db_, "SELECT 1 FROM case_file WHERE id = ?1", order_.case_id).has_value();
    const auto holders = staff_who_held();
    take_debtor_from_holders();
    keep_vouchers();
    remember_account();
    for (const Reach& reach : reach_of_case(order_.case_id, debtor_)) {
      if (sync::planted(sync::Defect::erase_keeps_history) && reach.table->name == "history") continue;
      gather(reach);
      release_references(reach);
      forget_feed_entries(reach, holders);
      done_.rows +=
          sql::run(db_, "DELETE FROM " + std::string(reach.table->name) + " WHERE " + reach.where, reach.id);
    }
    ids_.remember(order_.case_id, until(), ledger_.random());
    if (debtor_) ids_.remember(*debtor_, until(), ledger_.random());
    drop_quarantined();
    return done_;
  }

  [[nodiscard]] const std::optional<Id>& debtor() const { return debtor_; }
  /// What a device may have had of it.
  [[nodiscard]] const std::vector<Id>& rows() const { return rows_; }

 private:
  [[nodiscard]] Ms until() const { return ledger_.now() + terms_.remember_months * kMonthMs; }

  // Who may have entries of it in his feed: holders of today and before, and whose devices were sent it.
  std::vector<Id> staff_who_held() {
    std::set<Id> out;
    sql::Query q(
        db_,
        "SELECT a.staff_id FROM assignment a WHERE a.case_id = ?1 UNION SELECT d.staff_id FROM holding h "
        "JOIN "
        "device d ON d.id = h.device_id WHERE h.case_id = ?1 UNION SELECT d.staff_id FROM holding h JOIN "
        "device d ON d.id = h.device_id WHERE h.debtor_id = ?2",
        order_.case_id, debtor_);
    while (q.next()) out.insert(q.id(0));
    return {out.begin(), out.end()};
  }

  // He stays for another case, and leaves those who held him for this one only.
  void take_debtor_from_holders() {
    const auto debtor = sql::id(db_, "SELECT debtor_id FROM case_file WHERE id = ?1", order_.case_id);
    // An order may name another than whose the case was before a backup was put back.
    if (!debtor || debtor == debtor_) return;
    std::vector<Id> losing;
    {
      sql::Query q(
          db_,
          "SELECT DISTINCT a.staff_id FROM assignment a WHERE a.case_id = ?1 AND a.valid_to IS NULL AND NOT "
          "EXISTS (SELECT 1 FROM assignment b JOIN case_file c ON c.id = b.case_id WHERE c.debtor_id = ?2 "
          "AND "
          "c.id <> ?1 AND b.staff_id = a.staff_id AND b.valid_to IS NULL)",
          order_.case_id, *debtor);
      while (q.next()) losing.push_back(q.id(0));
    }
    if (losing.empty()) return;
    for (const RowName& row : rows_of_debtor(db_, *debtor))
      for (const Id& staff : losing) ledger_.drop_from(staff, row.table->number, row.id);
  }

  void keep_vouchers() {
    if (!terms_.keeps_vouchers) return;
    const auto creditor = sql::id(db_, "SELECT creditor_id FROM case_file WHERE id = ?1", order_.case_id);
    if (!creditor) return;
    for_each_server_table([&](const Table& t) {
      if (is_accounting_voucher(t) && schema::find_column(t, "case_id")) keep_vouchers_of(t, *creditor);
    });
  }

  void keep_vouchers_of(const Table& t, const Id& creditor) {
    const auto named = [&](std::string_view wanted) {
      return schema::find_column(t, wanted) ? std::string(wanted) : std::string("NULL");
    };
    const std::string day = schema::find_column(t, "booked_on") ? "booked_on" : "paid_on";
    const std::string kind = schema::find_column(t, "kind") ? "kind" : named("state");
    // What a debtor only says he paid is no voucher.
    const std::string only = t.name == "payment" ? " AND state <> 'declared'" : "";
    sql::Query q(db_,
                 "SELECT amount_cents, currency, " + day + ", " + kind + ", " + named("means") + ", " +
                     named("remittance_id") + ", created_at FROM " + std::string(t.name) +
                     " WHERE case_id = ?1" + only,
                 order_.case_id);
    while (q.next()) {
      const auto booked = q.is_null(2) ? std::nullopt : parse_civil_date(q.view(2));
      const CivilDate on = booked.value_or(civil_date_of(q.integer(6), 0));
      const std::string keep_until = iso_text(
          add_days(add_months({.year = on.year + 1, .month = 1, .day = 1}, terms_.voucher_months), -1));
      const auto maybe = [&](int c) {
        return q.is_null(c) ? std::optional<std::string>() : std::optional<std::string>(q.text(c));
      };
      sql::run(
          db_,
          "INSERT INTO voucher (id, creditor_id, origin, kind, amount_cents, currency, booked_on, means, "
          "remittance_id, keep_until_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
          ledger_.random().uuid(), creditor, t.name, maybe(3), q.integer(0), q.text(1), iso_text(on),
          maybe(4), q.maybe_id(5), keep_until);
      ++done_.vouchers;
      done_.vouchers_until = std::max(done_.vouchers_until, keep_until);
    }
  }

  void remember_account() {
    sql::Query q(db_, "SELECT creditor_id, ledger_ref FROM case_file WHERE id = ?1", order_.case_id);
    if (q.next() && !q.is_null(1))
      ids_.remember_reference(kAccountReference, reference_of_account(q.id(0), q.view(1)), until(),
                              ledger_.random());
  }

  // Ids and values that must be nowhere afterwards, and those by which somebody could bring them back.
  void gather(const Reach& reach) {
    const Table& t = *reach.table;
    std::string names;
    std::vector<const Column*> columns;
    for (const Column& c : t.columns) {
      const bool is_own_id = c.name == "id" && t.key == "id";
      const bool is_history = t.name == "history" && c.name == "table_no";
      if (!is_own_id && !is_history && !is_told_of(t, c)) continue;
      names += (columns.empty() ? "" : ", ") + std::string(c.name);
      columns.push_back(&c);
    }
    if (columns.empty()) return;
    sql::Query q(db_, "SELECT " + names + " FROM " + std::string(t.name) + " WHERE " + reach.where, reach.id);
    while (q.next()) {
      const Table* of = nullptr;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const int at = static_cast<int>(i);
        if (q.is_null(at)) continue;
        if (columns[i]->name == "table_no")
          of = schema::find_table(static_cast<int>(q.integer(at)));
        else
          gather(t, *columns[i], q.view(at), of);
      }
    }
  }

  void gather(const Table& t, const Column& c, std::string_view value, const Table* of) {
    if (c.type == Type::id) {
      needles_.add(value);
      const auto id = Id::from_bytes(value);
      if (!id) return;
      ids_.remember(*id, until(), ledger_.random());
      if (schema::is_served(t)) rows_.push_back(*id);
    } else if (t.name == "history") {
      add_history_values(value, needles_, of);
    } else {
      needles_.add(c.type == Type::bytes ? middle_of(value) : value);
      const bool is_unique = std::any_of(t.indexes.begin(), t.indexes.end(), [&](const schema::Index& index) {
        return index.unique && index.columns == c.name;
      });
      if (is_unique)
        ids_.remember_reference(std::string(t.name) + "." + std::string(c.name), std::string(value), until(),
                                ledger_.random());
    }
  }

  // Rows of the office's own may point to rows of any case (what a bank line became): they stay, and point nowhere.
  void release_references(const Reach& reach) {
    if (reach.table->way != Way::by_case || reach.table->key != "id") return;
    const std::string rows =
        "(SELECT id FROM " + std::string(reach.table->name) + " WHERE " + reach.where + ")";
    bool is_asked = false;
    for_each_server_table([&](const Table& t) {
      if (t.way != Way::office) return;
      for (const Column& c : t.columns) {
        if (c.references != reach.table->name) continue;
        if (!is_asked && !sql::number(db_, "SELECT 1 WHERE EXISTS " + rows, reach.id)) return;
        is_asked = true;
        sql::run(db_,
                 "UPDATE " + std::string(t.name) + " SET " + std::string(c.name) + " = NULL WHERE " +
                     std::string(c.name) + " IN " + rows,
                 reach.id);
      }
    });
  }

  void forget_feed_entries(const Reach& reach, const std::vector<Id>& holders) {
    const Table& t = *reach.table;
    if (!schema::is_served(t)) return;
    std::vector<Id> rows;
    {
      sql::Query q(db_, "SELECT id FROM " + std::string(t.name) + " WHERE " + reach.where, reach.id);
      while (q.next()) rows.push_back(q.id(0));
    }
    for (const Id& staff : holders)
      for (const Id& row : rows)
        sql::run(db_, "DELETE FROM feed_entry WHERE feed_id = ?1 AND table_no = ?2 AND row_id = ?3", staff,
                 t.number, row);
  }

  // Edits that wait for a person and are about it: destroyed, as any late one.
  void drop_quarantined() {
    struct Kept {
      Id device;
      std::int64_t n;
      Bytes hash;  // two machines of one identity made two edits of one number
    };
    std::vector<Kept> about;
    {
      std::set<Id> hanging;
      sql::Query q(db_, "SELECT device_id, n, hash, body FROM quarantine ORDER BY device_id, n");
      while (q.next()) {
        const auto parsed = sync::parse_json(q.view(3));
        if (parsed && parsed->is_object() &&
            ids_.touched_by(sync::decode_mutation(parsed->get_object()), &hanging))
          about.push_back({q.id(0), q.integer(1), Bytes{q.text(2)}});
      }
    }
    for (const Kept& one : about)
      done_.rows += sql::run(db_, "DELETE FROM quarantine WHERE device_id = ?1 AND n = ?2 AND hash = ?3",
                             one.device, one.n, one.hash);
  }

  Ledger& ledger_;
  sql::Connection& db_;
  const sync::ErasureOrder& order_;
  const ErasureTerms& terms_;
  Needles& needles_;
  ErasedIds ids_;
  std::optional<Id> debtor_;
  std::vector<Id> rows_;
  ErasedCase done_;
};

// Which device was sent what is known of this past only: in an office that was put back, any device may have been sent
// anything in a past that is gone.
constexpr std::string_view kPutBackName = "was_put_back";

std::vector<sync::ErasureOrder> orders_in(sql::Query& q) {
  std::vector<sync::ErasureOrder> out;
  while (q.next())
    out.push_back(
        {q.id(0), q.id(1), q.maybe_id(2), q.is_null(3) ? std::vector<Id>{} : sync::unpacked(q.view(3))});
  return out;
}

// Every device that was ever sent the case answers for itself, also one that has not called for years. One that was
// wiped has said all it can.
std::int64_t order_devices(sql::Connection& db, const sync::ErasureOrder& order,
                           const std::optional<Id>& debtor, const Id& office_device) {
  std::vector<std::pair<Id, bool>> devices;
  {
    sql::Query q(
        db,
        was_put_back(db)
            ? "SELECT DISTINCT d.id, d.state = 'wiped' FROM device d JOIN device_state t ON t.device_id = "
              "d.id"
              " LEFT JOIN holding h ON h.device_id = d.id AND (h.case_id = ?1 OR h.debtor_id = ?2)"
              " WHERE d.id <> ?3 AND (d.state <> 'wiped' OR h.device_id IS NOT NULL) ORDER BY 1"
            : "SELECT DISTINCT h.device_id, d.state = 'wiped' FROM holding h JOIN device d ON d.id = "
              "h.device_id WHERE (h.case_id = ?1 OR h.debtor_id = ?2) AND h.device_id <> ?3 ORDER BY 1",
        order.case_id, debtor, office_device);
    while (q.next()) devices.emplace_back(q.id(0), q.integer(1) != 0);
  }
  for (const auto& [device, is_wiped] : devices) {
    const auto added =
        sql::run(db,
                 "INSERT INTO erasure_receipt (device_id, order_id, state, row_count, scanned_bytes, "
                 "verified) VALUES (?1, ?2, ?3, 0, 0, 0) ON CONFLICT (device_id, order_id) DO NOTHING",
                 device, order.id, std::string(is_wiped ? "wiped" : "due"));
    if (added > 0 && !is_wiped)
      sql::run(db, "UPDATE device_state SET orders_due = orders_due + 1 WHERE device_id = ?1", device);
    if (is_wiped)
      sql::run(db, "DELETE FROM holding WHERE device_id = ?1 AND case_id = ?2", device, order.case_id);
  }
  return static_cast<std::int64_t>(devices.size());
}

}  // namespace

std::optional<Id> debtor_going_with(sql::Connection& db, const Id& case_id) {
  const auto debtor = sql::id(db, "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
  if (!debtor) return std::nullopt;
  const bool has_another =
      sql::number(db, "SELECT 1 FROM case_file WHERE debtor_id = ?1 AND id <> ?2", *debtor, case_id)
          .has_value();
  return has_another ? std::nullopt : debtor;
}

ErasedCase weigh_erasure(sql::Connection& db, const Id& case_id, const ErasureTerms& terms) {
  ErasedCase out{.was_there = true, .rows = 0, .vouchers = 0, .vouchers_until = {}, .devices = 0};
  for (const Reach& reach : reach_of_case(case_id, debtor_going_with(db, case_id))) {
    const std::int64_t rows =
        sql::number(db, "SELECT count(*) FROM " + std::string(reach.table->name) + " WHERE " + reach.where,
                    reach.id)
            .value_or(0);
    out.rows += rows;
    const bool is_kept = terms.keeps_vouchers && is_accounting_voucher(*reach.table) &&
                         schema::find_column(*reach.table, "case_id");
    if (!is_kept) continue;
    out.vouchers +=
        reach.table->name == "payment"
            ? sql::number(db, "SELECT count(*) FROM payment WHERE case_id = ?1 AND state <> 'declared'",
                          case_id)
                  .value_or(0)
            : rows;
  }
  out.devices = sql::number(db, "SELECT count(*) FROM holding WHERE case_id = ?1", case_id).value_or(0);
  return out;
}

ErasedCase erase_case(Ledger& ledger, const sync::ErasureOrder& order, const Id& run,
                      const ErasureTerms& terms, Needles& needles) {
  sql::Connection& db = ledger.db();
  CaseErasure erasure(ledger, order, terms, needles);
  ErasedCase done = erasure.run();
  sql::run(db,
           "INSERT INTO erasure_order (id, run_id, case_id, debtor_id, row_ids, made_at) VALUES (?1, ?2, ?3, "
           "?4, ?5, ?6) "
           "ON CONFLICT (id) DO NOTHING",
           order.id, run, order.case_id, erasure.debtor(), sync::packed(erasure.rows()), ledger.now());
  done.devices = order_devices(db, order, erasure.debtor(), ledger.office_device());
  ledger.audit({.staff_id = system_staff(db), .role = schema::office, .device_id = ledger.office_device()},
               "erase", order.id.text());
  return done;
}

void note_put_back(sql::Connection& db) { sql::set_meta(db, kPutBackName, "1"); }

bool was_put_back(sql::Connection& db) { return sql::get_meta(db, kPutBackName).has_value(); }

void order_everything(sql::Connection& db, const Id& device) {
  sql::run(db,
           "INSERT INTO erasure_receipt (device_id, order_id, state, row_count, scanned_bytes, verified) "
           "SELECT ?1, "
           "id, 'due', 0, 0, 0 FROM erasure_order WHERE true ON CONFLICT (device_id, order_id) DO NOTHING",
           device);
  sql::run(db,
           "UPDATE device_state SET orders_due = (SELECT count(*) FROM erasure_receipt WHERE device_id = ?1 "
           "AND state "
           "IN ('due', 'expired')) WHERE device_id = ?1",
           device);
}

bool take_receipt(Ledger& ledger, const Id& device, const sync::ErasureReceipt& receipt) {
  sql::Connection& db = ledger.db();
  bool is_verified = false;
  if (!receipt.signature.data.empty()) {
    const std::string text = sync::signed_text(receipt, device);
    sql::Query keys(db, "SELECT public_key FROM device_key WHERE device_id = ?1", device);
    while (!is_verified && keys.next()) is_verified = is_signed(keys.view(0), text, receipt.signature.data);
  }
  const auto taken = sql::run(
      db,
      "UPDATE erasure_receipt SET state = 'done', done_at = ?3, received_at = ?4, row_count = ?5, "
      "scanned_bytes = ?6,"
      " signature = ?7, verified = ?8 WHERE device_id = ?1 AND order_id = ?2 AND state IN ('due', 'expired')",
      device, receipt.order, receipt.at, ledger.now(), receipt.rows, receipt.scanned_bytes, receipt.signature,
      std::int64_t{is_verified});
  if (taken == 0) return false;
  sql::run(db,
           "UPDATE device_state SET orders_due = (SELECT count(*) FROM erasure_receipt WHERE device_id = ?1 "
           "AND state "
           "IN ('due', 'expired')) WHERE device_id = ?1",
           device);
  sql::run(db,
           "UPDATE erasure_order SET row_ids = NULL WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM "
           "erasure_receipt WHERE "
           "order_id = ?1 AND state IN ('due', 'expired'))",
           receipt.order);
  sql::run(db,
           "DELETE FROM holding WHERE device_id = ?1 AND case_id = (SELECT case_id FROM erasure_order WHERE "
           "id = ?2)",
           device, receipt.order);
  return true;
}

std::vector<sync::ErasureOrder> newest_orders(sql::Connection& db, std::size_t limit) {
  sql::Query q(db,
               "SELECT id, case_id, debtor_id, row_ids FROM erasure_order ORDER BY made_at DESC, id LIMIT ?1",
               static_cast<std::int64_t>(limit));
  return orders_in(q);
}

std::vector<sync::ErasureOrder> orders_due(sql::Connection& db, const Id& device, std::size_t limit) {
  sql::Query q(
      db,
      "SELECT o.id, o.case_id, o.debtor_id, o.row_ids FROM erasure_receipt r JOIN erasure_order o ON o.id = "
      "r.order_id WHERE r.device_id = ?1 AND r.state IN ('due', 'expired') ORDER BY o.made_at, o.id LIMIT ?2",
      device, static_cast<std::int64_t>(limit));
  return orders_in(q);
}

void note_holdings(sql::Connection& db, const Id& device, const std::vector<Id>& cases, Ms now) {
  for (const Id& case_id : cases)
    sql::run(db,
             "INSERT INTO holding (device_id, case_id, debtor_id, since_at, until_at) SELECT ?1, id, "
             "debtor_id, ?3, "
             "NULL FROM case_file WHERE id = ?2"
             " ON CONFLICT (device_id, case_id) DO UPDATE SET until_at = NULL",
             device, case_id, now);
}

std::vector<Id> cases_to_note(sql::Connection& db, const Id& staff, const Id& device, std::int64_t after,
                              bool is_bootstrap) {
  // A first reading walks the feed by its tables, where the cases stand together; a later one by its few new entries.
  const std::string entries = is_bootstrap ? "e.feed_id = ?1 AND e.table_no = ?2 AND +e.seq > ?3"
                                           : "e.feed_id = ?1 AND +e.table_no = ?2 AND e.seq > ?3";
  std::vector<Id> out;
  sql::Query q(
      db,
      "SELECT e.row_id FROM feed_entry e WHERE " + entries +
          " AND e.gone = 0 AND NOT EXISTS (SELECT 1 FROM holding h WHERE h.device_id = ?4 AND h.case_id = "
          "e.row_id AND h.until_at IS NULL)",
      staff, schema::table("case_file").number, after, device);
  while (q.next()) out.push_back(q.id(0));
  return out;
}

void note_drops(sql::Connection& db, const Id& staff, const Id& device, std::int64_t before,
                std::int64_t after, Ms now) {
  if (after <= before) return;
  sql::run(db,
           "UPDATE holding SET until_at = ?6 WHERE device_id = ?2 AND until_at IS NULL AND case_id IN "
           "(SELECT e.row_id "
           "FROM feed_entry e WHERE e.feed_id = ?1 AND +e.table_no = ?3 AND e.seq > ?4 AND e.seq <= ?5 AND "
           "e.gone = 1)",
           staff, device, schema::table("case_file").number, before, after, now);
}

void note_wiped(sql::Connection& db, const Id& device) {
  sql::run(db,
           "UPDATE erasure_receipt SET state = 'wiped' WHERE device_id = ?1 AND state IN ('due', 'expired')",
           device);
  sql::run(db, "DELETE FROM holding WHERE device_id = ?1", device);
  sql::run(db, "UPDATE device_state SET orders_due = 0 WHERE device_id = ?1", device);
}

std::int64_t expire_receipts(Ledger& ledger) {
  return sql::run(
      ledger.db(),
      "UPDATE erasure_receipt SET state = 'expired' WHERE state = 'due' AND device_id IN (SELECT device_id "
      "FROM device_state WHERE lease_until + ?1 < ?2)",
      sync::kGraceMs, ledger.now());
}

Residue look_for_residue(sql::Connection& db, const std::optional<std::string>& key, Needles& needles) {
  Residue out;
  needles.settle();
  std::vector<bool> is_found(needles.size());
  out.scanned_bytes = sql::for_each_page(db, key, [&](std::string_view page) {
    needles.search(page, [&](std::size_t needle) { is_found[needle] = true; });
  });
  Needles doubtful;
  for (std::size_t i = 0; i < is_found.size(); ++i)
    if (is_found[i]) doubtful.add(needles[i]);
  if (doubtful.empty()) return out;
  doubtful.settle();
  std::vector<bool> is_held(doubtful.size());
  for_each_server_table([&](const Table& t) {
    std::string names;
    int count = 0;
    for (const Column& c : t.columns)
      if (schema::is_on(t, c, schema::Side::server) &&
          (c.type == Type::text || c.type == Type::set || c.type == Type::word || c.type == Type::bytes ||
           c.type == Type::id))
        names += (count++ == 0 ? "" : ", ") + std::string(c.name);
    if (count == 0) return;
    sql::Query q(db, "SELECT " + names + " FROM " + std::string(t.name));
    while (q.next())
      for (int i = 0; i < count; ++i)
        if (!q.is_null(i)) doubtful.search(q.view(i), [&](std::size_t needle) { is_held[needle] = true; });
  });
  for (const bool held : is_held) out.found += held ? 0 : 1;
  return out;
}

}  // namespace relance::server
