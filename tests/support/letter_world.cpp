#include "tests/support/letter_world.h"

#include "server/default_letters.h"
#include "server/op_draft.h"
#include "tests/test.hpp"

namespace relance::test {

LetterWorld::LetterWorld() {
  author = {.staff_id = office.system(), .role = schema::office};
  if (office.count("SELECT count(*) FROM letter_template") == 0)
    for (const auto& one : server::default_letters())
      REQUIRE(
          office.edit(author.staff_id, {server::default_letter_op(one, random.row_id(clock.now()))}).status ==
          sync::Status::applied);
  for (const auto& [code, amount] : std::map<std::string, std::int64_t>{{"pre_due_from_days", 10},
                                                                        {"pre_due_until_days", 3},
                                                                        {"reminder_gap_days", 10},
                                                                        {"indemnity_cents", 4000},
                                                                        {"promise_grace_days", 3},
                                                                        {"small_claim_months", 1},
                                                                        {"interest_pays_day", 1},
                                                                        {"year_days", 365}})
    row("dated_rule", {{"code", code}, {"valid_from", std::string("2020-01-01")}, {"amount", amount}});
  for (const std::string kind : {"trade_default", "legal_other"})
    row("rate", {{"kind", kind},
                 {"valid_from", std::string("2020-01-01")},
                 {"valid_to", std::string("2029-12-31")},
                 {"basis_points", std::int64_t{kind == "trade_default" ? 1000 : 300}}});
  row("sender", {{"name", std::string("Cabinet Martin")},
                 {"address_line", std::string("12 rue de la République")},
                 {"postcode", std::string("69002")},
                 {"city", std::string("Lyon")},
                 {"siren", std::string("123456782")},
                 {"phone", std::string("04 00 00 00 01")},
                 {"pay_to", std::string("virement sur le compte FR76 1111 2222 3333 4444 5555 666")},
                 {"insurance_ref", std::string("RC 4711")},
                 {"account_ref", std::string("compte affecté 0815")},
                 {"declared_on", std::string("2019-03-04")},
                 {"privacy_contact", std::string("donnees@martin.invalid")}});
  change("creditor", creditor,
         {{"address_line", std::string("1 place Grenette")},
          {"postcode", std::string("38000")},
          {"city", std::string("Grenoble")}});
  debtor = office.add_debtor("Boulangerie Œuvrard");
  change("debtor", debtor, {{"kind", std::string("company")}, {"b2c", std::string("no")}});
  row("contact_point", {{"debtor_id", debtor},
                        {"type", std::string("post")},
                        {"value", std::string("3 quai des Étroits")},
                        {"postcode", std::string("69005")},
                        {"city", std::string("Lyon")},
                        {"source", std::string("facture")},
                        {"status", std::string("valid")}});
  case_id = office.add_case(creditor, debtor, "D-000001");
}

Id LetterWorld::row(std::string_view table, const Cells& cells) {
  const Id id = random.row_id(clock.now());
  std::vector<std::pair<std::string, Value>> list(cells.begin(), cells.end());
  server::OpDraft draft(sync::OpKind::insert, table, id);
  for (const auto& [column, value] : list) draft.set(column, value);
  const auto outcome = office.edit(author.staff_id, {draft.take()});
  INFO(table << ": " << outcome.reason);
  REQUIRE(outcome.status == sync::Status::applied);
  return id;
}

void LetterWorld::change(std::string_view table, const Id& id, const Cells& cells) {
  server::OpDraft draft(sync::OpKind::update, table, id);
  for (const auto& [column, value] : cells) draft.set(column, value, office.value(table, id, column));
  REQUIRE(office.edit(author.staff_id, {draft.take()}).status != sync::Status::refused);
}

Id LetterWorld::entry(std::int64_t cents, const std::string& kind, const std::string& piece) {
  return row("entry", {{"case_id", case_id},
                       {"kind", kind},
                       {"account", std::string("411000")},
                       {"amount_cents", cents},
                       {"booked_on", std::string("2026-09-01")},
                       {"piece_ref", piece}});
}

Id LetterWorld::invoice(std::int64_t cents, const std::string& due_on, const std::string& piece) {
  const Id booked = entry(cents, "invoice", piece);
  return row("claim", {{"case_id", case_id},
                       {"piece_ref", piece},
                       {"issued_on", std::string("2026-08-01")},
                       {"due_on", due_on},
                       {"gross_cents", cents},
                       {"entry_id", booked}});
}

Id LetterWorld::agency() {
  return row("mandate", {{"creditor_id", creditor},
                         {"capacity", std::string("agency")},
                         {"signed_on", std::string("2025-01-01")},
                         {"valid_from", std::string("2025-01-01")},
                         {"power_to_receive", std::int64_t{1}}});
}

server::PreparedLetter LetterWorld::prepared(LetterKind kind, CivilDate on) {
  const sql::Transaction snapshot(office.db(), sql::Access::read);
  return server::prepare_letter(office.db(), {.case_id = case_id, .kind = kind}, on);
}

server::IssuedLetter LetterWorld::issue(LetterKind kind, CivilDate on, const std::optional<Id>& subject) {
  server::Ledger::Work work(office.ledger());
  auto out = server::issue_letter(office.ledger(), author,
                                  {.case_id = case_id, .kind = kind, .subject_id = subject}, on);
  work.commit();
  return out;
}

server::IssuedLetter LetterWorld::send(LetterKind kind, CivilDate on) {
  auto out = issue(kind, on);
  INFO(codes(out.obstacles));
  REQUIRE(out.obstacles.empty());
  sent(out.id, on);
  return out;
}

// Nothing is told of a day that has not come: the world's clock goes there first, if it is near.
void LetterWorld::reach(CivilDate day) {
  constexpr Ms kDayMs = 24LL * 3600 * 1000;
  const Ms noon = days_between({1970, 1, 1}, day) * kDayMs + kDayMs / 2;
  if (clock.now() < noon && noon - clock.now() < 60 * kDayMs) clock.set(noon);
}

void LetterWorld::sent(const Id& letter, CivilDate on) {
  reach(on);
  server::Ledger::Work work(office.ledger());
  server::mark_sent(office.ledger(), author, letter, on);
  work.commit();
}

void LetterWorld::track(const Id& letter, const std::string& tracking, CivilDate on) {
  reach(on);
  server::Ledger::Work work(office.ledger());
  server::track_letter(office.ledger(), author, letter, tracking, on);
  work.commit();
}

std::string LetterWorld::state_of(const Id& letter) {
  return std::get<std::string>(office.value("letter", letter, "state"));
}

std::string LetterWorld::codes(const std::vector<server::LetterObstacle>& obstacles) {
  std::string out;
  for (const auto& one : obstacles) {
    out += (out.empty() ? "" : " ") + one.code;
    for (const std::string& detail : one.details) out += ":" + detail;
  }
  return out;
}

}  // namespace relance::test
