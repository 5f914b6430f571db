// See import_batches.h.
#include "server/import_batches.h"

#include <array>
#include <set>

#include "host/failure.h"
#include "server/edit_batch.h"
#include "server/imported_case.h"
#include "server/ledger_booking.h"
#include "server/op_draft.h"
#include "server/row_ids.h"
#include "server/stored_claims.h"
#include "server/stored_ledger.h"

namespace relance::server {
namespace {

constexpr std::string_view kIntent = "import.withdraw";
// Agents read it on the account, so it is in its language.
constexpr std::string_view kReversalLabel = "Import retiré";
constexpr std::size_t kIdCharactersMin = 6;

// Each table is read once, whatever the number of batches.
constexpr std::string_view kBatches =
    "SELECT b.id, b.creditor_id, k.name, b.format, coalesce(s.name, ''), b.happened_at, b.lines_read, "
    "b.lines_kept,"
    " coalesce(e.made, 0), coalesce(c.made, 0), coalesce(e.cases, 0), coalesce(e.cents, 0), b.withdrawn_at"
    " FROM import_batch b JOIN creditor k ON k.id = b.creditor_id LEFT JOIN staff s ON s.id = b.staff_id"
    " LEFT JOIN (SELECT batch_id, count(*) AS made, count(DISTINCT case_id) AS cases,"
    "  CAST(sum(amount_cents) AS BIGINT) AS cents FROM entry WHERE batch_id IS NOT NULL GROUP BY batch_id) e"
    "  ON e.batch_id = b.id"
    " LEFT JOIN (SELECT batch_id, count(*) AS made FROM claim WHERE batch_id IS NOT NULL GROUP BY batch_id) c"
    "  ON c.batch_id = b.id";

BatchFacts facts_of(const sql::Query& q) {
  BatchFacts out{.id = q.id(0),
                 .creditor_id = q.id(1),
                 .creditor = q.text(2),
                 .format = q.text(3),
                 .author = q.text(4),
                 .happened_at = q.integer(5),
                 .lines_read = q.integer(6),
                 .lines_kept = q.integer(7),
                 .entries = q.integer(8),
                 .claims = q.integer(9),
                 .cases = q.integer(10),
                 .cents = q.integer(11)};
  if (!q.is_null(12)) out.withdrawn_at = q.integer(12);
  return out;
}

bool is_of_claims(std::string_view format) {
  return format == "fec" || format == "ximport" || format == "csv" || format == "cii" || format == "ubl";
}

// ---- obstacles -------------------------------------------------------------------------------------------------

/// A count of what rests on the cases of a batch, and how to say it.
struct Question {
  std::string_view code;
  std::string_view text;
  std::string_view one_of;  // "payments were received since on its cases"
};
// Of the cases that the batch has entries in, what came after it.
constexpr std::string_view kOnItsCases =
    " AND case_id IN (SELECT case_id FROM entry WHERE batch_id = ?1) AND created_at >= ?2";
constexpr std::array<Question, 4> kQuestions{{
    {"payments", "SELECT count(*) FROM payment WHERE state IN ('received', 'bounced')",
     "payments were received on its cases since"},
    {"letters", "SELECT count(*) FROM letter WHERE state IN ('issued', 'sent', 'delivered', 'returned')",
     "letters were issued on its cases since"},
    {"plans", "SELECT count(*) FROM payment_plan WHERE state IN ('approved', 'active', 'kept', 'broken')",
     "payment plans were agreed on its cases since"},
    {"legal_steps", "SELECT count(*) FROM legal_step WHERE 1 = 1",
     "steps before a court were taken on its cases since"},
}};
// One that joins a received payment with its entry rests on nothing: it is separated again.
constexpr std::string_view kAllocations =
    "SELECT count(*) FROM allocation a WHERE a.undone = 0 AND (a.payment_id IS NULL OR a.entry_id IS NULL) "
    "AND"
    " (a.claim_id IN (SELECT id FROM claim WHERE batch_id = ?1)"
    " OR a.entry_id IN (SELECT id FROM entry WHERE batch_id = ?1))";
// The next import of a ledger builds on the one before.
constexpr std::string_view kLaterLedgers =
    "SELECT count(*) FROM import_batch b WHERE b.creditor_id = ?1 AND b.format = 'fec' AND b.withdrawn_at IS "
    "NULL"
    " AND b.id > ?2";

void ask(std::vector<Obstacle>& out, std::string_view code, std::int64_t count, std::string_view what) {
  if (count > 0)
    out.push_back({.code = std::string(code),
                   .count = count,
                   .sentence = std::to_string(count) + " " + std::string(what)});
}

// ---- withdrawal ------------------------------------------------------------------------------------------------

class Withdrawal {
 public:
  Withdrawal(Ledger& ledger, const Author& author, const BatchFacts& batch)
      : db_(ledger.db()),
        ledger_(ledger),
        author_(author),
        batch_(batch),
        ids_(ledger.random(), ledger.now()),
        edits_(ledger, author, std::string(kIntent)) {}

  WithdrawalReport run() {
    require_free();
    if (batch_.format == "fec") stored_ = load_stored_ledger(db_, batch_.creditor_id);
    for (const Made& made : entries()) take_back(made);
    withdraw_claims();
    edits_.flush();
    // Received money whose entry is gone counts by itself again (decision 012).
    static_cast<void>(join_with_ledger(db_, batch_.creditor_id, std::nullopt, ids_, edits_));
    for (const Id& id : cases_) move_case(id);
    edits_.flush();
    sql::run(db_, "UPDATE import_batch SET withdrawn_at = ?2 WHERE id = ?1", batch_.id, ledger_.now());
    ledger_.audit(author_, kIntent, batch_.id.text());
    return report_;
  }

 private:
  struct Made {
    Id id, case_id;
    std::string kind, account, journal, booked_on, key, letter;
    std::int64_t cents = 0;
    bool is_settled = false;
  };

  void require_free() {
    const std::vector<Obstacle> obstacles = obstacles_of(db_, batch_);
    if (obstacles.empty()) return;
    std::string sentence = "The import cannot be taken back: ";
    for (std::size_t i = 0; i < obstacles.size(); ++i)
      sentence += (i == 0 ? "" : "; ") + obstacles[i].sentence;
    throw Failure(Code::refused, sentence + ". Nothing was changed.");
  }

  std::vector<Made> entries() {
    std::vector<Made> out;
    sql::Query q(
        db_,
        "SELECT id, case_id, coalesce(account, ''), coalesce(booked_on, ''), source_key, amount_cents, "
        "settled,"
        " coalesce(letter, ''), kind, coalesce(journal, '') FROM entry"
        " WHERE batch_id = ?1 AND source_key IS NOT NULL ORDER BY id",
        batch_.id);
    while (q.next())
      out.push_back({.id = q.id(0),
                     .case_id = q.id(1),
                     .kind = q.text(8),
                     .account = q.text(2),
                     .journal = q.text(9),
                     .booked_on = q.text(3),
                     .key = q.text(4),
                     .letter = q.text(7),
                     .cents = q.integer(5),
                     .is_settled = q.integer(6) != 0});
    return out;
  }

  void take_back(const Made& made) {
    cases_.insert(made.case_id);
    ++report_.entries_reversed;
    report_.cents += made.cents;
    put(OpDraft(sync::OpKind::insert, "entry", ids_.next())
            .set("case_id", made.case_id)
            .set("kind", made.kind)  // what is summed by kind is nothing of it any more
            .set("account", made.account)
            .set("journal", made.journal)
            .set("label", kReversalLabel)
            .set("booked_on", made.booked_on)
            .set("amount_cents", -made.cents)
            .set("settled", std::int64_t{1})
            .set("source_key", Bytes{reversal_key(made.key)})
            .take());
    if (!made.is_settled)
      put(OpDraft(sync::OpKind::update, "entry", made.id)
              .set("settled", std::int64_t{1}, std::int64_t{0})
              .take());
    if (made.key.size() > kLineKeyBytes && made.key[kLineKeyBytes] == kReversal) undo_reversal(made);
  }

  [[nodiscard]] std::string reversal_key(const std::string& key) const {
    const std::string subject = key.substr(0, kLineKeyBytes);
    if (key.size() == kLineKeyBytes) return stored_.next_own_key(subject, kReversal);
    const char letter = key[kLineKeyBytes];
    if (letter == kTakenIn) return subject + kTakenBack + key.substr(kLineKeyBytes + 1);
    return stored_.next_own_key(subject, letter);
  }

  // The batch had reversed a line (it vanished) or brought one back: the line is as it was before.
  void undo_reversal(const Made& made) {
    const auto line = stored_.by_key.find(made.key.substr(0, kLineKeyBytes));
    if (line == stored_.by_key.end()) return;
    const StoredEntry& stored = stored_.entries[line->second];
    const bool is_live_again = made.cents == -stored.amount_cents;
    if (is_live_again && stored.letter.empty() && stored.is_settled)
      put(OpDraft(sync::OpKind::update, "entry", stored.id)
              .set("settled", std::int64_t{0}, std::int64_t{1})
              .take());
    if (!stored.claim_id || stored.claim_state == "withdrawn") return;
    const std::string state =
        is_live_again ? (stored.letter.empty() ? "open" : stored.claim_state) : "withdrawn";
    if (state != stored.claim_state) write_claim_state(*stored.claim_id, stored.claim_state, state);
  }

  // A claim that a ledger's import made of an earlier import's line (it was lettered then) is as before: settled, and
  // the next ledger opens it where the line is open.
  void withdraw_claims() {
    sql::Query q(
        db_,
        "SELECT k.id, k.state, k.case_id, e.batch_id FROM claim k LEFT JOIN entry e ON e.id = k.entry_id"
        " WHERE k.state <> 'withdrawn' AND (k.batch_id = ?1 OR e.batch_id = ?1) ORDER BY k.id",
        batch_.id);
    struct Claim {
      Id id;
      std::string state, to;
    };
    std::vector<Claim> claims;
    while (q.next()) {
      const std::optional<Id> of_line = q.maybe_id(3);
      claims.push_back({.id = q.id(0),
                        .state = q.text(1),
                        .to = !of_line || *of_line == batch_.id ? "withdrawn" : "settled"});
      cases_.insert(q.id(2));
    }
    for (const Claim& claim : claims)
      if (claim.to != claim.state) write_claim_state(claim.id, claim.state, claim.to);
  }

  void write_claim_state(const Id& id, const std::string& before, const std::string& state) {
    report_.claims_withdrawn += state == "withdrawn";
    put(OpDraft(sync::OpKind::update, "claim", id).set("state", Value{state}, Value{before}).take());
  }

  // One that the batch had closed (a credit note) opens again.
  void move_case(const Id& id) {
    const auto now = stage_of(db_, id);
    if (!now) return;
    const CaseStage to =
        stage_after(*now, standing_of_case(db_, id).account, "amicable", kImportWithdrawn, false);
    if (now->is_closed() && to.is_closed()) return;  // closed by another import, for its own reason
    report_.cases_reopened += now->is_closed() && !to.is_closed();
    report_.cases_closed += !now->is_closed() && to.is_closed();
    if (auto op = stage_op(id, *now, to)) put(std::move(*op));
  }

  void put(sync::Op op) { edits_.add(std::move(op)); }

  sql::Connection& db_;
  Ledger& ledger_;
  const Author& author_;
  const BatchFacts& batch_;
  RowIds ids_;
  StoredLedger stored_;  // of a ledger's import only
  std::set<Id> cases_;
  EditBatch edits_;
  WithdrawalReport report_;
};

}  // namespace

std::vector<BatchFacts> list_batches(sql::Connection& db, const std::string& creditor) {
  std::vector<BatchFacts> out;
  const std::string where = creditor.empty() ? " WHERE ?1 = ''" : " WHERE k.name = ?1";
  sql::Query q(db, std::string(kBatches) + where + " ORDER BY b.happened_at DESC, b.id DESC", creditor);
  while (q.next()) out.push_back(facts_of(q));
  return out;
}

BatchFacts one_batch(sql::Connection& db, const std::string& id) {
  std::vector<BatchFacts> found;
  for (BatchFacts& batch : list_batches(db, ""))
    if (batch.id.text() == id || (id.size() >= kIdCharactersMin && batch.id.text().ends_with(id)))
      found.push_back(std::move(batch));
  if (found.size() == 1) return found.front();
  throw Failure(Code::not_found, found.empty()
                                     ? "There is no import of that id; `relance-server imports` lists them."
                                     : "Several imports end like that; name the whole id.");
}

std::vector<BatchRow> rows_of_batch(sql::Connection& db, const Id& batch) {
  std::vector<BatchRow> out;
  sql::Query q(
      db,
      "SELECT c.number, coalesce(d.legal_name, d.trade_name, ''), e.kind, coalesce(e.piece_ref, ''),"
      " coalesce(e.booked_on, ''), coalesce(k.due_on, ''), coalesce(k.state, ''), e.amount_cents"
      " FROM entry e JOIN case_file c ON c.id = e.case_id JOIN debtor d ON d.id = c.debtor_id"
      " LEFT JOIN claim k ON k.entry_id = e.id WHERE e.batch_id = ?1 ORDER BY c.number, e.booked_on, e.id",
      batch);
  while (q.next())
    out.push_back({.case_number = q.text(0),
                   .debtor = q.text(1),
                   .kind = q.text(2),
                   .piece_ref = q.text(3),
                   .booked_on = q.text(4),
                   .due_on = q.text(5),
                   .claim_state = q.text(6),
                   .amount_cents = q.integer(7)});
  return out;
}

std::vector<Obstacle> obstacles_of(sql::Connection& db, const BatchFacts& batch) {
  std::vector<Obstacle> out;
  if (batch.withdrawn_at) {
    out.push_back({.code = "withdrawn", .count = 1, .sentence = "it was taken back already"});
    return out;
  }
  if (!is_of_claims(batch.format)) {
    out.push_back({.code = "format",
                   .count = 1,
                   .sentence = "it is a bank file, whose money is booked back line by line"});
    return out;
  }
  for (const Question& question : kQuestions)
    ask(out, question.code,
        sql::number(db, std::string(question.text) + std::string(kOnItsCases), batch.id, batch.happened_at)
            .value_or(0),
        question.one_of);
  ask(out, "allocations", sql::number(db, kAllocations, batch.id).value_or(0),
      "allocations are set against its pieces");
  if (batch.format == "fec")
    ask(out, "later_import", sql::number(db, kLaterLedgers, batch.creditor_id, batch.id).value_or(0),
        "later ledgers of this creditor build on it: take them back first");
  return out;
}

WithdrawalReport withdraw_batch(Ledger& ledger, const Author& author, const std::string& id) {
  const BatchFacts batch = one_batch(ledger.db(), id);  // as it is now: another may have withdrawn it since
  WithdrawalReport report = Withdrawal(ledger, author, batch).run();
  report.batch = batch.id;
  return report;
}

}  // namespace relance::server
