// Letters from an agent's side: drafts for the office to issue, the files of those that were issued, and the slip for a
// payment that was declared.
#include <boost/json.hpp>

#include "client/agent_work.h"
#include "client/commands.h"
#include "client/office_link.h"
#include "host/digest.h"
#include "host/files.h"
#include "rules/letter_kind.h"
#include "rules/receipt_slip.h"
#include "sync/json.h"
#include "sync/limits.h"

namespace relance::client {
namespace {

constexpr mode_t kPrivate = 0600;

LetterKind named_kind(const Desk& desk, const std::string& word) {
  const auto kind = parse_letter_kind(word);
  // Receipts are made with the payments that they are for, by the office alone.
  if (kind && *kind != LetterKind::receipt) return *kind;
  throw desk.failure(Code::usage, Text::no_such_letter_kind, {word});
}

std::string fetch(Desk& desk, const std::string& hash) {
  OfficeLink link(desk.home(), desk.data_key(), desk.clock());
  const WireAnswer answer = link.exchange({"/v1/file", "{\"hash\":\"" + hash + "\"}"});
  if (answer.status == facts_of(Code::not_found).http_status)
    throw desk.failure(Code::not_found, Text::no_such_file);
  if (answer.status != 200) throw failure_of(answer);
  const auto parsed = sync::parse_json(answer.body);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto content = object == nullptr ? std::nullopt : sync::text_member(*object, "content");
  auto bytes = content ? unhex(*content) : std::nullopt;
  if (!bytes) throw Failure(Code::protocol, std::string(facts_of(Code::protocol).sentence));
  if (hex(bytes_of(sha256(*bytes))) != hash) throw desk.failure(Code::corrupt, Text::file_is_another);
  return std::move(*bytes);
}

void tell_file(const Desk& desk, const std::string& out, std::size_t size) {
  if (desk.json()) print_json(boost::json::object{{"file", out}, {"size_bytes", size}});
  desk.tell(desk.words(Text::file_saved, {out}));
}

SlipFacts slip_facts(const Desk& desk, sql::Connection& db, const Id& payment, const std::string& today) {
  sql::Query q(
      db,
      "SELECT p.amount_cents, coalesce(p.paid_on, ''), coalesce(p.means, ''), c.id, c.number,"
      " coalesce(k.name, ''), coalesce(d.legal_name, d.trade_name, ''), coalesce(s.name, '')"
      " FROM payment p JOIN case_file c ON c.id = p.case_id LEFT JOIN creditor k ON k.id = c.creditor_id"
      " LEFT JOIN debtor d ON d.id = c.debtor_id LEFT JOIN staff s ON s.id = p.created_by WHERE p.id = ?1",
      payment);
  if (!q.next()) throw desk.failure(Code::not_found, Text::no_such_payment);
  SlipFacts out{
      .sender = sql::text(db, "SELECT name FROM sender ORDER BY created_at DESC LIMIT 1").value_or(""),
      .creditor = q.text(5),
      .debtor = q.text(6),
      .case_number = q.text(4),
      .agent = q.text(7),
      .payment = {.cents = q.integer(0), .on = parse_civil_date(q.view(1)), .means = q.text(2)},
      .payment_ref = payment.text(),
      .made_on = *parse_civil_date(today)};
  sql::Query first(
      db,
      "SELECT number, coalesce(sent_on, issued_on) FROM letter WHERE case_id = ?1 AND kind = 'agency_notice'"
      " AND state IN ('sent', 'delivered', 'returned') AND tracking <> 'unknown_there' AND number IS NOT NULL"
      " ORDER BY 2, id LIMIT 1",
      q.id(3));
  if (first.next())
    if (const auto on = parse_civil_date(first.view(1))) out.statutory = StatutoryLetter{first.text(0), *on};
  return out;
}

}  // namespace

int run_letter_propose(Desk& desk, const std::string& case_number, const std::string& kind,
                       const std::string& passage, bool keep_note) {
  const std::string_view word = name_of(named_kind(desk, kind));
  OpenReplica open = desk.open(Home::Use::write);
  const Id case_id = desk.case_named(*open.db, case_number);
  AgentWork work(open.replica, *open.db, desk.random(), open.replica.today());
  const Work outcome = work.propose_letter(case_id, word, {passage, keep_note});
  if (const auto* refusal = std::get_if<WorkRefusal>(&outcome))
    return desk.refuse(refusal->code, refusal_text(desk.lang(), *refusal));
  const Recorded& done = std::get<Recorded>(outcome);
  if (!done.flags.empty()) say(desk.words(Text::note_kept, {flags_text(desk.lang(), done.flags)}));
  if (desk.json()) print_json(boost::json::object{{"id", done.row.text()}, {"n", done.n}});
  desk.tell(done.row.text());
  return 0;
}

int run_letter_file(Desk& desk, const std::string& number, const std::string& out) {
  std::string hash;
  {
    OpenReplica open = desk.open(Home::Use::read);
    sql::Query q(*open.db, "SELECT coalesce(file_hash, '') FROM letter WHERE number = ?1 OR id = ?2", number,
                 Id::parse(number));
    if (!q.next()) throw desk.failure(Code::not_found, Text::no_such_letter);
    hash = q.text(0);
  }
  if (hash.empty()) throw desk.failure(Code::not_found, Text::letter_not_issued);
  const std::string content = fetch(desk, hash);
  write_file_durably(out, content, kPrivate);
  tell_file(desk, out, content.size());
  return 0;
}

int run_receipt_slip(Desk& desk, const std::string& payment, const std::string& out) {
  OpenReplica open = desk.open(Home::Use::read);
  const auto id = Id::parse(payment);
  if (!id) throw desk.failure(Code::not_found, Text::no_such_payment);
  const std::string slip = provisional_slip(slip_facts(desk, *open.db, *id, open.replica.today()));
  write_file_durably(out, slip, kPrivate);
  tell_file(desk, out, slip.size());
  return 0;
}

}  // namespace relance::client
