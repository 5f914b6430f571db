// Letters between laptop and office: drafts that travel, files that only their holder may fetch, receipts without gaps.
#include <boost/json.hpp>

#include "host/digest.h"
#include "rules/receipt_slip.h"
#include "sync/codec.h"
#include "sync/json.h"
#include "tests/support/letter_world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

std::string body(const std::string& hash) { return "{\"hash\":\"" + hash + "\"}"; }

}  // namespace

TEST_CASE("R18: the file of a letter goes to whoever holds the case, and looks absent to everybody else",
          "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const Id paul = w.office.add_staff("paul", "agent"), lea = w.office.add_staff("lea", "agent"),
           nadia = w.office.add_staff("nadia", "clerk");
  w.office.assign(w.case_id, paul);
  const auto his = w.add_device(paul), hers = w.add_device(lea), clerks = w.add_device(nadia);
  const IssuedLetter letter = w.issue(LetterKind::reminder_1);
  for (const auto& device : {his.get(), hers.get(), clerks.get()}) device->sync();
  const auto number =
      sql::text(his->db(), "SELECT number FROM letter WHERE file_hash = ?1", letter.file_hash);
  CHECK(number == "L-2026-000001");
  const auto answer = his->deliver({"/v1/file", body(letter.file_hash)});
  REQUIRE(answer.status == 200);
  const auto content = unhex(boost::json::parse(answer.body).at("content").as_string());
  REQUIRE(content);
  CHECK(hex(bytes_of(sha256(*content))) == letter.file_hash);
  // The bytes are in no replica.
  CHECK(sql::number(his->db(), "SELECT count(*) FROM sqlite_master WHERE name = 'stored_file'") == 0);

  const auto absent = hers->deliver({"/v1/file", body(std::string(64, 'a'))});
  CHECK(absent.status == 404);
  for (const auto& device : {hers.get(), clerks.get()}) {
    const auto hidden = device->deliver({"/v1/file", body(letter.file_hash)});
    CHECK(hidden.status == 404);
    CHECK(hidden.body == absent.body);
  }
  // A row of her own case that names the hash of another's letter opens nothing.
  const World::CaseIds other = w.add_case();
  w.office.assign(other.case_id, lea);
  hers->sync();
  hers->edit(
      {insert_op("document", w.random.row_id(w.clock.now()),
                 {{"case_id", other.case_id}, {"name", std::string("x")}, {"file_hash", letter.file_hash}})});
  hers->sync();
  CHECK(hers->deliver({"/v1/file", body(letter.file_hash)}).status == 404);

  w.office.unassign(w.case_id, paul);
  CHECK(his->deliver({"/v1/file", body(letter.file_hash)}).status == 404);
  for (const char* damaged : {"", "{}", "[]", "{\"hash\":\"zz\"}", "{\"hash\":\"aa\"}", "{\"hash\":3}"})
    CHECK(his->deliver({"/v1/file", damaged}).status == 400);
}

TEST_CASE("R18: a draft made offline is issued by the office; drafting is all that an agent may do",
          "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const Id paul = w.office.add_staff("paul", "agent");
  w.office.assign(w.case_id, paul);
  const auto laptop = w.add_device(paul);
  laptop->sync();
  const Id draft = w.random.row_id(w.clock.now());
  laptop->edit({insert_op("letter", draft,
                          {{"case_id", w.case_id},
                           {"kind", std::string("reminder_1")},
                           {"passage", std::string("Suite à notre appel de ce matin.")}})});
  CHECK(laptop->value("letter", draft, "state") == Value{std::string("draft")});
  for (const char* column : {"number", "file_hash", "sent_on"})
    CHECK(laptop->try_edit({update_op("letter", draft, {{column, std::string("2026-11-21")}})}).has_value());
  CHECK(laptop->try_edit({update_op("letter", draft, {{"state", std::string("issued")}})}).has_value());
  laptop->sync();
  CHECK(w.issue(LetterKind::reminder_1).id == draft);
  laptop->sync();
  CHECK(laptop->value("letter", draft, "state") == Value{std::string("issued")});
  CHECK(laptop->value("letter", draft, "number") == Value{std::string("L-2026-000001")});
}

TEST_CASE("R40: the receipts of what three offline clients declared have no gap", "[R40][letters]") {
  LetterWorld w;
  std::vector<std::unique_ptr<TestDevice>> laptops;
  std::vector<Id> cases;
  for (const char* name : {"paul", "lea", "omar"}) {
    const Id staff = w.office.add_staff(name, "agent");
    cases.push_back(w.add_case().case_id);
    w.office.assign(cases.back(), staff);
    laptops.push_back(w.add_device(staff));
    laptops.back()->sync();
  }
  for (int round = 0; round < 3; ++round)
    for (std::size_t i = 0; i < laptops.size(); ++i)
      laptops[i]->edit({insert_op("payment", w.random.row_id(w.clock.now()),
                                  {{"case_id", cases[i]}, {"amount_cents", std::int64_t{1'000 + round}}})});
  for (const auto& laptop : {laptops[2].get(), laptops[0].get(), laptops[1].get()}) laptop->sync();
  // An agent numbers nothing; the office receives each payment and answers with its receipt.
  CHECK(w.office.count("SELECT count(*) FROM letter") == 0);
  std::vector<std::pair<Id, Id>> declared;
  {
    sql::Query q(w.office.db(), "SELECT id, case_id FROM payment ORDER BY id");
    while (q.next()) declared.emplace_back(q.id(0), q.id(1));
  }
  REQUIRE(declared.size() == 9);
  for (std::size_t i = 0; i < declared.size(); ++i) {
    w.case_id = declared[i].second;
    const Id received = w.row("payment", {{"case_id", w.case_id},
                                          {"amount_cents", std::int64_t{1'000}},
                                          {"state", std::string("received")},
                                          {"amends_id", declared[i].first}});
    const Id of_case = *sql::id(w.office.db(), "SELECT debtor_id FROM case_file WHERE id = ?1", w.case_id);
    if (!sql::id(w.office.db(), "SELECT id FROM contact_point WHERE debtor_id = ?1", of_case)) {
      // Without an address the letter is refused, and its number is not lost.
      CHECK(LetterWorld::codes(w.issue(LetterKind::receipt, LetterWorld::today, received).obstacles) ==
            "missing_mention:debtor_address");
      w.row("contact_point", {{"debtor_id", of_case},
                              {"type", std::string("post")},
                              {"value", std::string("1 rue Neuve")},
                              {"city", std::string("Lyon")},
                              {"source", std::string("facture")}});
    }
    const IssuedLetter receipt = w.issue(LetterKind::receipt, LetterWorld::today, received);
    INFO(LetterWorld::codes(receipt.obstacles));
    CHECK(receipt.number == "R-2026-00000" + std::to_string(i + 1));
    CHECK(LetterWorld::codes(w.issue(LetterKind::receipt, LetterWorld::today, received).obstacles) ==
          "has_receipt");
  }
}

TEST_CASE("R40: the slip of an agent says that it is provisional and is no receipt", "[R40][letters]") {
  const std::string slip =
      provisional_slip({.sender = "Cabinet Martin",
                        .creditor = "Meunier SA",
                        .debtor = "Boulangerie Œuvrard",
                        .case_number = "D-000001",
                        .agent = "paul",
                        .payment = {.cents = 12'345, .on = CivilDate{2026, 11, 20}, .means = "cheque"},
                        .payment_ref = "0190",
                        .made_on = {2026, 11, 21},
                        .statutory = StatutoryLetter{"L-2026-000007", {2026, 10, 2}}});
  CHECK(slip.find("REÇU PROVISOIRE") == 0);
  CHECK(slip.find("ne vaut pas quittance") != std::string::npos);
  CHECK(with_single_blanks(slip).find("règlement de 123,45 €, daté du 20 novembre 2026, par chèque") !=
        std::string::npos);
  CHECK(slip.find("L-2026-000007 du 2 octobre 2026") != std::string::npos);
  CHECK(slip.find("R-2026") == std::string::npos);
}
