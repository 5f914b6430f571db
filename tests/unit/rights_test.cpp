// Rights of persons: requests and their clock, corrections and their proof, the answer to "what do you hold about me".
#include "server/access_export.h"

#include <boost/json.hpp>

#include "host/digest.h"
#include "schema/instant.h"
#include "schema/lookup.h"
#include "server/case_view.h"
#include "server/processing_register.h"
#include "server/reference_data.h"
#include "server/stored_files.h"
#include "tests/support/case_rows.h"
#include "tests/support/pdf_text.h"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace json = boost::json;

namespace {

struct RightsWorld : CaseRows {
  Id paul = office.add_staff("paul", "agent"), lea = office.add_staff("lea", "agent"),
     nadia = office.add_staff("nadia", "clerk"), olga = office.add_staff("olga", "office"),
     david = office.add_staff("david", "dpo");
  Author officer{.staff_id = olga, .role = schema::office};
  CaseIds one = add_case();

  RightsWorld() {
    for (const auto& [code, amount] :
         {std::pair("person_request_months", 1), std::pair("person_request_extension_months", 2),
          std::pair("person_request_warn_days", 7)})
      rule(code, amount);
    office.assign(one.case_id, paul);
  }
  template <class Job>
  auto in_work(const Job& job) {
    Ledger::Work work(office.ledger());
    if constexpr (std::is_void_v<decltype(job(office.ledger()))>) {
      job(office.ledger());
      work.commit();
    } else {
      auto out = job(office.ledger());
      work.commit();
      return out;
    }
  }
  Id request(const std::string& kind, CivilDate on) {
    return in_work([&](Ledger& ledger) {
      return add_request(ledger, officer,
                         {.kind = kind, .debtor_id = one.debtor, .case_id = one.case_id, .received_on = on});
    });
  }
  RequestLine line(const Id& id, CivilDate today) { return one_request(office.db(), id, today); }
};

Code code_of(const std::function<void()>& job) {
  try {
    job();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return Code::internal;
}

}  // namespace

// ---- the clock ---------------------------------------------------------------------------------------------------

TEST_CASE("R55: a request is due on the same day of the next month, or on that month's last",
          "[R55][rights]") {
  CHECK(answer_due_on({2026, 1, 31}, 1) == CivilDate{2026, 2, 28});
  CHECK(answer_due_on({2024, 1, 31}, 1) == CivilDate{2024, 2, 29});
  CHECK(answer_due_on({2026, 1, 31}, 1, 2) ==
        CivilDate{2026, 4, 30});  // counted from the receipt: nothing sticks
  CHECK(answer_due_on({2026, 11, 20}, 1) == CivilDate{2026, 12, 20});
  CHECK(request_clock({2026, 12, 20}, {2026, 12, 12}, 7) == RequestClock::running);
  CHECK(request_clock({2026, 12, 20}, {2026, 12, 13}, 7) == RequestClock::near);
  CHECK(request_clock({2026, 12, 20}, {2026, 12, 20}, 7) == RequestClock::near);
  CHECK(request_clock({2026, 12, 20}, {2026, 12, 21}, 7) == RequestClock::over);
}

TEST_CASE("R55: a request taken offline on Friday is on the office's list with Friday's date",
          "[R55][rights]") {
  RightsWorld w;
  const auto device = w.add_device(w.paul);
  device->sync();
  device->edit({insert_op("escalation", w.random.row_id(w.clock.now()),
                          {{"case_id", w.one.case_id},
                           {"to_role", std::string("dpo")},
                           {"message", std::string("GDPR access: veut tout savoir")},
                           {"raised_on", std::string("2026-11-20")}})});
  device->sync();
  const auto waiting = untaken_requests(w.office.db());
  REQUIRE(waiting.size() == 1);
  CHECK(waiting.front().kind == "access");
  CHECK(waiting.front().raised_on == "2026-11-20");
  const Id id = w.in_work(
      [&](Ledger& ledger) { return take_request(ledger, w.officer, waiting.front().escalation_id, ""); });
  const RequestLine line = w.line(id, {2026, 11, 23});
  CHECK(line.kind == "access");
  CHECK(line.received_on == "2026-11-20");
  CHECK(line.due_on == "2026-12-20");
  CHECK(line.days_left == 27);
  CHECK(untaken_requests(w.office.db()).empty());
  CHECK(code_of([&] {
          w.in_work([&](Ledger& ledger) {
            return take_request(ledger, w.officer, waiting.front().escalation_id, "");
          });
        }) == Code::refused);
}

TEST_CASE("R55: near and overdue requests are named, once answered no more", "[R55][rights]") {
  RightsWorld w;
  const Id id = w.request("access", {2026, 11, 20});
  CHECK(rights_alarms(w.office.db(), {2026, 12, 12}).empty());
  REQUIRE(rights_alarms(w.office.db(), {2026, 12, 14}).size() == 1);
  CHECK_FALSE(rights_alarms(w.office.db(), {2026, 12, 14}).front().is_over);
  CHECK(rights_alarms(w.office.db(), {2026, 12, 21}).front().is_over);
  w.in_work([&](Ledger& ledger) {
    answer_request(ledger, w.officer, id, {.text = "Copie remise", .on = {2026, 12, 15}});
  });
  CHECK(rights_alarms(w.office.db(), {2026, 12, 21}).empty());
  CHECK(person_requests(w.office.db(), {2026, 12, 21}, true).empty());
  CHECK(w.line(id, {2026, 12, 21}).state == "answered");
}

TEST_CASE("R55: two more months, once, and only when the person is told within the first", "[R55][rights]") {
  RightsWorld w;
  const auto extend = [&](const Id& id, CivilDate told_on) {
    return code_of([&] {
      w.in_work([&](Ledger& ledger) { extend_request(ledger, w.officer, id, told_on, "pièces à réunir"); });
    });
  };
  const Id id = w.request("access", {2026, 11, 30});
  CHECK(w.line(id, {2026, 12, 1}).due_on == "2026-12-30");
  CHECK(extend(id, {2026, 12, 31}) == Code::refused);
  CHECK(extend(id, {2026, 12, 30}) == Code::internal);  // done
  CHECK(w.line(id, {2026, 12, 31}).due_on == "2027-02-28");
  CHECK(w.line(id, {2026, 12, 31}).extension_reason == "pièces à réunir");
  CHECK(extend(id, {2027, 1, 2}) == Code::refused);
}

TEST_CASE("R55: an objection is weighed before it is answered, and may end all contact", "[R55][rights]") {
  RightsWorld w;
  const Id id = w.request("object", {2026, 11, 20});
  const RequestAnswer answer{.text = "Accordé", .on = {2026, 11, 25}, .do_not_contact = true};
  const auto reply = [&] {
    w.in_work([&](Ledger& ledger) {
      answer_request(ledger, {.staff_id = w.david, .role = schema::dpo}, id, answer);
    });
  };
  CHECK(code_of(reply) == Code::refused);
  w.in_work([&](Ledger& ledger) { weigh_request(ledger, w.officer, id, "situation particulière"); });
  CHECK(w.line(id, {2026, 11, 25}).state == "weighed");
  reply();
  CHECK(w.line(id, {2026, 11, 25}).state == "answered");
  CHECK(w.office.value("debtor", w.one.debtor, "do_not_contact") == Value{std::int64_t{1}});
}

// ---- corrections -------------------------------------------------------------------------------------------------

TEST_CASE("R55: a correction has its author and ground, and is proven on each device that holds the row",
          "[R55][rights]") {
  RightsWorld w;
  const auto paul = w.add_device(w.paul);
  paul->sync();
  const schema::Table& t = schema::table("debtor");
  Correction correction{.table = &t,
                        .row = w.one.debtor,
                        .changes = {{schema::column(t, "legal_name"), Null{}, std::string("Durand SARL")}},
                        .ground = "Kbis du 3 novembre"};
  const Id id = w.in_work([&](Ledger& ledger) {
    return rectify(ledger, w.officer, correction, std::nullopt, {2026, 11, 21});
  });
  CHECK(w.line(id, {2026, 11, 21}).grounds == "Kbis du 3 novembre");
  auto proof = corrections_of(w.office.db(), id);
  REQUIRE(proof.size() == 1);
  CHECK(proof.front().author == "olga");
  CHECK(proof.front().after == R"({"legal_name":"Durand SARL"})");
  REQUIRE(proof.front().devices.size() == 1);
  CHECK_FALSE(proof.front().devices.front().has_reached);

  paul->sync();  // takes it in; the office hears so with the next request
  paul->edit({update_op("case_file", w.one.case_id, {{"priority", std::int64_t{1}}})});
  paul->sync();
  CHECK(paul->value("debtor", w.one.debtor, "legal_name") == Value{std::string("Durand SARL")});
  CHECK(corrections_of(w.office.db(), id).front().devices.front().has_reached);
  const auto late = w.add_device(w.paul);  // a second machine that has not synced
  CHECK(corrections_of(w.office.db(), id).front().devices.size() == 2);
}

// ---- access ------------------------------------------------------------------------------------------------------

namespace {

// A value of every column, each unlike all others: what the export must show, whatever the schema of the day.
class Filler {
 public:
  Filler(RightsWorld& world) : w_(world) {}

  Row row_for(const schema::Table& t) {
    Row row(t.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = value(t, t.columns[i]);
    return row;
  }

 private:
  Value value(const schema::Table& t, const schema::Column& c) {
    const std::int64_t n = ++n_;
    if (c.name == "case_id") return w_.one.case_id;
    if (c.name == "debtor_id") return w_.one.debtor;
    switch (c.type) {
      case schema::Type::id: return w_.random.row_id(w_.clock.now());
      case schema::Type::text: {
        std::string text = "n" + std::to_string(n);
        if (static_cast<int>(text.size()) > c.text_max) text = std::to_string(n % 900 + 100);
        return text;
      }
      case schema::Type::word: return std::string(c.words.back());
      case schema::Type::set: return "s" + std::to_string(n);
      case schema::Type::flag: return std::int64_t{1};
      case schema::Type::integer:
      case schema::Type::cents: return 7'000'000 + n;
      case schema::Type::date: return iso_text(add_days({2001, 1, 1}, n));
      case schema::Type::instant: return Ms{1'500'000'000'000} + n * 1000;
      case schema::Type::bytes: break;
    }
    if (t.name == "quarantine" && c.name == "body")
      return Bytes{R"({"ops":[["update","debtor",")" + w_.one.debtor.text() + R"(",{"x":)" +
                   std::to_string(n) + "}]]}"};
    return Bytes{std::string(31, '\x01') + static_cast<char>(n)};
  }

  RightsWorld& w_;
  std::int64_t n_ = 0;
};

json::value shown(const schema::Column& c, const Value& value) {
  const auto* bytes = std::get_if<Bytes>(&value);
  if (bytes == nullptr) return json_of(c, value);
  return json::value(schema::is_utf8(bytes->data) && c.privacy == schema::Privacy::free_text
                         ? bytes->data
                         : hex(bytes->data));
}

const json::object* find_table(const json::object& all, std::string_view name) {
  for (const json::value& one : all.at("tables").as_array())
    if (one.at("name").as_string() == name) return &one.as_object();
  return nullptr;
}

AccessExport export_of(RightsWorld& w, const AccessAsk& ask) {
  const sql::Transaction snapshot(w.office.db(), sql::Access::read);
  return access_export(w.office.db(), ask);
}

}  // namespace

TEST_CASE("R55: every column of every table that can hold a person is in the answer, by the declaration",
          "[R55][rights]") {
  RightsWorld w;
  w.office.db().execute("PRAGMA foreign_keys = OFF");
  Filler filler(w);
  std::map<std::string, Row> made;
  for (const auto tables : {schema::business_tables(), schema::engine_tables()})
    for (const schema::Table& t : tables) {
      if (!holds_persons(t)) continue;
      Row row = filler.row_for(t);
      const bool is_there = t.name == "debtor" || t.name == "case_file";
      if (is_there) row.front() = t.name == "debtor" ? w.one.debtor : w.one.case_id;
      std::string names, places;
      for (std::size_t i = 0; i < row.size(); ++i) {
        names += (i == 0 ? "" : ", ") + std::string(t.columns[i].name);
        places += (i == 0 ? "?" : ", ?") + std::to_string(i + 1);
      }
      INFO(t.name);
      if (is_there)
        sql::run(w.office.db(), "DELETE FROM " + std::string(t.name) + " WHERE id = ?1", row.front());
      sql::Query q(w.office.db(),
                   "INSERT INTO " + std::string(t.name) + " (" + names + ") VALUES (" + places + ")");
      for (std::size_t i = 0; i < row.size(); ++i) q.bind(static_cast<int>(i) + 1, row[i]);
      q.next();
      made[std::string(t.name)] = std::move(row);
    }
  REQUIRE(made.size() > 25);

  const AccessExport all = export_of(w, {.debtor_id = w.one.debtor, .made_on = {2026, 11, 21}});
  const json::object out = access_json(all);
  for (const auto tables : {schema::business_tables(), schema::engine_tables()})
    for (const schema::Table& t : tables) {
      const auto found = made.find(std::string(t.name));
      if (found == made.end()) continue;
      const json::object* table = find_table(out, t.name);
      INFO(t.name);
      REQUIRE(table != nullptr);
      CHECK(table->at("columns").as_array().size() == t.columns.size());
      bool is_whole = false;
      for (const json::value& row : table->at("rows").as_array()) {
        bool agrees = true;
        for (std::size_t i = 0; i < t.columns.size(); ++i) {
          const schema::Column& c = t.columns[i];
          const bool is_content = t.name == "stored_file" && c.name == "content";
          if (!is_content && row.at(c.name) != shown(c, found->second[i])) agrees = false;
        }
        is_whole = is_whole || agrees;
      }
      CHECK(is_whole);
    }
  REQUIRE(all.files.size() == 1);
  const schema::Table& files =
      *std::find_if(all.tables.begin(), all.tables.end(), [](const PersonTable& one) {
         return one.table->name == "stored_file";
       })->table;
  CHECK(all.files.front().content ==
        std::get<Bytes>(made.at("stored_file")[schema::column(files, "content")]).data);
}

namespace {

struct TalkedAbout : RightsWorld {
  CaseIds other = add_case();
  Id note, foreign;
  TalkedAbout() {
    note = add("contact_event",
               {{"case_id", one.case_id},
                {"outcome", std::string("third_party")},
                {"spoke_to", std::string("Madame Voisine")},
                {"note", std::string("Sa voisine dit qu'il part en mer")}},
               &paul);
    foreign = add(
        "contact_event",
        {{"case_id", other.case_id}, {"outcome", std::string("reached")}, {"note", std::string("AUTRE")}});
    change("debtor", one.debtor,
           {{"legal_name", std::string("Le Goff")}, {"first_name", std::string("Yann")}});
    in_work([&](Ledger& ledger) { store_file(ledger, one.case_id, "%PDF-1.4 lettre"); });
    add("sender", {{"name", std::string("Cabinet Martin")},
                   {"privacy_contact", std::string("donnees@martin.example")}});
  }
};

}  // namespace

TEST_CASE("R55: the answer is one person's alone, readable, and the same for the same rows",
          "[R55][rights]") {
  TalkedAbout w;
  const AccessAsk ask{.debtor_id = w.one.debtor, .made_on = {2026, 11, 21}, .is_reviewed = true};
  const AccessExport all = export_of(w, ask);
  const std::string text = json::serialize(access_json(all));
  CHECK(text.find("Sa voisine dit") != std::string::npos);
  CHECK(text.find("AUTRE") == std::string::npos);
  const Bundle bundle = access_bundle(all);
  CHECK(bundle_zip(bundle) == bundle_zip(access_bundle(export_of(w, ask))));
  REQUIRE(bundle.pieces.size() == 3);
  const std::string paper = flowing(pdf_text(bundle.pieces[1].content));
  for (const char* words :
       {"Yann Le Goff", "Sa voisine dit qu'il part en mer", "Cabinet Martin", "Destinataires",
        "Créancier : Meunier SA", "Durées de conservation", "CNIL", "historique des modifications"})
    CHECK(paper.find(words) != std::string::npos);
  CHECK(paper.find("PROJET") == std::string::npos);
  CHECK(bundle.pieces[2].name.ends_with(".pdf"));
  CHECK(bundle.pieces[2].content == "%PDF-1.4 lettre");
}

TEST_CASE("R55: what may be about others is listed for a person, and goes when he says so", "[R55][rights]") {
  TalkedAbout w;
  const AccessExport draft = export_of(w, {.debtor_id = w.one.debtor, .made_on = {2026, 11, 21}});
  std::set<std::string> withheld;
  for (const ForReview& one : draft.review)
    if (one.column == "spoke_to" || one.column == "note") withheld.insert(name_of(one));
  REQUIRE(withheld.size() == 2);
  CHECK(access_bundle(draft).pieces[2].name == "a-verifier.txt");
  CHECK(flowing(pdf_text(access_bundle(draft).pieces[1].content)).find("PROJET") != std::string::npos);
  const AccessExport all = export_of(
      w, {.debtor_id = w.one.debtor, .made_on = {2026, 11, 21}, .withheld = withheld, .is_reviewed = true});
  const Bundle bundle = access_bundle(all);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string piece = i == 0 ? bundle.pieces[0].content : flowing(pdf_text(bundle.pieces[1].content));
    CHECK(piece.find("Madame Voisine") == std::string::npos);
    CHECK(piece.find("part en mer") == std::string::npos);
    CHECK(piece.find("droits d'autrui") != std::string::npos);
  }
}

TEST_CASE("R55: the answer names the devices that hold it, and those that may know more", "[R55][rights]") {
  RightsWorld w;
  const auto paul = w.add_device(w.paul);
  const auto of_nobody = w.add_device(w.lea);
  paul->sync();
  of_nobody->sync();
  w.change("debtor", w.one.debtor, {{"language", std::string("br")}});
  const AccessExport all = export_of(w, {.debtor_id = w.one.debtor, .made_on = {2026, 11, 21}});
  REQUIRE(all.devices.size() == 1);
  CHECK(all.devices.front().device == paul->id());
  CHECK_FALSE(all.devices.front().has_reached);
  const AccessExport told = export_of(
      w, {.debtor_id = w.one.debtor, .made_on = {2026, 11, 21}, .retention = [](sql::Connection&, const Id&) {
            return std::string("RC2");
          }});
  REQUIRE(told.retention.size() == 1);
  CHECK(told.retention.front().second == "RC2");
}

// ---- register ----------------------------------------------------------------------------------------------------

TEST_CASE("the register of processing has every column that says something about a person, once",
          "[rights]") {
  RightsWorld w;
  w.add("sender", {{"name", std::string("Cabinet Martin")}});
  const sql::Transaction snapshot(w.office.db(), sql::Access::read);
  const ProcessingRegister all = processing_register(w.office.db());
  CHECK(all.controller == "Cabinet Martin");
  std::multiset<std::string> told;
  for (const PersonsRecorded& kind : all.persons)
    for (const auto& category : kind.categories)
      told.insert(category.columns.begin(), category.columns.end());
  std::size_t personal = 0;
  for (const auto tables : {schema::business_tables(), schema::engine_tables()})
    for (const schema::Table& t : tables)
      for (const schema::Column& c : t.columns) {
        if (c.privacy == schema::Privacy::none) continue;
        ++personal;
        INFO(t.name << "." << c.name);
        CHECK(told.count(std::string(t.name) + "." + std::string(c.name)) == 1);
      }
  CHECK(told.size() == personal);
  const std::string text = sections_text(std::string(kRegisterTitle), register_paper(all));
  for (const char* words :
       {"Cabinet Martin", "Durées de conservation", "Destinataires", "Mesures de sécurité", "SQLCipher"})
    CHECK(text.find(words) != std::string::npos);
}
