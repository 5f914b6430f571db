#include "server/exposure.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "host/openssl.h"
#include "host/terminal.h"
#include "schema/lookup.h"
#include "server/intake.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using schema::Privacy;
using schema::Table;
using schema::Way;

constexpr Ms kNoticeMs = 72LL * 3600 * 1000;  // GDPR art. 33(1): of the regulation itself, no figure of ours
constexpr Ms kContactSlackMs = 15LL * 60 * 1000;  // last contact is written to the quarter of an hour

constexpr std::array kCategories{Privacy::identity, Privacy::contact, Privacy::financial, Privacy::free_text};

std::string category_fr(Privacy category) {
  switch (category) {
    case Privacy::identity: return "identité";
    case Privacy::contact: return "coordonnées";
    case Privacy::financial: return "données financières (dettes, paiements)";
    case Privacy::free_text: return "texte libre (notes, courriers, litiges)";
    default: return std::string(name_of(category));
  }
}

// Counts rows of one table that say something of one category, by case or by debtor.
struct Counter {
  Privacy category;
  bool by_debtor = false;
  std::string query;
};

std::vector<Counter> counters() {
  std::vector<Counter> out;
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t) || t.way == Way::common) continue;
    const bool by_case = t.way == Way::root || schema::find_column(t, "case_id").has_value();
    const std::string key = t.way == Way::root || t.way == Way::debtor ? "id"
                            : by_case                                  ? "case_id"
                                                                       : "debtor_id";
    for (const Privacy category : kCategories) {
      std::string some;
      for (const schema::Column& c : t.columns)
        if (c.privacy == category && c.served)
          some += (some.empty() ? "" : " OR ") + std::string(c.name) + " IS NOT NULL";
      if (some.empty()) continue;
      out.push_back({category, !by_case,
                     "SELECT count(*) FROM " + std::string(t.name) + " WHERE " + key +
                         " = ?1 AND created_at <= ?2 AND (" + some + ")"});
    }
  }
  return out;
}

// What the device was sent and has not said to be without, by case; and when.
std::map<Id, Ms> recorded_cases(sql::Connection& db, const Id& device) {
  std::map<Id, Ms> out;
  sql::Query q(db, "SELECT case_id, since_at FROM holding WHERE device_id = ?1 AND until_at IS NULL", device);
  while (q.next()) out[q.id(0)] = q.integer(1);
  return out;
}

// What its feed had for it. Of a device that was never recorded, also what changed after its last contact: whether it
// had it before cannot be told any more.
std::vector<Id> fed_cases(sql::Connection& db, const Device& device, std::int64_t cursor, bool is_recorded) {
  std::vector<Id> out;
  const std::string which = is_recorded ? "gone = 0 AND seq <= ?3" : "(gone = 0 OR seq > ?3)";
  sql::Query q(db, "SELECT row_id FROM feed_entry WHERE feed_id = ?1 AND table_no = ?2 AND " + which,
               device.staff_id, schema::table("case_file").number, cursor);
  while (q.next()) out.push_back(q.id(0));
  return out;
}

void fill_case(sql::Connection& db, const std::vector<Counter>& all, Ms until, ExposedCase& one,
               std::map<Id, std::string>& persons) {
  sql::Query q(
      db,
      "SELECT c.number, k.name, coalesce(d.legal_name, d.trade_name, ''), d.kind, d.id FROM case_file c"
      " JOIN debtor d ON d.id = c.debtor_id JOIN creditor k ON k.id = c.creditor_id WHERE c.id = ?1",
      one.case_id);
  if (!q.next()) {
    one.is_erased = true;
    return;
  }
  one.number = q.text(0);
  one.creditor = q.text(1);
  one.debtor = q.text(2);
  one.debtor_kind = q.text(3);
  const Id debtor = q.id(4);
  persons[debtor] = one.debtor_kind;
  for (const Counter& counter : all)
    one.rows[counter.category] +=
        sql::number(db, counter.query, counter.by_debtor ? debtor : one.case_id, until).value_or(0);
}

std::map<Privacy, std::int64_t> total_of(const Exposure& e) {
  std::map<Privacy, std::int64_t> out;
  for (const ExposedCase& one : e.cases)
    for (const auto& [category, rows] : one.rows)
      if (rows > 0) out[category] += rows;
  return out;
}

std::string when(Ms at) { return at == 0 ? "never" : instant_text(at); }
std::string when_fr(Ms at) { return at == 0 ? "jamais" : instant_text(at); }

std::int64_t unrecorded(const Exposure& e) {
  return std::count_if(e.cases.begin(), e.cases.end(), [](const ExposedCase& c) { return !c.is_recorded; });
}

std::string scrypt_text() {
  const ScryptCost cost;
  return "scrypt, N = " + std::to_string(cost.n) + ", r = " + std::to_string(cost.r) +
         ", p = " + std::to_string(cost.p);
}

constexpr std::string_view kCipher = "SQLCipher, AES-256";

// How far the order to destroy the replica has come.
std::string_view wipe_state(const Exposure& e) {
  if (e.state == "wiped") return "confirmed by the device";
  return e.state == "lost" || e.state == "wipe_ordered" ? "ordered, carried out at its next contact"
                                                        : "not ordered";
}
std::string_view wipe_state_fr(const Exposure& e) {
  if (e.state == "wiped") return "confirmé par le poste";
  return e.state == "lost" || e.state == "wipe_ordered" ? "ordonné, exécuté au prochain contact"
                                                        : "non ordonné";
}

}  // namespace

Exposure exposure_of(sql::Connection& db, const Id& device_id) {
  const auto device = find_device(db, device_id);
  const auto state = load_state(db, device_id);
  RELANCE_ASSERT(device && state);
  Exposure out{.device = device_id,
               .user = sql::text(db, "SELECT name FROM staff WHERE id = ?1", device->staff_id).value_or(""),
               .machine = sql::text(db, "SELECT name FROM device WHERE id = ?1", device_id).value_or(""),
               .state = device->state,
               .enrolled_at = device->enrolled_at,
               .last_sync_at = state->last_sync_at,
               .lease_until = state->lease_until,
               .pending = state->pending};
  out.lost_at = sql::number(db,
                            "SELECT min(happened_at) FROM history WHERE row_id = ?1 AND unit = 'state'"
                            " AND after = '{\"state\":\"lost\"}'",
                            device_id);
  const std::map<Id, Ms> recorded = recorded_cases(db, device_id);
  std::set<Id> ids;
  for (const auto& [id, since] : recorded) ids.insert(id);
  for (const Id& id : fed_cases(db, *device, state->agent_cursor, !recorded.empty())) ids.insert(id);
  const auto all = counters();
  std::map<Id, std::string> persons;
  for (const Id& id : ids) {
    ExposedCase one{.case_id = id};
    if (const auto found = recorded.find(id); found != recorded.end()) {
      one.is_recorded = true;
      one.since_at = found->second;
    }
    fill_case(db, all, out.last_sync_at + kContactSlackMs, one, persons);
    out.cases.push_back(std::move(one));
  }
  std::sort(out.cases.begin(), out.cases.end(), [](const ExposedCase& a, const ExposedCase& b) {
    return std::tie(a.number, a.case_id) < std::tie(b.number, b.case_id);
  });
  out.persons = static_cast<std::int64_t>(persons.size());
  out.natural_persons =
      std::count_if(persons.begin(), persons.end(), [](const auto& one) { return one.second != "company"; });
  return out;
}

std::optional<Ms> notice_due_at(const Exposure& e) {
  return e.lost_at ? std::optional(*e.lost_at + kNoticeMs) : std::nullopt;
}

json::object exposure_json(const Exposure& e) {
  const auto instant = [](Ms at) { return at == 0 ? json::value(nullptr) : json::value(instant_text(at)); };
  json::array cases;
  for (const ExposedCase& one : e.cases) {
    json::object categories;
    for (const auto& [category, rows] : one.rows)
      if (rows > 0) categories[name_of(category)] = rows;
    cases.push_back(json::object{{"id", one.case_id.text()},
                                 {"number", one.number},
                                 {"debtor", one.debtor},
                                 {"debtor_kind", one.debtor_kind},
                                 {"creditor", one.creditor},
                                 {"erased", one.is_erased},
                                 {"source", one.is_recorded ? "holdings" : "feed"},
                                 {"since_at", instant(one.since_at)},
                                 {"categories", std::move(categories)}});
  }
  json::object categories;
  for (const auto& [category, rows] : total_of(e)) categories[name_of(category)] = rows;
  const ScryptCost cost;
  const auto due = notice_due_at(e);
  return {
      {"device", e.device.text()},
      {"user", e.user},
      {"machine", e.machine},
      {"state", e.state},
      {"enrolled_at", instant(e.enrolled_at)},
      {"last_sync", e.last_sync_at == 0 ? json::value("never") : json::value(instant_text(e.last_sync_at))},
      {"lease_until", instant_text(e.lease_until)},
      {"key_destroyed_after", instant_text(e.lease_until + sync::kGraceMs)},
      {"wipe", wipe_state(e)},
      {"encrypted", true},
      {"encryption",
       json::object{{"cipher", kCipher}, {"kdf", "scrypt"}, {"n", cost.n}, {"r", cost.r}, {"p", cost.p}}},
      {"unsent_at_last_sync", e.pending},
      {"lost_at", e.lost_at ? instant(*e.lost_at) : json::value(nullptr)},
      {"notice_due_at", due ? instant(*due) : json::value(nullptr)},
      {"persons", e.persons},
      {"natural_persons", e.natural_persons},
      {"categories", std::move(categories)},
      {"cases_by_feed_alone", unrecorded(e)},
      {"cases", std::move(cases)}};
}

std::string exposure_text(const Exposure& e) {
  std::string out = "Lost device " + e.device.text() + " of " + e.user +
                    (e.machine.empty() ? "" : " (" + e.machine + ")") + ", last contact " +
                    when(e.last_sync_at) + ".\n";
  out +=
      "Its replica is encrypted (" + std::string(kCipher) + "; key under the agent's passphrase, " +
      scrypt_text() + ").\nIt locks itself on " + when(e.lease_until) + " and destroys its key after " +
      when(e.lease_until + sync::kGraceMs) +
      ", if the program is started. Wipe: " + std::string(wipe_state(e)) +
      ".\nThe office has no proof of the machine's disk encryption or of --allow-plaintext: ask the agent.\n";
  out += "Unsent edits at its last contact: " + std::to_string(e.pending) +
         "; what was written since is unknown.\n";
  if (const auto due = notice_due_at(e))
    out += "The authority has to be told by " + when(*due) +
           " (GDPR art. 33: 72 hours), or the file says why not.\n";
  out += "On it were " + std::to_string(e.cases.size()) + " cases of " + std::to_string(e.persons) +
         " debtors (" + std::to_string(e.natural_persons) + " are or may be natural persons):\n";
  TextTable table({{"case"}, {"debtor"}, {"kind"}, {"creditor"}, {"categories", TextTable::Align::left, 60}});
  for (const ExposedCase& one : e.cases) {
    std::string categories;
    for (const auto& [category, rows] : one.rows)
      if (rows > 0)
        categories +=
            (categories.empty() ? "" : ", ") + std::string(name_of(category)) + " " + std::to_string(rows);
    table.add({one.is_erased ? one.case_id.text() : one.number, one.is_erased ? "erased since" : one.debtor,
               one.debtor_kind, one.creditor, categories});
  }
  out += table.text();
  if (const std::int64_t rest = unrecorded(e); rest > 0)
    out += std::to_string(rest) +
           " of them are known by the feed alone: sent before the office kept a record of what each device "
           "holds.\n";
  return out;
}

std::vector<PaperSection> breach_notice(sql::Connection& db, const Exposure& e) {
  PaperSection who{.heading = "1. Responsable du traitement", .paragraphs = {}};
  sql::Query q(db,
               "SELECT name, coalesce(address_line, ''), coalesce(postcode, ''), coalesce(city, ''),"
               " coalesce(privacy_contact, email, '') FROM sender ORDER BY created_at, id LIMIT 1");
  if (q.next())
    who.facts = {{"Organisme", q.text(0)},
                 {"Adresse", q.text(1) + ", " + q.text(2) + " " + q.text(3)},
                 {"Point de contact (DPO)", q.text(4).empty() ? "[à compléter]" : q.text(4)}};
  else
    who.facts = {{"Organisme", "[à compléter : relance-server sender set]"}};

  PaperSection what{
      .heading = "2. Nature de la violation",
      .paragraphs = {"Perte ou vol d'un ordinateur portable d'un agent travaillant à domicile. "
                     "Circonstances : [à compléter : où, quand, comment, plainte déposée le]."}};
  what.facts = {
      {"Poste", e.device.text() + (e.machine.empty() ? "" : " (" + e.machine + ")")},
      {"Déclaré perdu le", e.lost_at ? when_fr(*e.lost_at) : "[pas encore déclaré]"},
      {"Notification au plus tard", notice_due_at(e) ? when_fr(*notice_due_at(e)) + " (72 heures)" : "-"},
      {"Dernier contact", when_fr(e.last_sync_at)},
      {"Atteinte", "confidentialité ; les données restent disponibles au bureau"}};

  PaperSection whose{.heading = "3. Personnes et données concernées",
                     .paragraphs = {"État au dernier contact du poste ; l'annexe nomme chaque dossier."}};
  whose.facts = {{"Personnes (débiteurs)", std::to_string(e.persons) + ", dont au plus " +
                                               std::to_string(e.natural_persons) + " personnes physiques"},
                 {"Dossiers", std::to_string(e.cases.size())},
                 {"Dont connus par le seul flux", std::to_string(unrecorded(e))}};
  for (const auto& [category, rows] : total_of(e))
    whose.facts.emplace_back("Enregistrements : " + category_fr(category), std::to_string(rows));
  whose.facts.emplace_back(
      "Saisies non transmises",
      std::to_string(e.pending) + " au dernier contact ; celles d'après sont inconnues du bureau");

  PaperSection guard{.heading = "4. Mesures de protection", .paragraphs = {}};
  guard.facts = {
      {"Chiffrement de la copie", std::string(kCipher) +
                                      " ; clé protégée par une phrase secrète d'au moins 12 "
                                      "caractères, " +
                                      scrypt_text()},
      {"Verrouillage sans contact", when_fr(e.lease_until)},
      {"Destruction de la clé", "au premier lancement après le " + when_fr(e.lease_until + sync::kGraceMs)},
      {"Effacement à distance", std::string(wipe_state_fr(e))},
      {"À vérifier auprès de l'agent",
       "[poste allumé et déverrouillé ? phrase notée ? disque chiffré ? copie ouverte sans chiffrement ?]"}};

  PaperSection outcome{
      .heading = "5. Conséquences probables et mesures prises",
      .paragraphs = {
          "Si la copie était fermée et la phrase secrète inconnue du détenteur, les données sont "
          "inintelligibles. Sinon : connaissance par un tiers de dettes, coordonnées et échanges.",
          "Certificat du poste refusé depuis la déclaration ; ordre d'effacement donné. Autres mesures : "
          "[à compléter]."}};

  PaperSection persons{
      .heading = "6. Information des personnes (RGPD art. 34)",
      .paragraphs = {
          "Question à trancher par le DPO : le risque est-il élevé pour les personnes ? L'article 34(3)(a) "
          "dispense de les informer si les données sont inintelligibles pour quiconque n'y est pas "
          "autorisé, ce que les faits du point 4 étayent ou non. Un poste ouvert au moment de la perte, une "
          "phrase secrète notée ou une copie non chiffrée y font obstacle.",
          "Décision : [informer / ne pas informer], motif : [à compléter], le [date], par [nom]."}};

  PaperSection annex{.heading = "Annexe : dossiers présents sur le poste", .paragraphs = {}};
  for (const ExposedCase& one : e.cases)
    annex.facts.emplace_back(
        one.is_erased ? "(effacé depuis)" : one.number,
        one.is_erased ? one.case_id.text() : one.debtor + " ; créancier " + one.creditor);
  return {who, what, whose, guard, outcome, persons, annex};
}

}  // namespace relance::server
