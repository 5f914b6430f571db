#include "server/purge.h"

#include <algorithm>
#include <array>
#include <set>

#include "host/dated_rules.h"
#include "host/failure.h"
#include "host/files.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "server/erased_ids.h"
#include "sync/limits.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

constexpr std::size_t kBatch =
    100;  // cases of one commit: what a crash repeats, and how long the write lock is held
constexpr std::array<std::string_view, 4> kOriginWords{"retention", "request", "mandate_end", "court"};

std::string iso_day(Ms at) { return iso_text(civil_date_of(at, 0)); }

// What an upgrade and a restore keep beside the database is the database of before: whole, with everybody in it.
std::int64_t remove_kept_copies(const ErasureSite& site) {
  namespace fs = std::filesystem;
  std::vector<fs::path> copies;
  std::error_code none;  // a ledger that stands nowhere has no neighbours
  for (const auto& entry : fs::directory_iterator(site.ledger.parent_path(), none))
    if (const std::string name = entry.path().filename().string(); name.starts_with(kKeptCopyPrefix))
      copies.push_back(entry.path());
  std::int64_t databases = 0;
  for (const fs::path& copy : copies) {
    if (const std::string name = copy.string(); !name.ends_with("-wal") && !name.ends_with("-shm"))
      ++databases;
    fs::remove(copy);
  }
  if (!copies.empty()) sync_directory(site.ledger.parent_path());
  return databases;
}

std::optional<std::string> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

constexpr std::string_view kRunColumns =
    "SELECT r.id, r.state, r.origin, coalesce(r.ground, ''), r.planned_at, coalesce(r.approved_at, 0),"
    " coalesce(r.begun_at, 0), coalesce(r.ended_at, 0), coalesce(p.name, ''), coalesce(a.name, ''), "
    "r.planned_by,"
    " r.cases_in_all, r.brake_released, r.scanned_bytes, r.needles, r.residue"
    " FROM purge_run r LEFT JOIN staff p ON p.id = r.planned_by LEFT JOIN staff a ON a.id = r.approved_by ";

PurgeRun run_at(const sql::Query& q) {
  return {.id = q.id(0),
          .state = q.text(1),
          .origin = q.text(2),
          .ground = q.text(3),
          .planned_at = q.integer(4),
          .approved_at = q.integer(5),
          .begun_at = q.integer(6),
          .ended_at = q.integer(7),
          .planned_by = q.text(8),
          .approved_by = q.text(9),
          .planned_by_id = q.id(10),
          .cases_in_all = q.integer(11),
          .is_brake_released = q.integer(12) != 0,
          .scanned_bytes = q.integer(13),
          .needles = q.integer(14),
          .residue = q.integer(15)};
}

void count_items(sql::Connection& db, PurgeRun& run) {
  sql::Query q(db,
               "SELECT state, count(*), CAST(sum(row_count) AS BIGINT), CAST(sum(kept_count) AS BIGINT) FROM "
               "purge_item WHERE run_id = ?1 "
               "GROUP BY state",
               run.id);
  while (q.next()) {
    if (q.view(0) == "blocked") {
      run.blocked = q.integer(1);
      continue;
    }
    (q.view(0) == "erased" ? run.erased : run.planned) = q.integer(1);
    run.rows += q.integer(2);
    run.vouchers += q.integer(3);
  }
}

std::int64_t months_of(std::span<const RetentionRule> rules, std::string_view covers,
                       std::int64_t otherwise) {
  const RetentionRule* rule = rule_for(rules, covers);
  return rule == nullptr ? otherwise : *rule->months;
}

// What the rules of today say of keeping vouchers and of remembering.
struct Terms {
  std::vector<RetentionRule> rules;

  Terms(sql::Connection& db, CivilDate today) {
    const std::vector<RetentionRule> all = load_retention_rules(db);
    rules = rules_in_force(all, today);
  }
  [[nodiscard]] ErasureTerms of(std::string_view code) const {
    ErasureTerms out{.rule = std::string(code),
                     .keeps_vouchers = true,  // an order from outside does not end the duty of accounting
                     .voucher_months = months_of(rules, "accounting", 120),
                     .remember_months = months_of(rules, "erased_id", 13)};
    for (const RetentionRule& rule : rules)
      if (rule.code == code) out.keeps_vouchers = rule.keeps_vouchers;
    return out;
  }
};

// The plan before: what nobody approved is dropped, and compared with.
std::set<std::string> drop_former_plan(sql::Connection& db, PurgeOrigin origin) {
  std::set<std::string> numbers;
  sql::Query q(
      db,
      "SELECT c.number FROM purge_item i JOIN purge_run r ON r.id = i.run_id JOIN case_file c ON c.id = "
      "i.case_id WHERE r.state = 'planned' AND r.origin = ?1 AND i.state = 'planned'",
      name_of(origin));
  while (q.next()) numbers.insert(q.text(0));
  sql::run(db, "UPDATE purge_run SET state = 'dropped' WHERE state = 'planned' AND origin = ?1",
           name_of(origin));
  return numbers;
}

PurgeItem item_of(const CaseRetention& one, const PurgeWish& wish, const Terms& terms, CivilDate today) {
  const RetentionVerdict verdict = retention_of(terms.rules, one.events, one.bars);
  PurgeItem item{.case_id = one.case_id,
                 .number = one.number,
                 .state = "planned",
                 .rule = {},
                 .due_on = {},
                 .blocked = {},
                 .vouchers_until = {}};
  const bool is_ordered = wish.origin != PurgeOrigin::retention;
  item.rule = is_ordered                ? std::string(name_of(wish.origin))
              : verdict.rule == nullptr ? ""
                                        : verdict.rule->code;
  if (!is_ordered && verdict.rule != nullptr) item.due_on = iso_text(verdict.due_on);
  if (is_ordered) item.due_on = iso_text(today);
  if (verdict.bar) {
    item.state = "blocked";
    item.blocked = name_of(*verdict.bar);
  }
  return item;
}

void store_item(sql::Connection& db, const Id& run, const PurgeItem& item) {
  sql::run(db,
           "INSERT INTO purge_item (run_id, case_id, state, rule, due_on, blocked_by, free_on, row_count, "
           "kept_count, "
           "kept_until_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?8, NULL)",
           run, item.case_id, item.state, item.rule, text_or_null(item.due_on), text_or_null(item.blocked),
           item.rows, item.vouchers);
}

struct Due {
  Id case_id;
  std::string rule;
};

std::vector<Due> next_batch(sql::Connection& db, const Id& run) {
  std::vector<Due> out;
  sql::Query q(db,
               "SELECT case_id, rule FROM purge_item WHERE run_id = ?1 AND state = 'planned' ORDER BY "
               "case_id LIMIT ?2",
               run, static_cast<std::int64_t>(kBatch));
  while (q.next()) out.push_back({q.id(0), q.text(1)});
  return out;
}

// A hold may have been set, or the case taken up again, since the plan: never erased then.
std::optional<RetentionBar> bar_now(sql::Connection& db, const Id& case_id) {
  const auto facts = load_case_retention(db, case_id);
  if (facts.empty()) return std::nullopt;
  if (sync::planted(sync::Defect::erase_held_case)) return std::nullopt;
  return retention_of({}, facts.front().events, facts.front().bars).bar;
}

// What erasing did not look at row by row (sql::UnwatchedReferences).
void require_references(sql::Connection& db) {
  const std::string dangling = sql::dangling_reference(db);
  if (dangling.empty()) return;
  throw Failure(Code::corrupt, "What had to go is erased, but " + dangling +
                                   "; `relance-server verify` says more. Ask for help before going on.");
}

class PurgeWork {
 public:
  PurgeWork(const ErasureSite& site, Ledger& ledger, const Id& run)
      : site_(site),
        ledger_(ledger),
        db_(ledger.db()),
        run_(run),
        terms_(db_, civil_date_of(ledger.now(), 0)) {}

  // One commit: the file first, durably; then the rows.
  bool erase_batch() {
    Ledger::Work work(ledger_);
    const std::vector<Due> batch = next_batch(db_, run_);
    if (batch.empty()) return false;
    ErasureLedger& file = ledger_file();
    require_same_place(file);
    std::vector<std::pair<sync::ErasureOrder, std::string>> orders;
    std::set<Id> leaving;
    for (const Due& due : batch) {
      if (const auto bar = bar_now(db_, due.case_id)) {
        block(due.case_id, *bar);
        continue;
      }
      leaving.insert(due.case_id);
      orders.push_back({{.id = ledger_.random().uuid(),
                         .case_id = due.case_id,
                         .debtor_id = debtor_leaving_with(due.case_id, leaving),
                         .rows = {}},
                        due.rule});
    }
    if (!orders.empty()) file.append(ledger_.now(), ledger_.epoch(), run_, orders);
    for (const auto& [order, rule] : orders) erase(order, rule);
    set_erasure_head(db_, file.head());
    work.commit();
    return true;
  }

  // The WAL's pages, the gaps of pages and the free ones go; then everything is read, and searched for what went.
  void prove() {
    if (!sync::planted(sync::Defect::erase_without_rewrite)) sql::rewrite_sqlite(db_);
    add_ids_of_former_batches();
    const Residue residue = look_for_residue(db_, site_.key, needles_);
    require_references(db_);
    Ledger::Work work(ledger_);
    sql::run(db_,
             "UPDATE purge_run SET scanned_bytes = ?2, needles = ?3, residue = ?4, ended_at = ?5, state = ?6 "
             "WHERE id = "
             "?1",
             run_, residue.scanned_bytes, static_cast<std::int64_t>(needles_.size()), residue.found,
             residue.found == 0 ? std::optional<std::int64_t>(ledger_.now()) : std::nullopt,
             std::string(residue.found == 0 ? "done" : "scanning"));
    ledger_.audit(
        {.staff_id = system_staff(db_), .role = schema::office, .device_id = ledger_.office_device()},
        residue.found == 0 ? "purge.done" : "purge.residue", run_.text());
    work.commit();
  }

 private:
  // Another case of the same debtor may go in the same batch: he goes with the last.
  std::optional<Id> debtor_leaving_with(const Id& case_id, const std::set<Id>& leaving) {
    const auto debtor = sql::id(db_, "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
    if (!debtor) return std::nullopt;
    sql::Query q(db_, "SELECT id FROM case_file WHERE debtor_id = ?1", *debtor);
    while (q.next())
      if (!leaving.contains(q.id(0))) return std::nullopt;
    return debtor;
  }

  // Read once, not for every batch: a list of ten thousand lines takes longer to check than a batch to erase.
  ErasureLedger& ledger_file() {
    if (!file_ || !file_->is_current()) file_.emplace(site_.ledger);
    return *file_;
  }

  void require_same_place(const ErasureLedger& file) {
    if (file.head() == erasure_head(db_)) return;
    throw Failure(
        Code::refused,
        "The erasure ledger and the database do not stand at the same place; start `relance-server serve` "
        "once, it says why or goes on from there.");
  }

  void block(const Id& case_id, RetentionBar bar) {
    sql::run(db_,
             "UPDATE purge_item SET state = 'blocked', blocked_by = ?3 WHERE run_id = ?1 AND case_id = ?2",
             run_, case_id, name_of(bar));
  }

  void erase(const sync::ErasureOrder& order, const std::string& rule) {
    const ErasedCase done = erase_case(ledger_, order, run_, terms_.of(rule), needles_);
    sql::run(db_,
             "UPDATE purge_item SET state = 'erased', row_count = ?3, kept_count = ?4, kept_until_on = ?5 "
             "WHERE run_id = "
             "?1 AND case_id = ?2",
             run_, order.case_id, done.rows, done.vouchers, text_or_null(done.vouchers_until));
  }

  // After a crash the values of the batches before it are known to nobody any more; their ids are.
  void add_ids_of_former_batches() {
    sql::Query q(db_, "SELECT row_ids FROM erasure_order WHERE run_id = ?1", run_);
    while (q.next())
      if (!q.is_null(0))
        for (const Id& id : sync::unpacked(q.view(0))) needles_.add(id.view());
  }

  const ErasureSite& site_;
  Ledger& ledger_;
  sql::Connection& db_;
  Id run_;
  Terms terms_;
  Needles needles_;
  std::optional<ErasureLedger> file_;
};

void set_state(sql::Connection& db, const Id& run, std::string_view state) {
  sql::run(db, "UPDATE purge_run SET state = ?2 WHERE id = ?1", run, state);
}

void require_brake(sql::Connection& db, const PurgeRun& run, CivilDate today) {
  if (run.is_brake_released) return;
  const std::int64_t percent = dated_amount(db, "purge_brake_percent", iso_text(today));
  if (run.planned * 100 <= run.cases_in_all * percent) return;
  throw Failure(Code::refused, "This would erase " + std::to_string(run.planned) + " of " +
                                   std::to_string(run.cases_in_all) + " cases, more than " +
                                   std::to_string(percent) +
                                   " %: look at the plan, then approve it with --release-brake.");
}

}  // namespace

ErasureSite erasure_site(const Office& office) { return {office.erasure_ledger(), office.key()}; }

std::string_view name_of(PurgeOrigin origin) { return kOriginWords[static_cast<std::size_t>(origin)]; }

std::optional<PurgeOrigin> parse_purge_origin(std::string_view word) {
  const auto found = std::find(kOriginWords.begin(), kOriginWords.end(), word);
  if (found == kOriginWords.end()) return std::nullopt;
  return static_cast<PurgeOrigin>(found - kOriginWords.begin());
}

PurgePlan plan_purge(Ledger& ledger, const Author& author, const PurgeWish& wish, CivilDate today) {
  sql::Connection& db = ledger.db();
  const Terms terms(db, today);
  const std::set<std::string> before = drop_former_plan(db, wish.origin);
  std::vector<CaseRetention> candidates;
  if (wish.origin == PurgeOrigin::retention) {
    candidates = load_case_retention(db);
  } else {
    for (const Id& id : wish.cases)
      for (CaseRetention& one : load_case_retention(db, id)) candidates.push_back(std::move(one));
  }
  PurgePlan plan;
  plan.run.id = ledger.random().uuid();
  plan.run.cases_in_all = sql::number(db, "SELECT count(*) FROM case_file").value_or(0);
  sql::run(db,
           "INSERT INTO purge_run (id, state, origin, ground, planned_at, planned_by, cases_in_all, "
           "brake_released, "
           "scanned_bytes, needles, residue) VALUES (?1, 'planned', ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0)",
           plan.run.id, name_of(wish.origin), text_or_null(wish.ground), ledger.now(), author.staff_id,
           plan.run.cases_in_all);
  std::set<std::string> now;
  for (const CaseRetention& one : candidates) {
    PurgeItem item = item_of(one, wish, terms, today);
    const bool is_due =
        wish.origin != PurgeOrigin::retention || (!item.due_on.empty() && item.due_on <= iso_text(today));
    if (!is_due) continue;
    const ErasedCase weight = weigh_erasure(db, one.case_id, terms.of(item.rule));
    item.rows = weight.rows;
    item.vouchers = weight.vouchers;
    store_item(db, plan.run.id, item);
    if (item.state == "planned") {
      now.insert(item.number);
      if (!before.contains(item.number)) plan.added.push_back(item.number);
    }
    plan.items.push_back(std::move(item));
  }
  for (const std::string& number : before)
    if (!now.contains(number)) plan.removed.push_back(number);
  ledger.audit(author, "purge.plan", plan.run.id.text());
  plan.run = purge_run(db, plan.run.id);
  return plan;
}

void approve_purge(Ledger& ledger, const Author& author, const PurgeRun& run, bool releases_brake) {
  if (run.state != "planned")
    throw Failure(Code::refused, "This purge is " + run.state + ": only a planned one can be approved.");
  if (author.role != schema::office && author.role != schema::dpo)
    throw Failure(Code::refused,
                  "A purge is approved by someone of the office or by the data protection officer.");
  const std::string today = iso_day(ledger.now());
  const std::int64_t alone = dated_amount(ledger.db(), "purge_alone_max_cases", today);
  const bool needs_another = run.origin != "retention" || run.planned > alone || releases_brake;
  if (needs_another && author.staff_id == run.planned_by_id)
    throw Failure(Code::refused, "Who planned this purge may not approve it: ask somebody else.");
  sql::run(ledger.db(),
           "UPDATE purge_run SET state = 'approved', approved_at = ?2, approved_by = ?3, brake_released = ?4 "
           "WHERE id = "
           "?1",
           run.id, ledger.now(), author.staff_id, std::int64_t{releases_brake});
  ledger.audit(author, "purge.approve", run.id.text());
}

std::int64_t run_purge(const ErasureSite& site, Ledger& ledger, const Author& author, const Id& id,
                       const std::function<void(std::int64_t, std::int64_t)>& progress) {
  sql::Connection& db = ledger.db();
  // A crash between the file and the commit has left the file ahead.
  static_cast<void>(replay_erasures(site, ledger));
  const PurgeRun run = purge_run(db, id);
  if (run.state == "done") return 0;
  if (run.state == "planned" || run.state == "dropped")
    throw Failure(Code::refused, "This purge is not approved (`relance-server purge approve`).");
  if (run.state == "approved") {
    require_brake(db, run, civil_date_of(ledger.now(), 0));
    Ledger::Work work(ledger);
    sql::run(db, "UPDATE purge_run SET begun_at = ?2 WHERE id = ?1", id, ledger.now());
    set_state(db, id, "running");
    ledger.audit(author, "purge.run", id.text());
    work.commit();
  }
  const sql::UnwatchedReferences unwatched(db);
  PurgeWork purge(site, ledger, id);
  const std::int64_t total = run.planned + run.erased;
  std::int64_t done = run.erased;
  while (purge.erase_batch()) {
    done = std::min<std::int64_t>(total, done + static_cast<std::int64_t>(kBatch));
    progress(done, total);
  }
  {
    Ledger::Work work(ledger);
    set_state(db, id, "scanning");
    work.commit();
  }
  const std::int64_t copies = remove_kept_copies(site);
  purge.prove();
  return copies;
}

std::vector<PurgeRun> purge_runs(sql::Connection& db) {
  std::vector<PurgeRun> out;
  {
    sql::Query q(db, std::string(kRunColumns) + "ORDER BY r.planned_at DESC, r.id");
    while (q.next()) out.push_back(run_at(q));
  }
  for (PurgeRun& run : out) count_items(db, run);
  return out;
}

PurgeRun purge_run(sql::Connection& db, const Id& id) {
  PurgeRun out;
  {
    sql::Query q(db, std::string(kRunColumns) + "WHERE r.id = ?1", id);
    if (!q.next())
      throw Failure(Code::not_found, "There is no such purge; `relance-server purge status` lists them.");
    out = run_at(q);
  }
  count_items(db, out);
  return out;
}

std::vector<PurgeItem> purge_items(sql::Connection& db, const Id& run) {
  std::vector<PurgeItem> out;
  sql::Query q(db,
               "SELECT i.case_id, coalesce(c.number, ''), i.state, i.rule, coalesce(i.due_on, ''), "
               "coalesce(i.blocked_by, "
               "''), i.row_count, i.kept_count, coalesce(i.kept_until_on, '') FROM purge_item i LEFT JOIN "
               "case_file c ON "
               "c.id = i.case_id WHERE i.run_id = ?1 ORDER BY 2, 1",
               run);
  while (q.next())
    out.push_back({.case_id = q.id(0),
                   .number = q.text(1),
                   .state = q.text(2),
                   .rule = q.text(3),
                   .due_on = q.text(4),
                   .blocked = q.text(5),
                   .rows = q.integer(6),
                   .vouchers = q.integer(7),
                   .vouchers_until = q.text(8)});
  return out;
}

std::vector<PurgeDevice> purge_devices(sql::Connection& db, const Id& run) {
  std::vector<PurgeDevice> out;
  sql::Query q(
      db,
      "SELECT d.id, s.name, r.state, r.verified, t.last_sync_at, t.lease_until FROM erasure_receipt r"
      " JOIN erasure_order o ON o.id = r.order_id JOIN device d ON d.id = r.device_id"
      " JOIN staff s ON s.id = d.staff_id JOIN device_state t ON t.device_id = d.id"
      " WHERE o.run_id = ?1 ORDER BY s.name, d.id",
      run);
  while (q.next()) {
    if (out.empty() || out.back().device != q.id(0))
      out.push_back(
          {.device = q.id(0), .owner = q.text(1), .last_sync_at = q.integer(4), .lease_until = q.integer(5)});
    PurgeDevice& device = out.back();
    const std::string_view state = q.view(2);
    ++(state == "done"      ? device.done
       : state == "wiped"   ? device.wiped
       : state == "expired" ? device.expired
                            : device.due);
    device.verified += q.integer(3);
  }
  return out;
}

std::int64_t purge_records(Ledger& ledger, CivilDate today) {
  sql::Connection& db = ledger.db();
  const Terms terms(db, today);
  std::int64_t rows = sql::run(db, "DELETE FROM voucher WHERE keep_until_on < ?1", iso_text(today));
  rows += ErasedIds(db).forget(ledger.now());
  const CivilDate journal_until = add_months(today, -months_of(terms.rules, "journal", 60));
  const Ms before = (days_between({.year = 1970, .month = 1, .day = 1}, journal_until)) * 24 * 3600 * 1000;
  // A receipt that is still owed keeps its order, however old.
  rows += sql::run(
      db,
      "DELETE FROM erasure_receipt WHERE state <> 'due' AND order_id IN (SELECT id FROM erasure_order WHERE "
      "made_at < ?1)",
      before);
  rows += sql::run(
      db,
      "DELETE FROM erasure_order WHERE made_at < ?1 AND NOT EXISTS (SELECT 1 FROM erasure_receipt r WHERE "
      "r.order_id = erasure_order.id)",
      before);
  rows += sql::run(
      db,
      "DELETE FROM purge_item WHERE run_id IN (SELECT id FROM purge_run WHERE planned_at < ?1 AND state IN "
      "('done', 'dropped'))",
      before);
  rows +=
      sql::run(db, "DELETE FROM purge_run WHERE planned_at < ?1 AND state IN ('done', 'dropped')", before);
  return rows + expire_receipts(ledger);
}

std::int64_t replay_erasures(const ErasureSite& site, Ledger& ledger) {
  sql::Connection& db = ledger.db();
  const ErasureLedger file(site.ledger);
  const ErasureHead reached = erasure_head(db);
  if (file.head() == reached) return 0;
  if (sync::planted(sync::Defect::skip_erasure_replay)) {
    Ledger::Work work(ledger);
    set_erasure_head(db, file.head());
    work.commit();
    return 0;
  }
  const auto at = static_cast<std::size_t>(reached.n);
  if (at > file.lines().size() || (at > 0 && file.lines()[at - 1].hash != reached.hash))
    throw Failure(
        Code::corrupt,
        "The database has erased more than its erasure ledger " + file.file().string() +
            " says: put back that file from the newest backup or from the other disk; until then nobody is "
            "served, because a person could come back.");
  const Terms terms(db, civil_date_of(ledger.now(), 0));
  const sql::UnwatchedReferences unwatched(db);
  Needles needles;
  std::int64_t cases = 0;
  for (std::size_t i = at; i < file.lines().size(); i += kBatch) {
    Ledger::Work work(ledger);
    const std::size_t end = std::min(file.lines().size(), i + kBatch);
    for (std::size_t k = i; k < end; ++k) {
      const ErasureLine& line = file.lines()[k];
      const ErasedCase done = erase_case(ledger, line.order, line.run, terms.of(line.rule), needles);
      cases += done.was_there ? 1 : 0;
      sql::run(db,
               "UPDATE purge_item SET state = 'erased', row_count = ?3, kept_count = ?4 WHERE run_id = ?1 "
               "AND case_id = "
               "?2 AND state = 'planned'",
               line.run, line.order.case_id, done.rows, done.vouchers);
    }
    work.commit();
  }
  sql::rewrite_sqlite(db);
  const Residue residue = look_for_residue(db, site.key, needles);
  if (residue.found > 0)
    throw Failure(Code::internal,
                  "What was erased before is still found in the database after it was put back; nobody "
                  "is served. Restore another backup, or ask for help.");
  require_references(db);
  // Last: a crash before this has everything erased, rewritten and searched once more.
  Ledger::Work work(ledger);
  set_erasure_head(db, file.head());
  work.commit();
  return cases;
}

}  // namespace relance::server
