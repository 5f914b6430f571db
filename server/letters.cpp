#include "server/letters.h"

#include <algorithm>

#include "host/digest.h"
#include "host/failure.h"
#include "host/local_day.h"
#include "server/letter_numbers.h"
#include "server/letter_pdf.h"
#include "server/op_draft.h"
#include "server/pdf_paper.h"
#include "server/rows.h"

namespace relance::server {
namespace {

constexpr std::string_view kDraftNumber = "projet";

void write(Ledger& ledger, const Author& author, const char* intent, std::vector<sync::Op> ops) {
  const sync::Outcome outcome = ledger.apply_office(author, intent, std::move(ops));
  if (outcome.status == sync::Status::refused)
    throw Failure(Code::refused, "A rule forbids it (" + outcome.reason + "). Nothing was stored.");
}

// An edit of a row that the writer sees as it is now.
class Change {
 public:
  Change(sql::Connection& db, std::string_view table, const Id& row)
      : table_(schema::table(table)),
        row_(load_row(db, table_, row)),
        draft_(sync::OpKind::update, table, row) {
    if (!row_) throw Failure(Code::not_found, "There is no such row any more.");
  }
  [[nodiscard]] const Value& now(std::string_view column) const {
    return (*row_)[schema::column(table_, column)];
  }
  [[nodiscard]] std::string word(std::string_view column) const {
    const auto* text = std::get_if<std::string>(&now(column));
    return text == nullptr ? std::string() : *text;
  }
  Change& set(std::string_view column, Value after) {
    if (now(column) != after) draft_.set(column, std::move(after), now(column));
    return *this;
  }
  [[nodiscard]] bool is_empty() const { return draft_.is_empty(); }
  [[nodiscard]] sync::Op take() { return draft_.take(); }

 private:
  const schema::Table& table_;
  std::optional<Row> row_;
  OpDraft draft_;
};

// ---- preparing -------------------------------------------------------------------------------------------------

LetterObstacle missing(const std::vector<LetterMention>& mentions) {
  LetterObstacle out{
      .code = "missing_mention", .sentence = "The letter must say, and does not: ", .details = {}};
  for (const LetterMention one : mentions) {
    out.sentence += (out.details.empty() ? "" : ", ") + std::string(name_of(one)) + " (" +
                    std::string(legal_basis_of(one)) + ")";
    out.details.emplace_back(name_of(one));
  }
  out.sentence += ". Complete the sender, creditor, debtor or template.";
  return out;
}

LetterObstacle wording(const std::vector<WordingFault>& faults) {
  LetterObstacle out{.code = "court_wording", .sentence = "The letter may not say: ", .details = {}};
  for (const WordingFault& one : faults) {
    out.sentence += (out.details.empty() ? "`" : ", `") + one.word + "` in its " + std::string(one.place) +
                    " (" + std::string(one.basis) + ")";
    out.details.push_back(one.word);
  }
  out.sentence += ". Change the template or the passage.";
  return out;
}

// What a case is called may hold any word; who writes may not.
std::vector<std::string> quoted_texts(const LetterFacts& f) {
  std::vector<std::string> out{f.law_text,    f.creditor.name,         f.creditor.address.text(),
                               f.debtor.name, f.debtor.address.text(), f.sender.address.text()};
  // The longest first, or a part of a name would leave the rest of it standing.
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return out;
}

void look_for_obstacles(const CaseForLetters& read, CivilDate today, const LetterPeriods& periods,
                        PreparedLetter& out) {
  const LetterBar bar = bar_of(out.facts.kind, read.standing, today, periods);
  if (bar != LetterBar::none) {
    const std::string code = bar == LetterBar::dunning_stopped
                                 ? std::string(name_of(read.standing.stops.front().reason))
                                 : std::string(name_of(bar));
    out.obstacles.push_back({code, bar_sentence(bar, read.standing), {}});
  }
  const auto mentions = missing_mentions(out.facts, out.text);
  if (!mentions.empty()) out.obstacles.push_back(missing(mentions));
  const auto faults = wording_faults(out.facts.kind, out.text, quoted_texts(out.facts));
  if (!faults.empty()) out.obstacles.push_back(wording(faults));
}

// A payment has one receipt: printed again it is the same file.
void look_for_receipt(sql::Connection& db, const LetterOrder& order, PreparedLetter& out) {
  if (order.kind != LetterKind::receipt) return;
  const auto number =
      sql::text(db,
                "SELECT number FROM letter WHERE case_id = ?1 AND kind = 'receipt' AND subject_id = ?2"
                " AND state NOT IN ('draft', 'proposed', 'superseded')",
                order.case_id, order.subject_id);
  if (number) out.obstacles.push_back({"has_receipt", "This payment has its receipt: " + *number + ".", {}});
}

void warn(const CaseForLetters& read, PreparedLetter& out) {
  if (read.rate_unknown_from)
    out.warnings.push_back("No row states the rate from " + iso_text(*read.rate_unknown_from) +
                           " on: interest is asked up to the day before. Add the rate to ask all of it.");
  std::string words = out.text.plain() + out.facts.debtor.name + out.facts.debtor.address.text();
  std::replace(words.begin(), words.end(), '\n', ' ');
  if (!is_printable_text(words))
    out.warnings.emplace_back(
        "A character of it is not in the printed font: a question mark stands in its place.");
}

// What is told of a day to come has not happened.
void require_past(const Ledger& ledger, CivilDate on) {
  const std::string today = local_day(ledger.now());
  if (iso_text(on) > today)
    throw Failure(Code::usage,
                  iso_text(on) + " is still to come; today is " + today + ". Nothing was stored.");
}

// ---- drafts ----------------------------------------------------------------------------------------------------

struct Draft {
  Id id;
  std::optional<Id> subject_id;
  std::string passage, number;
};

// Of the case and kind, the newest first; a letter about a payment or plan stands only for its own.
std::vector<Draft> drafts_of(sql::Connection& db, const LetterOrder& order) {
  std::vector<Draft> out;
  sql::Query q(
      db,
      "SELECT id, subject_id, coalesce(passage, ''), coalesce(number, '') FROM letter WHERE case_id = ?1 AND "
      "kind = ?2 AND state IN ('draft', 'proposed') ORDER BY created_at DESC, id DESC",
      order.case_id, name_of(order.kind));
  while (q.next())
    if (!order.subject_id || q.maybe_id(1) == order.subject_id)
      out.push_back({q.id(0), q.maybe_id(1), q.text(2), q.text(3)});
  return out;
}

bool takes_the_place_of_drafts(LetterKind kind) {
  return asks_for_payment(kind) || kind == LetterKind::receipt;
}

void store_file(Ledger& ledger, const Id& case_id, const std::string& content) {
  const Digest hash = sha256(content);
  sql::run(ledger.db(),
           "INSERT INTO stored_file (hash, case_id, stored_at, content) VALUES (?1, ?2, ?3, ?4)"
           " ON CONFLICT (hash, case_id) DO NOTHING",
           Bytes{std::string(bytes_of(hash))}, case_id, ledger.now(), Bytes{content});
}

sync::Op superseding(sql::Connection& db, const Id& letter) {
  return Change(db, "letter", letter).set("state", std::string("superseded")).take();
}

sync::Op issue_op(sql::Connection& db, const LetterOrder& order, const PreparedLetter& made,
                  const IssuedLetter& out, bool is_new, const std::string& registered_no) {
  const std::string issued_on = iso_text(made.facts.issued_on);
  if (is_new) {
    OpDraft draft(sync::OpKind::insert, "letter", out.id);
    draft.set("case_id", order.case_id).set("kind", name_of(order.kind)).set("template_id", made.pattern.id);
    if (order.subject_id) draft.set("subject_id", *order.subject_id);
    if (!order.passage.empty()) draft.set("passage", order.passage);
    draft.set("state", "issued").set("number", out.number).set("issued_on", issued_on);
    draft.set("file_hash", out.file_hash).set("asked_cents", Value{out.asked_cents});
    if (!registered_no.empty()) draft.set("registered_no", registered_no);
    return draft.take();
  }
  Change change(db, "letter", out.id);
  change.set("state", std::string("issued")).set("number", out.number).set("issued_on", issued_on);
  if (!order.passage.empty()) change.set("passage", order.passage);
  change.set("file_hash", out.file_hash).set("asked_cents", out.asked_cents);
  if (!registered_no.empty()) change.set("registered_no", registered_no);
  return change.take();
}

std::string word_of(sql::Connection& db, std::string_view column, const Id& letter) {
  return sql::text(db, "SELECT " + std::string(column) + " FROM letter WHERE id = ?1", letter).value_or("");
}

}  // namespace

PreparedLetter prepare_letter(sql::Connection& db, const LetterOrder& order, CivilDate today) {
  CaseForLetters read = read_case(db, order, today);
  const auto creditor = sql::id(db, "SELECT creditor_id FROM case_file WHERE id = ?1", order.case_id);
  PreparedLetter out{
      .facts = read.facts, .text = {}, .pattern = letter_template(db, order.kind, creditor, today)};
  out.facts.number = kDraftNumber;
  FilledLetter filled = fill_letter(out.pattern.title, out.pattern.body, out.facts);
  if (filled.fault)
    throw Failure(Code::refused, "The template in force has a fault at `" + filled.fault->field +
                                     "`: publish a version without it.");
  out.text = std::move(filled.text);
  look_for_obstacles(read, today, letter_periods(db, today), out);
  look_for_receipt(db, order, out);
  warn(read, out);
  return out;
}

IssuedLetter issue_letter(Ledger& ledger, const Author& author, LetterOrder order, CivilDate today,
                          const std::optional<Id>& draft, const std::string& registered_no) {
  sql::Connection& db = ledger.db();
  std::vector<Draft> drafts = drafts_of(db, order);
  if (draft)
    std::stable_partition(drafts.begin(), drafts.end(), [&](const Draft& one) { return one.id == *draft; });
  if (draft && (drafts.empty() || drafts.front().id != *draft))
    throw Failure(Code::not_found,
                  "There is no such draft of that kind on the case; `relance-server letters` shows them.");
  const bool from_draft = !drafts.empty() && (draft || takes_the_place_of_drafts(order.kind));
  if (from_draft) {
    if (order.passage.empty()) order.passage = drafts.front().passage;
    if (!order.subject_id) order.subject_id = drafts.front().subject_id;
  }
  PreparedLetter made = prepare_letter(db, order, today);
  IssuedLetter out{.warnings = made.warnings};
  if (!made.obstacles.empty()) {
    out.obstacles = std::move(made.obstacles);
    // A draft that came when its level had gone out already: it never will.
    const bool is_late = out.obstacles.front().code == name_of(LetterBar::already_sent);
    std::vector<sync::Op> late;
    for (const Draft& one : drafts)
      if (is_late) {
        late.push_back(superseding(db, one.id));
        out.superseded.push_back(one.id.text());
      }
    if (!late.empty()) write(ledger, author, "letter.supersede", std::move(late));
    return out;
  }
  const bool is_receipt = order.kind == LetterKind::receipt;
  LetterNumbers numbers(db, is_receipt ? LetterNumbers::Series::receipt : LetterNumbers::Series::letter,
                        iso_text(today));
  // A receipt's draft bears its number already: it was given with the payment.
  const bool is_numbered = from_draft && !drafts.front().number.empty();
  out.number = is_numbered ? drafts.front().number : numbers.next();
  if (!is_numbered) numbers.save();
  made.facts.number = out.number;
  made.text = fill_letter(made.pattern.title, made.pattern.body, made.facts).text;
  const std::string content = letter_pdf(made.facts, made.text);
  store_file(ledger, order.case_id, content);

  out.id = from_draft ? drafts.front().id : ledger.random().row_id(ledger.now());
  out.file_hash = hex(bytes_of(sha256(content)));
  out.asked_cents = asks_for_payment(order.kind) ? made.text.asked_cents : 0;
  std::vector<sync::Op> ops{issue_op(db, order, made, out, !from_draft, registered_no)};
  if (takes_the_place_of_drafts(order.kind) && !is_receipt)
    for (std::size_t i = from_draft ? 1 : 0; i < drafts.size(); ++i) {
      ops.push_back(superseding(db, drafts[i].id));
      out.superseded.push_back(drafts[i].id.text());
    }
  write(ledger, author, "letter.issue", std::move(ops));
  ledger.concern({.case_id = order.case_id, .debtor_id = std::nullopt});
  ledger.audit(author, "letter.issue", out.number + " " + out.file_hash);
  return out;
}

void mark_sent(Ledger& ledger, const Author& author, const Id& letter, CivilDate on) {
  require_past(ledger, on);
  sql::Connection& db = ledger.db();
  Change change(db, "letter", letter);
  const std::string state = change.word("state");
  if (state != "issued")
    throw Failure(Code::refused,
                  "Only a letter that is issued and not sent yet can be sent; this one is " + state + ".");
  const auto issued_on = parse_civil_date(change.word("issued_on"));
  if (issued_on && on < *issued_on)
    throw Failure(Code::refused, "A letter is not sent before its issue on " + iso_text(*issued_on) + ".");
  std::vector<sync::Op> ops{change.set("state", std::string("sent")).set("sent_on", iso_text(on)).take()};
  const auto kind = parse_letter_kind(change.word("kind"));
  const Id case_id = std::get<Id>(change.now("case_id"));
  if (kind && asks_for_payment(*kind)) {
    // Of two of one level one goes out: what else waits at that level never will.
    sql::Query others(
        db,
        "SELECT id FROM letter WHERE case_id = ?1 AND kind = ?2 AND id <> ?3 AND state IN ('draft', "
        "'proposed', 'issued') ORDER BY id",
        case_id, name_of(*kind), letter);
    while (others.next()) ops.push_back(superseding(db, others.id(0)));
  }
  if (kind == LetterKind::formal_notice) {
    Change stage(db, "case_file", case_id);
    const std::string now = stage.word("stage");
    if (now == "pre_due" || now == "amicable")
      ops.push_back(stage.set("stage", std::string("formal_notice")).take());
  }
  write(ledger, author, "letter.sent", std::move(ops));
}

void track_letter(Ledger& ledger, const Author& author, const Id& letter, const std::string& tracking,
                  CivilDate on) {
  require_past(ledger, on);
  sql::Connection& db = ledger.db();
  Change change(db, "letter", letter);
  const std::string state = change.word("state");
  if (state != "sent" && state != "delivered" && state != "returned")
    throw Failure(Code::refused, "The post speaks of letters that were sent; this one is " + state + ".");
  if (const std::string sent_on = change.word("sent_on"); iso_text(on) < sent_on)
    throw Failure(Code::refused, "The letter was sent on " + sent_on + ": the post says nothing of it on " +
                                     iso_text(on) + ". Nothing was stored.");
  const bool is_back = tracking == "unknown_there" || tracking == "refused" || tracking == "unclaimed";
  const std::string after = is_back ? "returned" : tracking == "received" ? "delivered" : state;
  change.set("tracking", tracking).set("tracked_on", iso_text(on)).set("state", after);
  if (change.is_empty()) return;  // said before
  const Id case_id = std::get<Id>(change.now("case_id"));
  std::vector<sync::Op> ops{change.take()};
  if (tracking == "unknown_there") {
    // Whoever holds the case looks for the new address; nobody, when nobody does.
    const auto holder =
        sql::id(db,
                "SELECT staff_id FROM assignment WHERE case_id = ?1 AND valid_to IS NULL ORDER BY "
                "created_at DESC LIMIT 1",
                case_id);
    OpDraft task(sync::OpKind::insert, "task", ledger.random().row_id(ledger.now()));
    task.set("case_id", case_id).set("kind", "follow_up").set("due_on", iso_text(on));
    task.set("title", "Adresse à rechercher : courrier " + word_of(db, "number", letter) + " revenu (NPAI)");
    if (holder) task.set("assignee_id", *holder);
    ops.push_back(task.take());
  }
  write(ledger, author, "letter.track", std::move(ops));
}

Id find_letter(sql::Connection& db, const std::string& number_or_id) {
  if (const auto id = sql::id(db, "SELECT id FROM letter WHERE number = ?1", number_or_id)) return *id;
  if (const auto id = Id::parse(number_or_id))
    if (const auto found = sql::id(db, "SELECT id FROM letter WHERE id = ?1", *id)) return *found;
  throw Failure(Code::not_found, "There is no letter of that number; `relance-server letters` lists them.");
}

std::string letter_file(sql::Connection& db, const Id& letter) {
  const std::string hash = word_of(db, "coalesce(file_hash, '')", letter);
  const auto raw = unhex(hash);
  if (hash.empty() || !raw) throw Failure(Code::not_found, "This letter is not issued: it has no file yet.");
  sql::Query q(db, "SELECT content FROM stored_file WHERE hash = ?1", Bytes{*raw});
  if (!q.next()) throw Failure(Code::not_found, "The file of this letter is not stored any more.");
  std::string content = q.text(0);
  if (hex(bytes_of(sha256(content))) != hash)
    throw Failure(Code::corrupt, "The stored file of this letter is damaged: restore it from a backup.");
  return content;
}

std::string bar_sentence(LetterBar bar, const LetterStanding& standing) {
  switch (bar) {
    case LetterBar::none: return {};
    case LetterBar::dunning_stopped: {
      std::string out(sentence_of(standing.stops.front().reason));
      if (standing.stops.front().until) out += " Until " + iso_text(*standing.stops.front().until) + ".";
      return out;
    }
    case LetterBar::deceased: return "The debtor is deceased: nothing is asked by a letter of this kind.";
    case LetterBar::protected_adult:
      return "The debtor is protected: the guardian is written to, by a letter of another kind.";
    case LetterBar::no_mandate:
      return "No written mandate of the creditor is in force, and an agency needs one (CPCE R124-3).";
    case LetterBar::unknown_debtor: return "Nobody has said yet what the debtor is: set debtor.kind first.";
    case LetterBar::identity_in_review: return "The debtor's identity is in conflict: resolve it first.";
    case LetterBar::no_statutory_letter:
      return "The statutory letter (agency_notice) has to be sent before any other step (CPCE R124-4).";
    case LetterBar::already_sent: return "A letter of this level was sent already for these debts.";
    case LetterBar::nothing_asked: return "Nothing is open that is not contested.";
    case LetterBar::not_due: return "No claim is at the point at which this letter is written.";
  }
  return {};
}

std::vector<CaseDueLetter> letters_due(sql::Connection& db, CivilDate today, bool with_barred) {
  const LetterPeriods periods = letter_periods(db, today);
  std::vector<CaseDueLetter> out;
  std::vector<std::pair<Id, CaseDueLetter>> cases;
  sql::Query q(db,
               "SELECT c.id, c.number, k.name, coalesce(d.legal_name, d.trade_name, '') FROM case_file c "
               "JOIN creditor k"
               " ON k.id = c.creditor_id JOIN debtor d ON d.id = c.debtor_id WHERE c.stage <> 'closed' ORDER "
               "BY c.number");
  while (q.next())
    cases.push_back({q.id(0), {.case_number = q.text(1), .creditor = q.text(2), .debtor = q.text(3)}});
  for (auto& [id, one] : cases) {
    const LetterStanding standing = read_standing(db, id, today);
    one.due = letter_due(standing, today, periods);
    if (!one.due.kind) continue;
    one.why_not = bar_sentence(one.due.bar, standing);
    if (one.due.bar == LetterBar::none || with_barred) out.push_back(std::move(one));
  }
  std::stable_partition(out.begin(), out.end(),
                        [](const CaseDueLetter& one) { return one.due.bar == LetterBar::none; });
  return out;
}

}  // namespace relance::server
