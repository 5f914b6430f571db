// See fec_import.h for what is promised, docs/decisions/010-ledger-imports.md for each rule and its reason.
#include "server/fec_import.h"

#include <algorithm>
#include <fstream>

#include "host/failure.h"
#include "rules/civil_date.h"
#include "rules/money.h"
#include "server/case_numbers.h"
#include "server/edit_batch.h"
#include "server/erased_ids.h"
#include "server/import_record.h"
#include "server/imported_case.h"
#include "server/ledger_booking.h"
#include "server/ledger_match.h"
#include "server/op_draft.h"
#include "server/returned_money.h"
#include "server/row_ids.h"
#include "server/stored_claims.h"

namespace relance::server {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;  // read at once: progress moves, memory does not
constexpr std::string_view kIntent = "import.fec";

// Entries that the import adds of its own accord; agents read them on the account, so they are in its language.
constexpr std::string_view kVanishedLabel = "Ligne disparue du grand livre";
constexpr std::string_view kReturnedLabel = "Ligne revenue dans le grand livre";
constexpr std::string_view kDifferenceLabel = "Ecart avec le solde du grand livre";

std::string_view word_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::invoice: return "invoice";
    case EntryKind::returned: return "payment";  // a payment taken back: its sign says so
    case EntryKind::credit_note: return "credit_note";
    case EntryKind::payment: return "payment";
    case EntryKind::adjustment: return "adjustment";
  }
  return "adjustment";
}

std::string_view claim_word_of(const LedgerEntry& entry, const LedgerLine& line) {
  if (entry.kind == EntryKind::returned) return "other";
  return line.account.starts_with("413") ? "bill" : "invoice";
}

// Writes what a match says, in mutations of at most kEditOpsMax operations.
class Import {
 public:
  /// `ledger`: null for a preview. REQUIRES: a transaction is open on `db`, with a ledger a Work.
  Import(sql::Connection& db, Ledger* ledger, Random& random, Ms now, FecSource& source,
         const FecImportOptions& options)
      : db_(db), ledger_(ledger), random_(random), now_(now), source_(source), options_(options) {
    if (ledger_ != nullptr) edits_.emplace(*ledger_, options_.author, std::string(kIntent));
  }

  FecImportReport run() {
    sql::Query q(db_, "SELECT id, terms_days FROM creditor WHERE name = ?1", options_.creditor);
    creditor_is_new_ = !q.next();
    creditor_ = creditor_is_new_ ? ids_.next() : q.id(0);
    const std::int64_t usual = creditor_is_new_ || q.is_null(1) ? kTermsDaysDefault : q.integer(1);
    terms_days_ = options_.terms_days.value_or(usual);
    require_one_source();
    match_.emplace(creditor_, load_stored_ledger(db_, creditor_), source_.file, terms_days_,
                   options_.accept_difference, report_);
    write();
    check_balance();
    return std::move(report_);
  }

 private:
  // Both would hold the same invoices, and each debtor would be asked twice.
  void require_one_source() {
    if (!creditor_is_new_ && has_entries_of_ledger(db_, creditor_, false))
      throw Failure(Code::refused,
                    "This creditor's claims come from other files (XIMPORT, CSV or invoices), which hold "
                    "pieces of this "
                    "ledger: withdraw those imports first (`relance-server imports`). Nothing was stored.");
  }

  // ---- writing ---------------------------------------------------------------------------------------------------

  void write() {
    if (creditor_is_new_ && !match_->accounts().empty()) {
      put(OpDraft(sync::OpKind::insert, "creditor", creditor_)
              .set("name", options_.creditor)
              .set("terms_days", terms_days_)
              .take());
      flush();
    }
    for (const MatchedAccount& account : match_->accounts()) write_account(account);
    mend_reversals();
    flush();
    join_payments();
    if (ledger_ != nullptr && !report_.changes_nothing) numbers_.save();
  }

  // Those of earlier programs were all adjustments, so that a payment which had vanished still counted as received.
  void mend_reversals() {
    for (const StoredEntry& entry : match_->stored().entries) {
      if (entry.is_line() || entry.key[kLineKeyBytes] != kReversal) continue;
      const auto line = match_->stored().by_key.find(entry.key.substr(0, kLineKeyBytes));
      if (line == match_->stored().by_key.end()) continue;
      const std::string& kind = match_->stored().entries[line->second].kind;
      if (kind == entry.kind) continue;
      put(OpDraft(sync::OpKind::update, "entry", entry.id)
              .set("kind", Value{kind}, Value{entry.kind})
              .take());
    }
  }

  // Money that the office knew of before this ledger did must not count twice. A dry run has no entries to join.
  void join_payments() {
    if (ledger_ == nullptr) return;
    const BookingReport joined = join_with_ledger(db_, creditor_, std::nullopt, ids_, *edits_);
    report_.payments_booked = joined.booked;
    report_.payments_unbooked = joined.unbooked;
    // A payment that is joined only now may have come back already.
    const OpenedAgain opened = open_what_came_back(db_, creditor_, std::nullopt, *edits_);
    report_.claims_reopened += opened.claims;
    report_.cases_reopened += opened.cases;
    if (joined.booked + joined.unbooked + opened.claims + opened.cases > 0) report_.changes_nothing = false;
  }

  // Asked of the database once more: what the match worked out must be what is there.
  void check_balance() {
    if (ledger_ != nullptr)
      report_.cases_balance_cents =
          sql::number(
              db_,
              "SELECT CAST(sum(e.amount_cents) AS BIGINT) FROM case_file c JOIN entry e ON e.case_id = c.id"
              " WHERE c.creditor_id = ?1 AND e.source_key IS NOT NULL AND e.booked_on <= ?2",
              creditor_, match_->last_day())
              .value_or(0);
    const std::int64_t passed_over = ledger_ == nullptr ? 0 : report_.erased_cents;
    if (report_.cases_balance_cents + passed_over == report_.ledger_balance_cents) return;
    throw Failure(Code::internal, "The cases would come to " + money_text(report_.cases_balance_cents) +
                                      " and the ledger to " + money_text(report_.ledger_balance_cents) +
                                      ": a defect of this program. Nothing was stored.");
  }

  void write_account(const MatchedAccount& account) {
    // Nobody comes back by the next export of the same ledger.
    if (account.known == nullptr && account.debtor != nullptr &&
        is_erased_account(db_, creditor_, account.ref)) {
      ++report_.debtors_erased;
      report_.erased_cents += account.debtor->balance_cents;
      return;
    }
    const AccountStanding standing = match_->standing_of(account);
    if (account.known != nullptr) ++report_.debtors_known;
    const Id case_id = account.known != nullptr ? account.known->id : write_new_case(account, standing);
    const std::int64_t claims_before = report_.claims_added;
    if (account.debtor != nullptr) write_entries(account, case_id);
    for (const std::size_t at : account.reversed) write_reversal(at, case_id);
    if (account.difference_cents != 0) write_difference(account, case_id);
    if (account.known != nullptr) move_case(account, standing, report_.claims_added > claims_before);
  }

  Id write_new_case(const MatchedAccount& account, const AccountStanding& standing) {
    const FoundDebtor found{.debtor_id = ids_.next(),
                            .case_id = ids_.next(),
                            .creditor_id = creditor_,
                            .case_number = numbers_.next(),
                            .name = account.debtor->name,
                            .siren = {},
                            .siret = {},
                            .ledger_ref = account.ref,
                            .today = options_.today};
    put(debtor_op(found));
    put(case_op(found, standing, opening_stage(account)));
    ++report_.debtors_added;
    report_.cases_opened += standing.is_owed();
    return found.case_id;
  }

  [[nodiscard]] std::string_view opening_stage(const MatchedAccount& account) const {
    if (account.debtor == nullptr || account.debtor->claims.empty()) return "amicable";
    return account.debtor->claims.front().due_on < options_.today ? "amicable" : "pre_due";
  }

  void move_case(const MatchedAccount& account, const AccountStanding& standing, bool has_new_claims) {
    const StoredCase& known = *account.known;
    const CaseStage to =
        stage_after(known.stage, standing, opening_stage(account), standing.closed_reason(), has_new_claims);
    report_.cases_reopened += known.stage.is_closed() && !to.is_closed();
    report_.cases_closed += !known.stage.is_closed() && to.is_closed();
    if (auto op = stage_op(known.id, known.stage, to)) put(std::move(*op));
  }

  void write_entries(const MatchedAccount& account, const Id& case_id) {
    const DebtorAccount& debtor = *account.debtor;
    std::vector<const LedgerClaim*> claims(debtor.entries.size());
    for (const LedgerClaim& claim : debtor.claims) claims[claim.entry] = &claim;
    for (std::size_t i = 0; i < debtor.entries.size(); ++i) {
      if (account.found[i] != MatchedAccount::kUnknown) {
        update_entry(account.found[i], claims[i], debtor.entries[i], case_id);
        continue;
      }
      const Id id = ids_.next();
      write_new_entry(id, case_id, debtor.entries[i], account.keys[i], account.is_settled[i]);
      if (claims[i] != nullptr) write_claim(id, case_id, debtor.entries[i], *claims[i]);
    }
  }

  void write_new_entry(const Id& id, const Id& case_id, const LedgerEntry& entry, const std::string& key,
                       bool is_settled) {
    const LedgerLine& line = match_->line(entry.line);
    put(OpDraft(sync::OpKind::insert, "entry", id)
            .set("case_id", case_id)
            .set("kind", word_of(entry.kind))
            .set("account", line.account)
            .set("journal", line.journal)
            .set("piece_ref", line.piece_ref)
            .set("label", line.label)
            .set("booked_on", line.booked_on)
            .set("piece_on", line.piece_on)
            .set("amount_cents", entry.amount_cents)
            .set("letter", line.letter)
            .set("settled", std::int64_t{is_settled})
            .set("batch_id", batch())
            .set("source_key", Bytes{key})
            .take());
  }

  void write_claim(const Id& entry_id, const Id& case_id, const LedgerEntry& entry,
                   const LedgerClaim& claim) {
    const LedgerLine& line = match_->line(entry.line);
    ++report_.claims_added;
    put(OpDraft(sync::OpKind::insert, "claim", ids_.next())
            .set("case_id", case_id)
            .set("piece_ref", line.piece_ref)
            .set("label", line.label)
            .set("kind", claim_word_of(entry, line))
            .set("issued_on", claim.issued_on)
            .set("due_on", claim.due_on)
            .set("due_origin", "assumed")
            .set("gross_cents", claim.amount_cents)
            .set("entry_id", entry_id)
            .set("batch_id", batch())
            .take());
  }

  void update_entry(std::size_t at, const LedgerClaim* claim, const LedgerEntry& entry, const Id& case_id) {
    const StoredEntry& stored = match_->stored().entries[at];
    write_lettering(at);
    if (stored.claim_id)
      move_claim(stored, !match_->will_be_settled(at));
    else if (claim != nullptr && !match_->will_be_settled(at))
      write_claim(stored.id, case_id, entry, *claim);
  }

  void write_lettering(std::size_t at) {
    const StoredEntry& stored = match_->stored().entries[at];
    if (match_->will_be_settled(at) == stored.is_settled && match_->letter(at) == stored.letter) return;
    put(OpDraft(sync::OpKind::update, "entry", stored.id)
            .set("letter", match_->letter(at), stored.letter)
            .set("settled", std::int64_t{match_->will_be_settled(at)}, std::int64_t{stored.is_settled})
            .take());
  }

  // A withdrawn claim was withdrawn by a person: the ledger does not bring it back. One that went with its whole
  // import comes again with it.
  void move_claim(const StoredEntry& stored, bool is_open) {
    const std::string_view state = is_open ? "open" : "settled";
    if (stored.claim_state == state || (stored.claim_state == "withdrawn" && !stored.is_taken_back)) return;
    (is_open ? report_.claims_reopened : report_.claims_settled) += 1;
    put(OpDraft(sync::OpKind::update, "claim", *stored.claim_id)
            .set("state", std::string(state), stored.claim_state)
            .take());
  }

  void write_reversal(std::size_t at, const Id& case_id) {
    const StoredEntry& stored = match_->stored().entries[at];
    const bool is_back = match_->is_seen(at);
    if (!is_back) {
      write_lettering(at);
      if (stored.claim_id) move_claim(stored, false);
    }
    write_own_entry(case_id, {.kind = stored.kind,
                              .account = stored.account,
                              .journal = stored.journal,
                              .label = is_back ? kReturnedLabel : kVanishedLabel,
                              .booked_on = stored.booked_on,
                              .cents = is_back ? stored.amount_cents : -stored.amount_cents,
                              .is_settled = true,
                              .key = match_->stored().next_own_key(stored.key, kReversal)});
  }

  void write_difference(const MatchedAccount& account, const Id& case_id) {
    const std::string subject = match_->key_of("difference of " + account.ref);
    write_own_entry(case_id, {.kind = "adjustment",
                              .account = match_->adjustment_account(account),
                              .journal = {},
                              .label = kDifferenceLabel,
                              .booked_on = match_->first_day(),
                              .cents = account.difference_cents,
                              .is_settled = false,
                              .key = match_->stored().next_own_key(subject, kDifference)});
  }

  // A reversal is of the kind, and in the journal, of the line that it takes back: what is summed by kind (money
  // received, sales) is nothing of a line that has vanished.
  struct OwnEntry {
    std::string_view kind;
    std::string account;
    std::string_view journal;
    std::string_view label;
    std::string booked_on;
    std::int64_t cents = 0;
    bool is_settled = false;
    std::string key;
  };
  void write_own_entry(const Id& case_id, const OwnEntry& entry) {
    put(OpDraft(sync::OpKind::insert, "entry", ids_.next())
            .set("case_id", case_id)
            .set("kind", entry.kind)
            .set("account", entry.account)
            .set("journal", entry.journal)
            .set("label", entry.label)
            .set("booked_on", entry.booked_on)
            .set("amount_cents", entry.cents)
            .set("settled", std::int64_t{entry.is_settled})
            .set("batch_id", batch())
            .set("source_key", Bytes{entry.key})
            .take());
  }

  // ---- helpers -----------------------------------------------------------------------------------------------------

  /// The import's own row, made when the first entry needs it.
  Id batch() {
    if (batch_) return *batch_;
    batch_ = ids_.next();
    if (ledger_ != nullptr)
      write_import_record(db_, {.id = *batch_,
                                .creditor_id = creditor_,
                                .staff_id = options_.author.staff_id,
                                .format = "fec",
                                .hash = source_.hash,
                                .happened_at = now_,
                                .lines_read = static_cast<std::int64_t>(source_.file.lines_read),
                                .lines_kept = static_cast<std::int64_t>(source_.file.lines_kept),
                                .entries_added = report_.entries_added});
    return *batch_;
  }

  void put(sync::Op op) {
    report_.changes_nothing = false;
    if (edits_) edits_->add(std::move(op));
  }

  void flush() {
    if (edits_) edits_->flush();
  }

  sql::Connection& db_;
  Ledger* ledger_;
  Random& random_;
  Ms now_;
  FecSource& source_;
  const FecImportOptions& options_;

  Id creditor_;
  bool creditor_is_new_ = false;
  std::int64_t terms_days_ = kTermsDaysDefault;
  std::optional<LedgerMatch> match_;
  CaseNumbers numbers_{db_};
  RowIds ids_{random_, now_};
  std::optional<Id> batch_;
  std::optional<EditBatch> edits_;  // none in a preview
  FecImportReport report_;
};

void require_good(const FecFile& file, const FecImportOptions& options) {
  require_creditor_and_terms(options.creditor, options.terms_days);
  const std::vector<std::string> wrong = fec_refusal(file, options.accept_unbalanced);
  if (wrong.empty()) return;
  std::string sentence = "The ledger cannot be taken in: " + first_sentences(wrong, wrong.size());
  const bool is_only_unbalanced = file.problem_count == 0;
  sentence += is_only_unbalanced ? ". Correct it, or pass --accept-unbalanced. Nothing was stored."
                                 : ". Export it anew, or correct these lines. Nothing was stored.";
  throw Failure(Code::bad_file, sentence);
}

}  // namespace

FecSource read_fec_source(const std::filesystem::path& path,
                          const std::function<void(std::int64_t, std::int64_t)>& progress) {
  std::error_code no_size;
  const auto size =
      std::filesystem::is_regular_file(path, no_size) ? std::filesystem::file_size(path, no_size) : 0;
  if (std::filesystem::is_directory(path, no_size))
    throw Failure(Code::bad_file, path.string() + " is a directory; name the export itself.");
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw Failure(Code::not_found,
                  "The file " + path.string() + " cannot be opened; check its name and rights.");
  FecReader reader;
  Sha256 hash;
  std::string chunk(kChunkBytes, '\0');
  std::int64_t done = 0;
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const std::string_view got(chunk.data(), static_cast<std::size_t>(in.gcount()));
    reader.feed(got);
    hash.update(got);
    done += in.gcount();
    if (progress) progress(done, static_cast<std::int64_t>(size));
  }
  if (in.bad())
    throw Failure(Code::io, "The file " + path.string() + " cannot be read to its end. Nothing was stored.");
  return {.file = reader.finish(), .hash = hash.finish()};
}

FecImportReport preview_fec(sql::Connection& db, Random& random, Ms now, FecSource source,
                            const FecImportOptions& options) {
  require_good(source.file, options);
  sql::Transaction snapshot(db, sql::Access::read);
  FecImportReport report = Import(db, nullptr, random, now, source, options).run();
  report.dry_run = true;
  return report;
}

FecImportReport import_fec(Committer& committer, FecSource source, const FecImportOptions& options) {
  require_good(source.file, options);
  FecImportReport report;
  committer.commit([&](Ledger& ledger) {
    report = Import(ledger.db(), &ledger, ledger.random(), ledger.now(), source, options).run();
  });
  return report;
}

}  // namespace relance::server
