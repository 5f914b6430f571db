// Events, their tasks, and the gazette's notices. See insolvency.h.
#include "server/insolvency.h"

#include "host/dated_rules.h"
#include "host/failure.h"
#include "rules/insolvency.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

constexpr std::string_view kIntent = "insolvency";

// Agents read it in their list, so it is in their language. The notice ties the task to its event.
std::string task_title(const InsolvencyFacts& facts) {
  return "Déclaration de créance" + (facts.notice_ref.empty() ? std::string() : " " + facts.notice_ref);
}

std::string text_of(sql::Connection& db, std::string_view column, const Id& event_id) {
  return sql::text(db, "SELECT " + std::string(column) + " FROM insolvency_event WHERE id = ?1", event_id)
      .value_or("");
}

class Bodacc {
 public:
  Bodacc(Ledger& ledger, const Author& author) : db_(ledger.db()), writer_(ledger, author) {}

  BodaccReport take(const BodaccFile& file) {
    report_.records = static_cast<std::int64_t>(file.records);
    report_.notices = static_cast<std::int64_t>(file.notices.size());
    for (const BodaccNotice& notice : file.notices) {
      if (notice.kind == BodaccNotice::Kind::cancellation)
        cancel(notice);
      else
        for (const std::string& siren : notice.sirens) announce(notice, siren);
      writer_.flush();  // what follows in the file reads what this notice did
    }
    return std::move(report_);
  }

 private:
  void look_at(const BodaccNotice& notice, std::string_view why) {
    report_.to_look_at.push_back(notice.ref + " of " + iso_text(notice.published_on) + ": " +
                                 std::string(why));
  }

  void cancel(const BodaccNotice& notice) {
    const std::string& ref = notice.replaces.empty() ? notice.ref : notice.replaces;
    bool is_known = false;
    for (const auto& [event, siren] : events_of(ref)) {
      is_known = true;
      report_.events_cancelled += writer_.cancel(event);
    }
    if (!is_known && !debtors_of(notice).empty())
      look_at(notice, "it cancels " + ref + ", which is not stored");
  }

  void announce(const BodaccNotice& notice, const std::string& siren) {
    const std::vector<Id> debtors = debtors_of(siren);
    if (debtors.empty()) {
      ++report_.companies_unknown;
      return;
    }
    const std::string nature = plain_words(notice.nature);
    const JudgmentMeaning meaning = meaning_of(nature, plain_words(notice.complement));
    if (meaning == JudgmentMeaning::none || meaning == JudgmentMeaning::ended) {
      ++report_.notices_without_effect;
      if (meaning == JudgmentMeaning::ended) look_at(notice, "the proceedings ended (" + notice.nature + ")");
      return;
    }
    for (const Id& debtor : debtors) add(notice, debtor, facts_of(notice, nature, meaning));
  }

  [[nodiscard]] InsolvencyFacts facts_of(const BodaccNotice& notice, const std::string& nature,
                                         JudgmentMeaning meaning) {
    InsolvencyFacts facts{.kind = std::string(name_of(meaning)),
                          .judged_on = notice.judged_on,
                          .published_on = notice.published_on,
                          .notice_ref = notice.ref,
                          .court = notice.court,
                          .officer = notice.officer};
    if (opens_period(nature))
      facts.declare_by =
          proof_deadline(notice.published_on, proof_months(db_, notice.published_on, false)).in_law;
    return facts;
  }

  // A correction takes the place of what it corrects. Whether it gives more time is not settled, so the first last
  // day stands; what was declared stays declared.
  void add(const BodaccNotice& notice, const Id& debtor, InsolvencyFacts facts) {
    std::optional<CivilDate> declared;
    if (notice.kind == BodaccNotice::Kind::correction && !notice.replaces.empty()) {
      const auto before = sql::id(
          db_, "SELECT id FROM insolvency_event WHERE debtor_id = ?1 AND notice_ref = ?2 AND cancelled = 0",
          debtor, notice.replaces);
      if (before) {
        const auto first = parse_civil_date(text_of(db_, "declare_by_on", *before));
        if (first && (!facts.declare_by || *first < *facts.declare_by)) facts.declare_by = first;
        declared = parse_civil_date(text_of(db_, "declared_on", *before));
        if (is_new(debtor, facts.notice_ref)) report_.events_replaced += writer_.cancel(*before);
      }
    }
    const auto event = writer_.add(debtor, facts);
    ++(event ? report_.events_added : report_.events_known);
    writer_.flush();
    if (event && declared) writer_.declare(*event, *declared);
  }

  [[nodiscard]] bool is_new(const Id& debtor, const std::string& ref) {
    return !sql::id(db_, "SELECT id FROM insolvency_event WHERE debtor_id = ?1 AND notice_ref = ?2", debtor,
                    ref);
  }

  [[nodiscard]] std::vector<std::pair<Id, std::string>> events_of(const std::string& ref) {
    std::vector<std::pair<Id, std::string>> out;
    sql::Query q(
        db_,
        "SELECT e.id, coalesce(d.siren, '') FROM insolvency_event e JOIN debtor d ON d.id = e.debtor_id"
        " WHERE e.notice_ref = ?1 ORDER BY e.id",
        ref);
    while (q.next()) out.emplace_back(q.id(0), q.text(1));
    return out;
  }

  [[nodiscard]] std::vector<Id> debtors_of(const std::string& siren) {
    std::vector<Id> out;
    sql::Query q(db_, "SELECT id FROM debtor WHERE siren = ?1 ORDER BY id", siren);
    while (q.next()) out.push_back(q.id(0));
    return out;
  }
  [[nodiscard]] std::vector<Id> debtors_of(const BodaccNotice& notice) {
    std::vector<Id> out;
    for (const std::string& siren : notice.sirens)
      for (const Id& id : debtors_of(siren)) out.push_back(id);
    return out;
  }

  sql::Connection& db_;
  InsolvencyWriter writer_;
  BodaccReport report_;
};

}  // namespace

InsolvencyWriter::InsolvencyWriter(Ledger& ledger, const Author& author)
    : ledger_(ledger),
      author_(author),
      ids_(ledger.random(), ledger.now()),
      edits_(ledger, author_, std::string(kIntent)) {}

std::optional<Id> InsolvencyWriter::add(const Id& debtor_id, const InsolvencyFacts& facts) {
  if (!facts.notice_ref.empty() &&
      sql::id(ledger_.db(), "SELECT id FROM insolvency_event WHERE debtor_id = ?1 AND notice_ref = ?2",
              debtor_id, facts.notice_ref))
    return std::nullopt;
  const Id id = ids_.next();
  OpDraft draft(sync::OpKind::insert, "insolvency_event", id);
  draft.set("debtor_id", debtor_id).set("kind", facts.kind).set("notice_ref", facts.notice_ref);
  draft.set("court", facts.court).set("officer", facts.officer);
  if (facts.judged_on) draft.set("judged_on", iso_text(*facts.judged_on));
  if (facts.published_on) draft.set("published_on", iso_text(*facts.published_on));
  if (facts.declare_by) draft.set("declare_by_on", iso_text(*facts.declare_by));
  edits_.add(draft.take());
  add_tasks(debtor_id, facts);
  return id;
}

void InsolvencyWriter::add_tasks(const Id& debtor_id, const InsolvencyFacts& facts) {
  if (!facts.declare_by) return;
  sql::Query q(ledger_.db(),
               "SELECT id FROM case_file WHERE debtor_id = ?1 AND stage <> 'closed' ORDER BY id", debtor_id);
  while (q.next())
    edits_.add(OpDraft(sync::OpKind::insert, "task", ids_.next())
                   .set("case_id", q.id(0))
                   .set("kind", "other")
                   .set("title", task_title(facts))
                   .set("due_on", iso_text(*facts.declare_by))
                   .set("legal", std::int64_t{1})
                   .take());
}

std::vector<Id> InsolvencyWriter::open_tasks(const Id& event_id) {
  std::vector<Id> out;
  const std::string title = task_title({.notice_ref = text_of(ledger_.db(), "notice_ref", event_id)});
  sql::Query q(ledger_.db(),
               "SELECT t.id FROM task t JOIN case_file c ON c.id = t.case_id"
               " JOIN insolvency_event e ON e.debtor_id = c.debtor_id"
               " WHERE e.id = ?1 AND t.title = ?2 AND t.legal = 1 AND t.state = 'todo' AND t.withdrawn = 0"
               " ORDER BY t.id",
               event_id, title);
  while (q.next()) out.push_back(q.id(0));
  return out;
}

bool InsolvencyWriter::cancel(const Id& event_id) {
  if (sql::number(ledger_.db(), "SELECT cancelled FROM insolvency_event WHERE id = ?1", event_id) != 0)
    return false;
  for (const Id& task : open_tasks(event_id))
    edits_.add(OpDraft(sync::OpKind::update, "task", task)
                   .set("withdrawn", std::int64_t{1}, std::int64_t{0})
                   .set("result", "Publication annulée")
                   .take());
  edits_.add(OpDraft(sync::OpKind::update, "insolvency_event", event_id)
                 .set("cancelled", std::int64_t{1}, std::int64_t{0})
                 .take());
  edits_.flush();
  return true;
}

void InsolvencyWriter::declare(const Id& event_id, CivilDate on) {
  const std::string before = text_of(ledger_.db(), "declared_on", event_id);
  for (const Id& task : open_tasks(event_id))
    edits_.add(OpDraft(sync::OpKind::update, "task", task)
                   .set("state", Value{std::string("done")}, Value{std::string("todo")})
                   .set("result", "Déclarée le " + iso_text(on))
                   .take());
  edits_.add(OpDraft(sync::OpKind::update, "insolvency_event", event_id)
                 .set("declared_on", Value{iso_text(on)}, before.empty() ? Value{Null{}} : Value{before})
                 .take());
  edits_.flush();
}

std::int64_t proof_months(sql::Connection& db, CivilDate published_on, bool is_abroad) {
  return dated_amount(db, is_abroad ? "proof_of_claim_abroad_months" : "proof_of_claim_months",
                      iso_text(published_on));
}

BodaccReport take_bodacc(Ledger& ledger, const Author& author, const BodaccFile& file) {
  if (!file.problems.empty())
    throw Failure(Code::bad_file, "The file has " + file.problems.front() +
                                      (file.problems.size() > 1 ? " (and more)" : "") +
                                      ". Nothing was stored.");
  return Bodacc(ledger, author).take(file);
}

}  // namespace relance::server
