// See claims_import.h for what is promised.
#include "server/claims_import.h"

#include <algorithm>
#include <set>

#include "host/failure.h"
#include "rules/civil_date.h"
#include "rules/phone.h"
#include "rules/receivables.h"
#include "server/case_numbers.h"
#include "server/edit_batch.h"
#include "server/erased_ids.h"
#include "server/fec_import.h"
#include "server/import_record.h"
#include "server/imported_case.h"
#include "server/ledger_booking.h"
#include "server/op_draft.h"
#include "server/row_ids.h"
#include "server/stored_claims.h"
#include "server/stored_files.h"

namespace relance::server {
namespace {

constexpr std::string_view kIntent = "import.claims";

std::string_view entry_word_of(ClaimKind kind) {
  switch (kind) {
    case ClaimKind::invoice:
    case ClaimKind::bill: return "invoice";
    case ClaimKind::returned:  // a payment taken back: its sign says so
    case ClaimKind::payment: return "payment";
    case ClaimKind::credit_note: return "credit_note";
    case ClaimKind::adjustment: return "adjustment";
  }
  return "adjustment";
}

std::string_view claim_word_of(ClaimKind kind) {
  if (kind == ClaimKind::bill) return "bill";
  return kind == ClaimKind::returned ? "other" : "invoice";
}

bool is_claimed(const ClaimLine& line) {
  const bool may_be =
      line.kind == ClaimKind::invoice || line.kind == ClaimKind::bill || line.kind == ClaimKind::returned;
  return may_be && line.amount_cents > 0 && is_claim_account(line.account);
}

/// A debtor of the file: his case, and which lines are his.
struct DebtorLines {
  const StoredDebtorCase* known = nullptr;  // null: new
  std::string ref;
  std::vector<std::size_t> lines;      // all of them
  std::vector<std::size_t> new_lines;  // those not stored yet
};

class Import {
 public:
  /// `ledger`: null for a preview. REQUIRES: a transaction is open on `db`, with a ledger a Work.
  Import(sql::Connection& db, Ledger* ledger, Random& random, Ms now, const ClaimsSource& source,
         const ClaimsImportOptions& options)
      : db_(db), ledger_(ledger), now_(now), source_(source), options_(options), ids_(random, now) {
    if (ledger_ != nullptr) edits_.emplace(*ledger_, options_.author, std::string(kIntent));
  }

  ClaimsImportReport run() {
    const ClaimFile& file = source_.file;
    report_ = {.format = file.format,
               .lines_read = file.lines_read,
               .lines_kept = file.lines.size(),
               .lines_other = file.lines_other,
               .notices = file.notices,
               .notice_count = file.notice_count};
    find_creditor();
    require_fit();
    stored_.emplace(db_, creditor_, source_of_format(file.format));
    sort_lines();
    write();
    report_.batch = ledger_ != nullptr ? batch_ : std::nullopt;
    return std::move(report_);
  }

 private:
  // ---- what is there ---------------------------------------------------------------------------------------------

  void find_creditor() {
    sql::Query q(db_, "SELECT id, terms_days, coalesce(siren, '') FROM creditor WHERE name = ?1",
                 options_.creditor);
    creditor_is_new_ = !q.next();
    creditor_ = creditor_is_new_ ? ids_.next() : q.id(0);
    if (!creditor_is_new_) creditor_siren_ = q.text(2);
    std::optional<std::int64_t> agreed = options_.terms_days;
    if (!agreed && !creditor_is_new_ && !q.is_null(1)) agreed = q.integer(1);
    terms_are_agreed_ = agreed.has_value();
    terms_days_ = agreed.value_or(kTermsDaysDefault);
  }

  void require_fit() {
    const std::string& seller = source_.file.seller_siren;
    if (!seller.empty() && !creditor_siren_.empty() && seller != creditor_siren_)
      throw Failure(Code::refused,
                    "The invoice is not this creditor's: its seller has another SIREN than the one that "
                    "is stored. Check FILE and --creditor. Nothing was stored.");
    if (!creditor_is_new_ && has_entries_of_ledger(db_, creditor_, true))
      throw Failure(
          Code::refused,
          "This creditor's receivables come from an accounting ledger (FEC), which holds the same pieces: "
          "import its next export instead, or withdraw its imports first (`relance-server imports`). "
          "Nothing was stored.");
  }

  [[nodiscard]] std::string subject_of(const ClaimLine& line) {
    hasher_.update(creditor_.view());
    hasher_.update(source_of_format(source_.file.format));
    hasher_.update(":");
    hasher_.update(line.identity);
    return std::string(bytes_of(hasher_.finish()));
  }

  // Known, changed, elsewhere or new; and whose.
  void sort_lines() {
    const std::vector<ClaimLine>& lines = source_.file.lines;
    subjects_.resize(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      subjects_[i] = subject_of(lines[i]);
      if (const StoredPiece* piece = stored_->piece(subjects_[i])) {
        ++report_.entries_known;
        if (piece->amount_cents != lines[i].amount_cents) report_.changed_lines.push_back(lines[i].line);
        place(i, stored_->by_id(piece->case_id), false);
      } else if (stored_->is_elsewhere(lines[i].piece_ref, lines[i].amount_cents)) {
        ++report_.entries_elsewhere;
      } else {
        ++report_.entries_added;
        report_.added_cents += lines[i].amount_cents;
        place(i, case_of(lines[i]), true);
      }
    }
  }

  [[nodiscard]] static std::string ref_of(const ClaimLine& line) {
    return ledger_ref_of(line.debtor_ref.empty() ? line.debtor_name : line.debtor_ref);
  }

  [[nodiscard]] const StoredDebtorCase* case_of(const ClaimLine& line) const {
    if (const auto* found = stored_->by_ledger_ref(ref_of(line))) return found;
    return line.siren.empty() ? nullptr : stored_->by_siren(line.siren);
  }

  void place(std::size_t at, const StoredDebtorCase* known, bool is_new) {
    const ClaimLine& line = source_.file.lines[at];
    const std::string own = known != nullptr ? "case " + known->id.text() : "ref " + ref_of(line);
    std::string name = own;
    if (known == nullptr && !line.siren.empty()) {  // two accounts of one company are one new debtor
      const auto [same, is_first] = new_sirens_.try_emplace(line.siren, own);
      name = same->second;
    }
    const auto [found, is_first] = places_.try_emplace(name, debtors_.size());
    if (is_first) debtors_.push_back({.known = known, .ref = ref_of(line)});
    DebtorLines& debtor = debtors_[found->second];
    debtor.lines.push_back(at);
    if (is_new) debtor.new_lines.push_back(at);
  }

  // ---- writing ---------------------------------------------------------------------------------------------------

  void write() {
    if (creditor_is_new_ && !debtors_.empty()) write_creditor();
    for (const DebtorLines& debtor : debtors_) write_debtor(debtor);
    if (edits_) edits_->flush();
    if (ledger_ == nullptr) return;
    if (report_.cases_opened + report_.debtors_added > 0) numbers_.save();
    // Money that the office knew of before this file did must not count twice (decision 012).
    const BookingReport joined = join_with_ledger(db_, creditor_, std::nullopt, ids_, *edits_);
    if (joined.booked + joined.unbooked > 0) report_.changes_nothing = false;
  }

  void write_creditor() {
    OpDraft draft(sync::OpKind::insert, "creditor", creditor_);
    draft.set("name", options_.creditor).set("siren", source_.file.seller_siren);
    if (options_.terms_days) draft.set("terms_days", *options_.terms_days);
    put(draft.take());
    if (edits_) edits_->flush();  // the batch points to it
  }

  void write_debtor(const DebtorLines& debtor) {
    // Nobody comes back by the next file of the same creditor.
    if (debtor.known == nullptr && is_erased_account(db_, creditor_, debtor.ref)) {
      ++report_.debtors_erased;
      return;
    }
    const bool is_read_only = debtor.known != nullptr && debtor.new_lines.empty();
    const AccountStanding standing = is_read_only ? AccountStanding{} : standing_of(debtor);
    Id case_id, debtor_id;
    if (debtor.known != nullptr) {
      ++report_.debtors_known;
      case_id = debtor.known->id;
      debtor_id = debtor.known->debtor_id;
      complete_identity(debtor);
    } else {
      case_id = ids_.next();
      debtor_id = ids_.next();
      write_new_case(debtor, standing, case_id, debtor_id);
    }
    write_contacts(debtor, debtor_id);
    bool has_claims = false;
    for (const std::size_t at : debtor.new_lines) has_claims |= write_line(at, case_id);
    if (debtor.known != nullptr && !debtor.new_lines.empty()) move_case(debtor, standing, has_claims);
  }

  // What the account comes to with the new lines on it. A payment in the file is taken for money that the office has
  // received already, as far as there is any: counted twice it would close a case that is owed.
  [[nodiscard]] AccountStanding standing_of(const DebtorLines& debtor) {
    CaseStanding now;
    if (debtor.known != nullptr) now = standing_of_case(db_, debtor.known->id);
    AccountStanding& out = now.account;
    for (const std::size_t at : debtor.new_lines) {
      const ClaimLine& line = source_.file.lines[at];
      out.balance_cents += line.amount_cents;
      if (is_claimed(line)) out.claimed_cents += line.amount_cents;
      if (line.amount_cents >= 0 || !is_claim_account(line.account)) continue;
      out.credit_cents -= line.amount_cents;
      if (line.kind != ClaimKind::payment) continue;
      const std::int64_t same = std::clamp<std::int64_t>(now.received_cents, 0, -line.amount_cents);
      now.received_cents -= same;
      out.balance_cents += same;
      out.credit_cents -= same;
    }
    return out;
  }

  void write_new_case(const DebtorLines& debtor, const AccountStanding& standing, const Id& case_id,
                      const Id& debtor_id) {
    const auto first = [&](std::string ClaimLine::*field) -> const std::string& {
      static const std::string kNone;
      for (const std::size_t at : debtor.lines)
        if (const std::string& text = source_.file.lines[at].*field; !text.empty()) return text;
      return kNone;
    };
    const std::string& name = first(&ClaimLine::debtor_name);
    const FoundDebtor found{.debtor_id = debtor_id,
                            .case_id = case_id,
                            .creditor_id = creditor_,
                            .case_number = numbers_.next(),
                            .name = name.empty() ? debtor.ref : name,
                            .siren = first(&ClaimLine::siren),
                            .siret = first(&ClaimLine::siret),
                            .ledger_ref = debtor.ref,
                            .today = options_.today};
    put(debtor_op(found));
    put(case_op(found, standing, opening_stage(debtor)));
    ++report_.debtors_added;
    report_.cases_opened += standing.is_owed();
  }

  /// Before due while none of the new claims is past due.
  [[nodiscard]] std::string_view opening_stage(const DebtorLines& debtor) const {
    bool is_pre_due = false;
    for (const std::size_t at : debtor.new_lines) {
      const ClaimLine& line = source_.file.lines[at];
      if (!is_claimed(line)) continue;
      if (due_on(line) < options_.today) return "amicable";
      is_pre_due = true;
    }
    return is_pre_due ? "pre_due" : "amicable";
  }

  // Only what is missing: what is stored of a person is changed by people.
  void complete_identity(const DebtorLines& debtor) {
    OpDraft draft(sync::OpKind::update, "debtor", debtor.known->debtor_id);
    const auto complete = [&](std::string_view column, const std::string& now,
                              std::string ClaimLine::*field) {
      if (!now.empty()) return;
      for (const std::size_t at : debtor.lines)
        if (const std::string& text = source_.file.lines[at].*field; !text.empty()) {
          draft.set(column, Value{text}, Null{});
          return;
        }
    };
    complete("siren", debtor.known->siren, &ClaimLine::siren);
    complete("siret", debtor.known->siret, &ClaimLine::siret);
    if (!draft.is_empty()) put(draft.take());
  }

  void write_contacts(const DebtorLines& debtor, const Id& debtor_id) {
    std::set<std::string> known;
    const auto name_of = [](std::string_view type, std::string_view value, std::string_view postcode) {
      return std::string(type) + " " + std::string(value) + " " + std::string(postcode);
    };
    if (debtor.known != nullptr) {
      sql::Query q(
          db_,
          "SELECT type, coalesce(value, ''), coalesce(postcode, '') FROM contact_point WHERE debtor_id = ?1",
          debtor_id);
      while (q.next()) known.insert(name_of(q.view(0), q.view(1), q.view(2)));
    }
    const auto add = [&](std::string_view type, const ClaimLine& line, const std::string& value) {
      const bool is_post = type == "post";
      // As the columns hold them, or the next import would not know them again.
      const std::string stored = cut_text(value, text_max("contact_point", "value"));
      const std::string postcode =
          is_post ? cut_text(line.postcode, text_max("contact_point", "postcode")) : "";
      if (!known.insert(name_of(type, stored, postcode)).second) return;
      write_contact(debtor_id, type, stored, is_post ? &line : nullptr);
    };
    for (const std::size_t at : debtor.lines) {
      const ClaimLine& line = source_.file.lines[at];
      if (!line.phone.empty()) add(is_mobile(line.phone) ? "mobile" : "phone", line, line.phone);
      if (!line.email.empty()) add("email", line, line.email);
      if (!line.address_line.empty() || (!line.postcode.empty() && !line.city.empty()))
        add("post", line, line.address_line);
    }
  }

  void write_contact(const Id& debtor_id, std::string_view type, const std::string& value,
                     const ClaimLine* address) {
    OpDraft draft(sync::OpKind::insert, "contact_point", ids_.next());
    draft.set("debtor_id", debtor_id).set("type", type).set("value", value);
    if (address != nullptr) draft.set("postcode", address->postcode).set("city", address->city);
    put(draft.set("source", source_.name).set("found_on", options_.today).take());
    ++report_.contacts_added;
  }

  /// Whether a claim was made of it.
  bool write_line(std::size_t at, const Id& case_id) {
    const ClaimLine& line = source_.file.lines[at];
    const Id entry_id = ids_.next();
    put(OpDraft(sync::OpKind::insert, "entry", entry_id)
            .set("case_id", case_id)
            .set("kind", entry_word_of(line.kind))
            .set("account", line.account)
            .set("journal", line.journal)
            .set("piece_ref", line.piece_ref)
            .set("label", line.label)
            .set("booked_on", line.issued_on.empty() ? line.due_on : line.issued_on)
            .set("piece_on", line.issued_on)
            .set("amount_cents", line.amount_cents)
            .set("settled", std::int64_t{0})
            .set("batch_id", batch())
            .set("source_key", Bytes{stored_->next_key(subjects_[at])})
            .take());
    std::optional<Id> claim_id;
    if (is_claimed(line)) claim_id = write_claim(line, case_id, entry_id);
    if (!source_.evidence.empty()) write_evidence(line, case_id, claim_id);
    return claim_id.has_value();
  }

  Id write_claim(const ClaimLine& line, const Id& case_id, const Id& entry_id) {
    const bool is_stated = !line.due_on.empty();
    const Id id = ids_.next();
    ++report_.claims_added;
    report_.due_assumed += !is_stated && !terms_are_agreed_;
    put(OpDraft(sync::OpKind::insert, "claim", id)
            .set("case_id", case_id)
            .set("piece_ref", line.piece_ref)
            .set("label", line.label)
            .set("kind", claim_word_of(line.kind))
            .set("issued_on", line.issued_on)
            .set("due_on", due_on(line))
            .set("due_origin", is_stated           ? "stated"
                               : terms_are_agreed_ ? "terms"
                                                   : "assumed")
            .set("gross_cents", line.amount_cents)
            .set("evidence_ok", std::int64_t{!source_.evidence.empty()})
            .set("entry_id", entry_id)
            .set("batch_id", batch())
            .take());
    return id;
  }

  // The invoice itself proves the claim: it is kept, and on the case.
  void write_evidence(const ClaimLine& line, const Id& case_id, const std::optional<Id>& claim_id) {
    OpDraft draft(sync::OpKind::insert, "document", ids_.next());
    draft.set("case_id", case_id);
    if (claim_id) draft.set("claim_id", *claim_id);
    put(draft.set("kind", "evidence")
            .set("name", (claim_id ? "Facture " : "Avoir ") + line.piece_ref)
            .set("media_type", source_.media_type)
            .set("size_bytes", static_cast<std::int64_t>(source_.evidence.size()))
            .set("file_hash", hex(bytes_of(source_.hash)))
            .set("received_on", options_.today)
            .take());
    if (ledger_ == nullptr) return;
    edits_->flush();  // the case must be there before its file
    store_file(*ledger_, case_id, source_.evidence);
  }

  void move_case(const DebtorLines& debtor, const AccountStanding& standing, bool has_new_claims) {
    const StoredDebtorCase& known = *debtor.known;
    const CaseStage to =
        stage_after(known.stage, standing, opening_stage(debtor), standing.closed_reason(), has_new_claims);
    report_.cases_reopened += known.stage.is_closed() && !to.is_closed();
    report_.cases_closed += !known.stage.is_closed() && to.is_closed();
    if (auto op = stage_op(known.id, known.stage, to)) put(std::move(*op));
  }

  // ---- helpers ---------------------------------------------------------------------------------------------------

  [[nodiscard]] std::string due_on(const ClaimLine& line) const {
    if (!line.due_on.empty()) return line.due_on;
    const auto issued = parse_civil_date(line.issued_on);
    return issued ? iso_text(add_days(*issued, terms_days_)) : std::string();
  }

  [[nodiscard]] static std::size_t text_max(std::string_view table, std::string_view column) {
    const schema::Table& t = schema::table(table);
    return static_cast<std::size_t>(t.columns[schema::column(t, column)].text_max);
  }

  /// The import's own row, made when the first entry needs it.
  Id batch() {
    if (batch_) return *batch_;
    batch_ = ids_.next();
    if (ledger_ != nullptr)
      write_import_record(db_, {.id = *batch_,
                                .creditor_id = creditor_,
                                .staff_id = options_.author.staff_id,
                                .format = source_.file.format,
                                .hash = source_.hash,
                                .happened_at = now_,
                                .lines_read = static_cast<std::int64_t>(report_.lines_read),
                                .lines_kept = static_cast<std::int64_t>(report_.lines_kept),
                                .entries_added = report_.entries_added});
    return *batch_;
  }

  void put(sync::Op op) {
    report_.changes_nothing = false;
    if (edits_) edits_->add(std::move(op));
  }

  sql::Connection& db_;
  Ledger* ledger_;
  Ms now_;
  const ClaimsSource& source_;
  const ClaimsImportOptions& options_;

  Id creditor_;
  bool creditor_is_new_ = false;
  std::string creditor_siren_;
  std::int64_t terms_days_ = kTermsDaysDefault;
  bool terms_are_agreed_ = false;
  std::optional<StoredClaims> stored_;
  std::vector<std::string> subjects_;  // of each line
  std::vector<DebtorLines> debtors_;   // in the order of the file
  std::unordered_map<std::string, std::size_t> places_;
  std::unordered_map<std::string, std::string> new_sirens_;
  CaseNumbers numbers_{db_};
  RowIds ids_;
  Sha256 hasher_;
  std::optional<Id> batch_;
  std::optional<EditBatch> edits_;  // none in a preview
  ClaimsImportReport report_;
};

void require_good(const ClaimFile& file, const ClaimsImportOptions& options) {
  require_creditor_and_terms(options.creditor, options.terms_days);
  if (file.problem_count == 0) return;
  throw Failure(Code::bad_file,
                "The file cannot be taken in: " + first_problems(file.problems, file.problem_count) +
                    ". Export it anew, or correct these lines. Nothing was stored.");
}

}  // namespace

ClaimsImportReport preview_claims(sql::Connection& db, Random& random, Ms now, const ClaimsSource& source,
                                  const ClaimsImportOptions& options) {
  require_good(source.file, options);
  sql::Transaction snapshot(db, sql::Access::read);
  ClaimsImportReport report = Import(db, nullptr, random, now, source, options).run();
  report.dry_run = true;
  return report;
}

ClaimsImportReport import_claims(Committer& committer, const ClaimsSource& source,
                                 const ClaimsImportOptions& options) {
  require_good(source.file, options);
  ClaimsImportReport report;
  committer.commit([&](Ledger& ledger) {
    report = Import(ledger.db(), &ledger, ledger.random(), ledger.now(), source, options).run();
  });
  return report;
}

}  // namespace relance::server
