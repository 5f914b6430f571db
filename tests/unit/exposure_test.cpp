// A lost laptop: whose data was on it, as of when, and the notice that follows.
#include "server/exposure.h"

#include <boost/json.hpp>

#include "tests/support/case_rows.h"
#include "tests/support/pdf_text.h"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

struct LostWorld : CaseRows {
  Id paul = office.add_staff("paul", "agent");
  CaseIds one = add_case(), two = add_case(), three = add_case();
  std::unique_ptr<TestDevice> device;

  LostWorld() {
    office.assign(one.case_id, paul);
    office.assign(two.case_id, paul);
    add("contact_point",
        {{"debtor_id", one.debtor}, {"type", std::string("mobile")}, {"value", std::string("+33612345678")}});
    add("contact_event",
        {{"case_id", one.case_id}, {"outcome", std::string("reached")}, {"note", std::string("vu")}});
    device = add_device(paul);
    device->sync();
    device->sync();
  }
  void record(const Id& case_id, const Id& debtor, bool is_over = false) {
    sql::run(
        office.db(),
        "INSERT INTO holding (device_id, case_id, debtor_id, since_at, until_at) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (device_id, case_id) DO UPDATE SET until_at = excluded.until_at",
        device->id(), case_id, debtor, clock.now(), is_over ? std::optional(clock.now()) : std::nullopt);
  }
  void lose() { change("device", device->id(), {{"state", std::string("lost")}}); }
  Exposure exposure() {
    const sql::Transaction snapshot(office.db(), sql::Access::read);
    return exposure_of(office.db(), device->id());
  }
  std::string notice() {
    const sql::Transaction snapshot(office.db(), sql::Access::read);
    return sections_text(std::string(kBreachTitle),
                         breach_notice(office.db(), exposure_of(office.db(), device->id())));
  }
};

std::vector<std::string> numbers_of(const Exposure& e) {
  std::vector<std::string> out;
  for (const ExposedCase& one : e.cases) out.push_back(one.number);
  return out;
}

}  // namespace

TEST_CASE("a lost device is told by what it was sent, as of its last contact", "[rights]") {
  LostWorld w;
  w.record(w.one.case_id, w.one.debtor);
  w.record(w.two.case_id, w.two.debtor);
  w.record(w.three.case_id, w.three.debtor, true);  // taken away, and the device has said so
  const World::CaseIds later = w.add_case();
  w.office.assign(later.case_id, w.paul);  // after its last contact: never on it
  w.add("enquiry", {{"debtor_id", w.two.debtor},
                    {"source", std::string("annuaire")},
                    {"consulted_on", std::string("2026-11-21")},
                    {"finding", std::string("déménagé")}});
  const Exposure e = w.exposure();
  REQUIRE(e.cases.size() == 2);
  CHECK(e.persons == 2);
  CHECK(e.natural_persons == 2);  // unknown ones may be
  const ExposedCase& first = e.cases[0].case_id == w.one.case_id ? e.cases[0] : e.cases[1];
  CHECK(first.is_recorded);
  CHECK(first.rows.at(schema::Privacy::contact) == 1);
  CHECK(first.rows.at(schema::Privacy::free_text) == 1);
}

TEST_CASE("rows that came after the last contact were not on the device", "[rights]") {
  LostWorld w;
  w.record(w.one.case_id, w.one.debtor);
  w.record(w.two.case_id, w.two.debtor);
  const auto before = exposure_text(w.exposure());
  w.clock.advance(3'600'000);
  w.add("contact_event",
        {{"case_id", w.one.case_id}, {"outcome", std::string("reached")}, {"note", std::string("x")}});
  CHECK(exposure_text(w.exposure()) == before);
}

TEST_CASE("a device from before the record of holdings is told by its feed, and the report says so",
          "[rights]") {
  LostWorld w;
  sql::run(w.office.db(), "DELETE FROM holding");
  const Exposure e = w.exposure();
  CHECK(numbers_of(e).size() == 2);
  for (const ExposedCase& one : e.cases) CHECK_FALSE(one.is_recorded);
  CHECK(exposure_text(e).find("known by the feed alone") != std::string::npos);
  CHECK(exposure_json(e).at("cases_by_feed_alone").as_int64() == 2);
}

TEST_CASE(
    "the same rows give the same bytes, and the 72 hours run from the first time it was said to be lost",
    "[rights]") {
  LostWorld w;
  w.record(w.one.case_id, w.one.debtor);
  CHECK_FALSE(notice_due_at(w.exposure()));
  w.clock.advance(60'000);
  const Ms said_at = w.clock.now();
  w.lose();
  const auto text = exposure_text(w.exposure());
  const auto all = boost::json::serialize(exposure_json(w.exposure()));
  const auto draft = w.notice();
  w.clock.advance(7'200'000);
  w.change("device", w.device->id(), {{"state", std::string("suspended")}});
  w.change("device", w.device->id(), {{"state", std::string("lost")}});
  CHECK(exposure_text(w.exposure()) == text);
  CHECK(boost::json::serialize(exposure_json(w.exposure())) == all);
  CHECK(w.notice() == draft);
  REQUIRE(notice_due_at(w.exposure()));
  CHECK(*notice_due_at(w.exposure()) - *w.exposure().lost_at == 72LL * 3600 * 1000);
  CHECK(*w.exposure().lost_at >= said_at);
  CHECK(*w.exposure().lost_at < said_at + 5'000);
}

TEST_CASE("the draft of the notice has what art. 33 asks for, and puts the question of art. 34", "[rights]") {
  LostWorld w;
  w.record(w.one.case_id, w.one.debtor);
  w.add("sender",
        {{"name", std::string("Cabinet Martin")}, {"privacy_contact", std::string("dpo@martin.example")}});
  w.lose();
  const std::string draft = w.notice();
  for (const char* words :
       {"Cabinet Martin", "dpo@martin.example", "72 heures", "coordonnées", "scrypt, N = 131072",
        "Effacement à distance", "Conséquences probables", "RGPD art. 34", "Annexe"})
    CHECK(draft.find(words) != std::string::npos);
  const sql::Transaction snapshot(w.office.db(), sql::Access::read);
  const auto sections = breach_notice(w.office.db(), exposure_of(w.office.db(), w.device->id()));
  const std::string pdf = sections_pdf(std::string(kBreachTitle), sections, {2026, 11, 21});
  CHECK(pdf == sections_pdf(std::string(kBreachTitle), sections, {2026, 11, 21}));
  CHECK(flowing(test::pdf_text(pdf)).find("Information des personnes (RGPD art. 34)") != std::string::npos);
}
