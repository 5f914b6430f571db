#include "server/processing_register.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "host/openssl.h"
#include "host/texts.h"
#include "schema/lookup.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using schema::Column;
using schema::Privacy;
using schema::Table;
using schema::Way;

constexpr std::string_view kDebtors = "Débiteurs et personnes nommées dans leurs dossiers";
constexpr std::string_view kCreditors = "Créanciers et leurs interlocuteurs";
constexpr std::string_view kStaffMembers = "Personnel (agents, gestionnaires, bureau, DPO)";

std::string purpose_of(std::string_view persons) {
  if (persons == kDebtors)
    return "recouvrement amiable et judiciaire de créances, tenue des comptes, réponse aux droits des "
           "personnes";
  if (persons == kCreditors) return "exécution des mandats de recouvrement, reversement des sommes reçues";
  return "habilitation, répartition du travail, sécurité des postes, traçabilité";
}

std::string category_fr(Privacy category) {
  switch (category) {
    case Privacy::identity: return "identité";
    case Privacy::contact: return "coordonnées";
    case Privacy::financial: return "données économiques et financières";
    case Privacy::free_text: return "texte libre et pièces";
    case Privacy::security: return "données de sécurité et de connexion";
    case Privacy::none: break;
  }
  return {};
}

std::string_view class_fr(schema::Retention kept) {
  using schema::Retention;
  switch (kept) {
    case Retention::case_file: return "avec le dossier";
    case Retention::accounting: return "comptabilité";
    case Retention::access: return "journaux d'accès et habilitations";
    case Retention::journal: return "preuve des effacements";
    case Retention::reference: return "références, tant qu'elles sont en vigueur";
    case Retention::engine: return "technique, tant que le protocole en a besoin";
  }
  return {};
}

// The dated rules of retention, as they are in force; where the office has none, the classes that the schema declares.
std::vector<std::pair<std::string, std::string>> retention_of(sql::Connection& db) {
  std::vector<std::pair<std::string, std::string>> out;
  sql::Query q(db,
               "SELECT code, covers, event, months, keep, coalesce(legal_basis, '') FROM retention_rule r"
               " WHERE NOT EXISTS (SELECT 1 FROM retention_rule n WHERE n.code = r.code AND n.valid_from > "
               "r.valid_from)"
               " ORDER BY code");
  while (q.next())
    out.emplace_back(
        q.text(0) + " (" + q.text(1) + ")",
        (q.is_null(3) ? std::string("sans terme propre") : std::to_string(q.integer(3)) + " mois") +
            " à compter de : " + q.text(2) + " ; conservé ensuite : " + q.text(4) + " ; " + q.text(5));
  if (!out.empty()) return out;
  for (const auto tables : {schema::business_tables(), schema::engine_tables()})
    for (const Table& t : tables) {
      const bool is_personal = std::any_of(t.columns.begin(), t.columns.end(),
                                           [](const Column& c) { return c.privacy != Privacy::none; });
      if (is_personal) out.emplace_back(std::string(t.name), std::string(class_fr(t.retention)));
    }
  return out;
}

std::vector<std::string> recipients_of(sql::Connection& db) {
  std::vector<std::string> out{
      "Agents : les seuls dossiers qui leur sont attribués, en copie chiffrée sur leur poste",
      "Bureau : gestionnaires, direction, délégué à la protection des données",
      "Créanciers : chiffres et codes de leurs dossiers, sans notes",
      "Commissaires de justice, avocats et juridictions, pour les dossiers qui leur sont remis",
      "Prestataires d'affranchissement et banques, pour les courriers et règlements"};
  out.push_back(
      "Créanciers enregistrés : " +
      std::to_string(sql::number(db, "SELECT count(*) FROM creditor").value_or(0)) +
      " ; postes en service : " +
      std::to_string(sql::number(db, "SELECT count(*) FROM device WHERE state = 'active'").value_or(0)));
  out.emplace_back("Transferts hors de l'Union européenne : aucun par ce logiciel");
  return out;
}

std::vector<std::string> measures() {
  const ScryptCost cost;
  const auto days = [](Ms span) { return std::to_string(span / (24LL * 3600 * 1000)); };
  return {
      "Chiffrement de la base et de chaque copie (SQLCipher, AES-256) ; clé d'un poste sous phrase secrète, "
      "scrypt N = " +
          std::to_string(cost.n),
      "Échanges en TLS 1.3 avec certificat de poste, révocable à chaque requête",
      "Moindre privilège : un agent ne reçoit que ses dossiers ; chaque colonne déclare qui l'écrit",
      "Verrouillage d'un poste sans contact après " + days(sync::kLeaseMs) + " jours, clé détruite " +
          days(sync::kGraceMs) + " jours plus tard ; suspension et effacement à distance",
      "Historique de chaque modification, journal chaîné par empreintes, vérification par `verify`",
      "Sauvegardes vérifiées à la création, effacements rejoués à la restauration",
      "Limitation (art. 18), gel de conservation et délais des demandes suivis par le logiciel"};
}

void record(std::vector<PersonsRecorded>& all, const Table& t, const Column& c) {
  const std::string persons = persons_of(t, c);
  if (persons.empty()) return;
  auto kind = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == persons; });
  if (kind == all.end())
    kind = all.insert(all.end(), {.name = persons, .purpose = purpose_of(persons), .categories = {}});
  auto& categories = kind->categories;
  auto category = std::find_if(categories.begin(), categories.end(),
                               [&](const auto& one) { return one.category == c.privacy; });
  if (category == categories.end())
    category = categories.insert(categories.end(), {.category = c.privacy, .columns = {}});
  category->columns.push_back(std::string(t.name) + "." + std::string(c.name));
}

}  // namespace

std::string persons_of(const Table& t, const Column& c) {
  if (c.privacy == Privacy::none) return {};
  if (t.name == "staff" || c.privacy == Privacy::security) return std::string(kStaffMembers);
  if (t.name == "creditor" || t.name == "mandate") return std::string(kCreditors);
  return std::string(kDebtors);  // cases, and the machinery's copies of their edits
}

ProcessingRegister processing_register(sql::Connection& db) {
  ProcessingRegister out;
  sql::Query q(db,
               "SELECT name, coalesce(address_line, ''), coalesce(postcode, ''), coalesce(city, ''),"
               " coalesce(privacy_contact, email, '') FROM sender ORDER BY created_at, id LIMIT 1");
  if (q.next()) {
    out.controller = q.text(0);
    out.address = q.text(1) + ", " + q.text(2) + " " + q.text(3);
    out.contact = q.text(4);
  }
  for (const auto tables : {schema::business_tables(), schema::engine_tables()})
    for (const Table& t : tables)
      for (const Column& c : t.columns) record(out.persons, t, c);
  out.retention = retention_of(db);
  out.recipients = recipients_of(db);
  out.measures = measures();
  return out;
}

json::object register_json(const ProcessingRegister& all) {
  json::array persons, retention, recipients, guards;
  for (const PersonsRecorded& one : all.persons) {
    json::array categories;
    for (const auto& category : one.categories) {
      json::array columns;
      for (const std::string& column : category.columns) columns.push_back(json::value(column));
      categories.push_back(
          json::object{{"category", schema::name_of(category.category)}, {"columns", std::move(columns)}});
    }
    persons.push_back(
        json::object{{"persons", one.name}, {"purpose", one.purpose}, {"categories", std::move(categories)}});
  }
  for (const auto& [what, rule] : all.retention)
    retention.push_back(json::object{{"what", what}, {"rule", rule}});
  for (const std::string& one : all.recipients) recipients.push_back(json::value(one));
  for (const std::string& one : all.measures) guards.push_back(json::value(one));
  return {{"controller", all.controller},
          {"address", all.address},
          {"contact", all.contact},
          {"processing", std::move(persons)},
          {"retention", std::move(retention)},
          {"recipients", std::move(recipients)},
          {"measures", std::move(guards)}};
}

std::vector<PaperSection> register_paper(const ProcessingRegister& all) {
  const auto or_missing = [](const std::string& text) {
    return text.empty() ? std::string("[à compléter : relance-server sender set]") : text;
  };
  std::vector<PaperSection> out{{.heading = "Responsable du traitement",
                                 .paragraphs = {},
                                 .facts = {{"Organisme", or_missing(all.controller)},
                                           {"Adresse", or_missing(all.address)},
                                           {"Contact (DPO)", or_missing(all.contact)}}}};
  for (const PersonsRecorded& one : all.persons) {
    PaperSection section{.heading = one.name, .paragraphs = {}, .facts = {{"Finalité", one.purpose}}};
    for (const auto& category : one.categories) {
      std::string columns;
      for (const std::string& column : category.columns) columns += (columns.empty() ? "" : ", ") + column;
      section.facts.emplace_back(category_fr(category.category), columns);
    }
    out.push_back(std::move(section));
  }
  out.push_back({.heading = "Destinataires", .paragraphs = all.recipients});
  out.push_back({.heading = "Durées de conservation", .paragraphs = {}, .facts = all.retention});
  out.push_back({.heading = "Mesures de sécurité", .paragraphs = all.measures});
  return out;
}

}  // namespace relance::server
