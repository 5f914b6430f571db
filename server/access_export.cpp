#include "server/access_export.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "host/digest.h"
#include "host/failure.h"
#include "host/texts.h"
#include "host/value_text.h"
#include "schema/instant.h"
#include "server/case_view.h"
#include "server/stored_files.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using schema::Column;
using schema::Privacy;
using schema::Table;

constexpr std::string_view kWithheld = "[retiré : droits d'autrui, RGPD art. 15(4)]";
constexpr std::string_view kQuarantine = "quarantine";

bool has(const Table& t, std::string_view column) { return schema::find_column(t, column).has_value(); }

// ---- rows --------------------------------------------------------------------------------------------------------

std::vector<Row> rows_where(sql::Connection& db, const Table& t, const std::string& where, const Id& debtor) {
  std::string names;
  for (const Column& c : t.columns) names += (names.empty() ? "" : ", ") + std::string(c.name);
  std::vector<Row> out;
  sql::Query q(db,
               "SELECT " + names + " FROM " + std::string(t.name) + " WHERE " + where + " ORDER BY " +
                   std::string(t.key),
               debtor);
  while (q.next()) {
    Row row(t.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = read_value(q, static_cast<int>(i), t.columns[i].type);
    out.push_back(std::move(row));
  }
  return out;
}

std::string where_of(const Table& t) {
  if (t.way == schema::Way::debtor) return "id = ?1";
  std::string out;
  if (has(t, "debtor_id")) out = "debtor_id = ?1";
  if (has(t, "case_id"))
    out += (out.empty() ? "" : " OR ") +
           std::string("case_id IN (SELECT id FROM case_file WHERE debtor_id = ?1)");
  return out;
}

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// Is one of the ids written in the text?
bool names_one(std::string_view text, const std::set<Id>& ids) {
  constexpr std::size_t kLength = 36;
  for (std::size_t at = 0; at + kLength <= text.size(); ++at) {
    if (!is_hex(text[at]) || text[at + 8] != '-') continue;
    if (const auto id = Id::parse(text.substr(at, kLength)); id && ids.contains(*id)) return true;
  }
  return false;
}

// What untrusted devices handed over about the person: their edits say so by the ids that they name.
PersonTable quarantined(sql::Connection& db, const std::set<Id>& ids) {
  const Table* t = nullptr;
  for (const Table& each : schema::engine_tables())
    if (each.name == kQuarantine) t = &each;
  PersonTable out{.table = t, .rows = {}};
  const std::size_t body = schema::column(*t, "body");
  for (Row& row : rows_where(db, *t, "?1 = ?1", Id{}))
    if (const auto* bytes = std::get_if<Bytes>(&row[body]); bytes != nullptr && names_one(bytes->data, ids))
      out.rows.push_back(std::move(row));
  return out;
}

// ---- values ------------------------------------------------------------------------------------------------------

std::string key_of(const Table& t, const Row& row) {
  std::string out;
  for (const std::string_view name : schema::split_names(t.key)) {
    const std::size_t at = schema::column(t, name);
    const auto* bytes = std::get_if<Bytes>(&row[at]);
    out +=
        (out.empty() ? "" : ":") + (bytes != nullptr ? hex(bytes->data) : value_text(t.columns[at], row[at]));
  }
  return out;
}

// Texts of anybody may name anybody; a name or number on a row that is not the debtor's own is somebody else's.
bool is_for_review(const Table& t, const Column& c) {
  if (c.privacy == Privacy::free_text) return true;
  const bool is_text = c.type == schema::Type::text;
  const bool is_own = t.way == schema::Way::debtor || t.name == "contact_point";
  return is_text && !is_own && (c.privacy == Privacy::identity || c.privacy == Privacy::contact);
}

bool is_content(const Table& t, const Column& c) { return t.name == "stored_file" && c.name == "content"; }

json::value value_json(const Column& c, const Value& value) {
  const auto* bytes = std::get_if<Bytes>(&value);
  if (bytes == nullptr) return json_of(c, value);
  return json::value(schema::is_utf8(bytes->data) && c.privacy == Privacy::free_text ? bytes->data
                                                                                     : hex(bytes->data));
}

std::string word_or_text(const Column& c, const Value& value) {
  if (const auto* bytes = std::get_if<Bytes>(&value))
    return schema::is_utf8(bytes->data) ? bytes->data : std::string("(octets)");
  const std::string text = value_text(c, value);
  if (c.type == schema::Type::word) return word_label(Lang::fr, text);
  if (c.type == schema::Type::flag) return text == "1" ? "oui" : "non";
  return c.type == schema::Type::cents ? text + " EUR" : text;
}

// ---- files -------------------------------------------------------------------------------------------------------

std::string_view ending_of(std::string_view media_type) {
  if (media_type == "application/pdf") return ".pdf";
  if (media_type == "image/png") return ".png";
  if (media_type == "image/jpeg") return ".jpg";
  if (media_type == "text/plain") return ".txt";
  return ".bin";
}

std::string file_name(std::string_view hash_hex, std::string_view content) {
  return "fichier-" + std::string(hash_hex.substr(0, 16)) +
         std::string(ending_of(media_type_of("", content)));
}

std::vector<PersonFile> files_of(sql::Connection& db, const PersonTable& stored,
                                 const std::set<std::string>& withheld) {
  std::vector<PersonFile> out;
  const Table& t = *stored.table;
  for (const Row& row : stored.rows) {
    const std::string hash = hex(std::get<Bytes>(row[schema::column(t, "hash")]).data);
    const std::string& content = std::get<Bytes>(row[schema::column(t, "content")]).data;
    if (withheld.contains("stored_file " + key_of(t, row) + " content")) continue;
    const auto title = sql::text(db,
                                 "SELECT coalesce(number, kind) FROM letter WHERE file_hash = ?1"
                                 " UNION ALL SELECT name FROM document WHERE file_hash = ?1 LIMIT 1",
                                 hash);
    PersonFile file{file_name(hash, content), title.value_or("fichier"), content};
    // The same bytes may be stored for two of the person's cases.
    if (std::none_of(out.begin(), out.end(), [&](const PersonFile& one) { return one.name == file.name; }))
      out.push_back(std::move(file));
  }
  return out;
}

// ---- who has it, where it is from --------------------------------------------------------------------------------

// The devices that hold one of the cases; the worst of what is known over all of them.
std::vector<Reach> devices_of(sql::Connection& db, const std::vector<PersonTable>& tables, const Id& debtor) {
  std::map<Id, Reach> out;
  for (const PersonTable& one : tables) {
    if (one.table->engine || !schema::is_served(*one.table)) continue;
    for (const Row& row : one.rows)
      for (Reach& reach : reach_of(db, *one.table, std::get<Id>(row.front()))) {
        const auto [place, is_new] = out.try_emplace(reach.device, reach);
        if (!is_new) place->second.has_reached = place->second.has_reached && reach.has_reached;
      }
  }
  // Sent once and not yet given back: it lost the case, and may not know.
  sql::Query q(
      db,
      "SELECT DISTINCT d.id, s.name, coalesce(d.name, ''), d.state, t.last_sync_at, t.pending FROM holding h"
      " JOIN device d ON d.id = h.device_id JOIN device_state t ON t.device_id = d.id"
      " JOIN staff s ON s.id = d.staff_id WHERE h.debtor_id = ?1 AND h.until_at IS NULL AND d.state <> "
      "'wiped'",
      debtor);
  while (q.next())
    out.try_emplace(q.id(0), Reach{.device = q.id(0),
                                   .user = q.text(1),
                                   .machine = q.text(2),
                                   .state = q.text(3),
                                   .last_sync_at = q.integer(4),
                                   .pending = q.integer(5),
                                   .has_reached = false});
  std::vector<Reach> list;
  for (auto& [id, reach] : out) list.push_back(std::move(reach));
  return list;
}

std::vector<std::string> recipients_of(sql::Connection& db, const Id& debtor) {
  std::vector<std::string> out;
  const std::string of_cases = " IN (SELECT id FROM case_file WHERE debtor_id = ?1)";
  const auto each = [&](const std::string& query, std::string_view what) {
    sql::Query q(db, query, debtor);
    while (q.next())
      if (!q.view(0).empty()) out.push_back(std::string(what) + q.text(0));
  };
  each(
      "SELECT DISTINCT k.name FROM case_file c JOIN creditor k ON k.id = c.creditor_id WHERE c.debtor_id = "
      "?1 ORDER BY 1",
      "Créancier : ");
  sql::Query q(
      db,
      "SELECT c.number, s.role, coalesce(a.valid_from, ''), coalesce(a.valid_to, '') FROM assignment a"
      " JOIN staff s ON s.id = a.staff_id JOIN case_file c ON c.id = a.case_id WHERE c.debtor_id = ?1"
      " ORDER BY c.number, a.valid_from, a.id",
      debtor);
  while (q.next())
    out.push_back("Personnel habilité (" + word_label(Lang::fr, q.text(1)) + "), dossier " + q.text(0) +
                  (q.view(2).empty() ? "" : ", du " + q.text(2)) +
                  (q.view(3).empty() ? "" : " au " + q.text(3)));
  each("SELECT DISTINCT court FROM legal_step WHERE court IS NOT NULL AND case_id" + of_cases + " ORDER BY 1",
       "Juridiction : ");
  sql::Query parties(db, "SELECT DISTINCT role FROM party_role WHERE case_id" + of_cases + " ORDER BY 1",
                     debtor);
  while (parties.next()) out.push_back("Intervenant au dossier : " + word_label(Lang::fr, parties.text(0)));
  return out;
}

std::vector<std::string> sources_of(sql::Connection& db, const Id& debtor) {
  std::vector<std::string> out;
  std::set<std::string> imports;
  for (const Table& t : schema::business_tables()) {
    if (!has(t, "batch_id") || !has(t, "case_id")) continue;
    sql::Query q(db,
                 "SELECT DISTINCT b.format, b.happened_at, k.name FROM " + std::string(t.name) +
                     " x JOIN import_batch b ON b.id = x.batch_id JOIN creditor k ON k.id = b.creditor_id"
                     " JOIN case_file c ON c.id = x.case_id WHERE c.debtor_id = ?1 ORDER BY b.happened_at",
                 debtor);
    while (q.next())
      imports.insert("Import " + q.text(0) + " du " + instant_text(q.integer(1)).substr(0, 10) +
                     ", reçu pour le créancier " + q.text(2));
  }
  out.assign(imports.begin(), imports.end());
  sql::Query q(db,
               "SELECT DISTINCT source FROM contact_point WHERE debtor_id = ?1 AND source IS NOT NULL"
               " UNION SELECT DISTINCT source FROM enquiry WHERE debtor_id = ?1 ORDER BY 1",
               debtor);
  while (q.next()) out.push_back("Recherche ou indication : " + q.text(0));
  out.emplace_back("Vous-même et vos interlocuteurs, lors des appels et courriers notés au dossier");
  return out;
}

std::string person_name(sql::Connection& db, const Id& debtor) {
  sql::Query q(
      db, "SELECT coalesce(legal_name, trade_name, ''), coalesce(first_name, '') FROM debtor WHERE id = ?1",
      debtor);
  if (!q.next()) throw Failure(Code::not_found, "There is no debtor of that id.");
  return q.view(1).empty() ? q.text(0) : q.text(1) + " " + q.text(0);
}

std::string table_fr(const Table& t) {
  if (t.name == "history") return "historique des modifications";
  if (t.name == "stored_file") return "fichier conservé";
  if (t.name == kQuarantine) return "saisie d'un poste en attente de décision";
  if (t.name == "holding") return "copie sur un poste";
  return table_label(Lang::fr, t.name);
}

}  // namespace

bool holds_persons(const Table& t) {
  return t.side != schema::Side::client &&
         (t.way == schema::Way::debtor || has(t, "debtor_id") || has(t, "case_id") || t.name == kQuarantine);
}

std::vector<PersonTable> rows_of_person(sql::Connection& db, const Id& debtor_id) {
  std::vector<PersonTable> out;
  std::set<Id> ids{debtor_id};
  for (const auto tables : {schema::business_tables(), schema::engine_tables()})
    for (const Table& t : tables) {
      if (!holds_persons(t) || t.name == kQuarantine) continue;
      PersonTable one{.table = &t, .rows = rows_where(db, t, where_of(t), debtor_id)};
      if (!t.engine)
        for (const Row& row : one.rows) ids.insert(std::get<Id>(row.front()));
      if (!one.rows.empty()) out.push_back(std::move(one));
    }
  if (PersonTable held = quarantined(db, ids); !held.rows.empty()) out.push_back(std::move(held));
  return out;
}

std::string name_of(const ForReview& one) { return one.table + " " + one.row + " " + one.column; }

AccessExport access_export(sql::Connection& db, const AccessAsk& ask) {
  AccessExport out{.person = person_name(db, ask.debtor_id),
                   .made_on = ask.made_on,
                   .is_reviewed = ask.is_reviewed,
                   .tables = rows_of_person(db, ask.debtor_id),
                   .withheld = ask.withheld};
  sql::Query sender(
      db, "SELECT name, coalesce(privacy_contact, email, '') FROM sender ORDER BY created_at, id LIMIT 1");
  if (sender.next()) {
    out.controller = sender.text(0);
    out.contact = sender.text(1);
  }
  for (const PersonTable& one : out.tables) {
    for (const Row& row : one.rows)
      for (std::size_t i = 0; i < row.size(); ++i) {
        const Column& c = one.table->columns[i];
        if (!is_for_review(*one.table, c) || is_null(row[i])) continue;
        out.review.push_back(
            {std::string(one.table->name), key_of(*one.table, row), std::string(c.name),
             is_content(*one.table, c) ? std::string("(fichier)") : word_or_text(c, row[i])});
      }
    if (one.table->name == "stored_file") out.files = files_of(db, one, ask.withheld);
    if (one.table->name != "case_file") continue;
    for (const Row& row : one.rows) {
      const Id id = std::get<Id>(row.front());
      out.retention.emplace_back(text_of(*one.table, row, "number"),
                                 ask.retention
                                     ? ask.retention(db, id)
                                     : "conservé avec le dossier, puis effacé selon les durées du registre");
    }
  }
  out.devices = devices_of(db, out.tables, ask.debtor_id);
  out.recipients = recipients_of(db, ask.debtor_id);
  out.sources = sources_of(db, ask.debtor_id);
  return out;
}

// ---- the answer --------------------------------------------------------------------------------------------------

namespace {

json::array texts_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& one : texts) out.push_back(json::value(one));
  return out;
}

json::object table_json(const AccessExport& all, const PersonTable& one) {
  const Table& t = *one.table;
  json::array columns, rows;
  for (const Column& c : t.columns)
    columns.push_back(json::object{{"name", c.name},
                                   {"meaning", c.meaning},
                                   {"label", column_label(Lang::fr, c.name)},
                                   {"says_about_a_person", schema::name_of(c.privacy)},
                                   {"for_review", is_for_review(t, c)}});
  for (const Row& row : one.rows) {
    json::object values;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Column& c = t.columns[i];
      const bool is_withheld =
          all.withheld.contains(std::string(t.name) + " " + key_of(t, row) + " " + std::string(c.name));
      if (is_withheld)
        values[c.name] = kWithheld;
      else if (is_content(t, c))
        values[c.name] = file_name(hex(std::get<Bytes>(row[schema::column(t, "hash")]).data),
                                   std::get<Bytes>(row[i]).data);
      else
        values[c.name] = value_json(c, row[i]);
    }
    rows.push_back(std::move(values));
  }
  return {{"name", t.name},
          {"label", table_fr(t)},
          {"meaning", t.meaning},
          {"kept", schema::name_of(t.retention)},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)}};
}

json::array devices_json(const AccessExport& all) {
  json::array out;
  for (const Reach& one : all.devices)
    out.push_back(
        json::object{{"device", one.device.text()},
                     {"state", one.state},
                     {"last_contact", one.last_sync_at == 0 ? json::value(nullptr)
                                                            : json::value(instant_text(one.last_sync_at))},
                     {"edits_kept_back", one.pending},
                     {"up_to_date", one.has_reached}});
  return out;
}

// A person reads what says something; ids and hashes are in the JSON.
bool is_readable(const Column& c) {
  return c.type != schema::Type::id && !(c.type == schema::Type::bytes && c.privacy == Privacy::none);
}

PaperSection intro(const AccessExport& all) {
  PaperSection out{.heading = "À propos de cette réponse", .paragraphs = {}};
  if (!all.is_reviewed)
    out.paragraphs.push_back("PROJET : " + std::to_string(all.review.size()) +
                             " valeurs peuvent concerner d'autres personnes et n'ont pas encore été relues "
                             "(a-verifier.txt). Ne pas remettre en l'état.");
  out.facts = {
      {"Personne", all.person},
      {"Établi le", iso_text(all.made_on)},
      {"Responsable", all.controller.empty() ? "[à compléter]" : all.controller},
      {"Contact", all.contact.empty() ? "[à compléter]" : all.contact},
      {"Finalité", "recouvrement amiable et, s'il y a lieu, judiciaire de créances ; obligations comptables"},
      {"Base légale",
       "exécution du contrat et intérêt légitime du créancier (art. 6(1)(b) et (f)) ; obligations légales "
       "(art. 6(1)(c))"},
      {"Décision automatisée", "aucune (art. 22) : une cote ordonne le travail, une personne décide"},
      {"Transferts hors Union", "aucun par ce logiciel"},
      {"Vos droits",
       "rectification, effacement, limitation, opposition auprès du contact ci-dessus ; réclamation auprès "
       "de la CNIL (cnil.fr)"}};
  return out;
}

PaperSection list_section(const std::string& heading, const std::vector<std::string>& lines) {
  return {.heading = heading, .paragraphs = lines.empty() ? std::vector<std::string>{"Néant."} : lines};
}

PaperSection devices_section(const AccessExport& all) {
  PaperSection out{.heading = "Postes qui en détiennent une copie", .paragraphs = {}};
  if (all.devices.empty()) out.paragraphs.emplace_back("Aucun : les données sont au bureau seulement.");
  for (const Reach& one : all.devices) {
    std::string text =
        "dernier contact " + (one.last_sync_at == 0 ? std::string("jamais") : instant_text(one.last_sync_at));
    if (!one.has_reached) text += " ; pas à jour";
    if (one.pending > 0) text += " ; " + std::to_string(one.pending) + " saisies pas encore transmises";
    out.facts.emplace_back(one.device.text(), text);
  }
  return out;
}

}  // namespace

json::object access_json(const AccessExport& all) {
  json::array tables, files, retention, review;
  for (const PersonTable& one : all.tables) tables.push_back(table_json(all, one));
  for (const PersonFile& one : all.files)
    files.push_back(
        json::object{{"name", one.name}, {"title", one.title}, {"size_bytes", one.content.size()}});
  for (const auto& [number, sentence] : all.retention)
    retention.push_back(json::object{{"case", number}, {"rule", sentence}});
  for (const ForReview& one : all.review)
    review.push_back(json::object{{"table", one.table}, {"row", one.row}, {"column", one.column}});
  return {{"person", all.person},
          {"made_on", iso_text(all.made_on)},
          {"controller", all.controller},
          {"contact", all.contact},
          {"reviewed", all.is_reviewed},
          {"withheld", all.withheld.size()},
          {"tables", std::move(tables)},
          {"files", std::move(files)},
          {"recipients", texts_json(all.recipients)},
          {"devices", devices_json(all)},
          {"sources", texts_json(all.sources)},
          {"retention", std::move(retention)},
          {"for_review", std::move(review)}};
}

std::vector<PaperSection> access_paper(const AccessExport& all) {
  std::vector<PaperSection> out{intro(all), list_section("Destinataires", all.recipients),
                                devices_section(all), list_section("Origine des données", all.sources)};
  PaperSection kept{.heading = "Durées de conservation", .paragraphs = {}};
  for (const auto& [number, sentence] : all.retention) kept.facts.emplace_back("Dossier " + number, sentence);
  out.push_back(std::move(kept));
  std::vector<std::string> files;
  for (const PersonFile& one : all.files) files.push_back(one.name + " : " + one.title);
  out.push_back(list_section("Fichiers joints", files));
  for (const PersonTable& one : all.tables) {
    std::size_t n = 0;
    for (const Row& row : one.rows) {
      PaperSection section{
          .heading = table_fr(*one.table) + " " + std::to_string(++n) + "/" + std::to_string(one.rows.size()),
          .paragraphs = {}};
      for (std::size_t i = 0; i < row.size(); ++i) {
        const Column& c = one.table->columns[i];
        if (!is_readable(c) || is_null(row[i]) || is_content(*one.table, c)) continue;
        const bool is_withheld = all.withheld.contains(std::string(one.table->name) + " " +
                                                       key_of(*one.table, row) + " " + std::string(c.name));
        section.facts.emplace_back(column_label(Lang::fr, c.name),
                                   is_withheld ? std::string(kWithheld) : word_or_text(c, row[i]));
      }
      out.push_back(std::move(section));
    }
  }
  return out;
}

Bundle access_bundle(const AccessExport& all) {
  Bundle out;
  const auto add = [&](const std::string& name, std::string content) {
    out.pieces.push_back({.name = name, .title = name, .on = "", .content = std::move(content)});
  };
  add("donnees.json", json::serialize(access_json(all)) + "\n");
  add("reponse.pdf", sections_pdf(std::string(kAccessTitle), access_paper(all), all.made_on));
  if (!all.is_reviewed) {
    std::string list =
        "# Valeurs qui peuvent concerner d'autres personnes (RGPD art. 15(4)). Effacez les lignes de ce qui "
        "peut être\n"
        "# remis ; ce qui reste est retiré par : relance-server access … --withhold CE-FICHIER --reviewed\n";
    for (const ForReview& one : all.review) {
      std::string value = one.value;
      std::replace_if(
          value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
      list += name_of(one) + "\t" + value + "\n";
    }
    add("a-verifier.txt", std::move(list));
  }
  for (const PersonFile& one : all.files) add(one.name, one.content);
  return out;
}

}  // namespace relance::server
