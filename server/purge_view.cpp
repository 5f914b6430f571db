#include "server/purge_view.h"

#include <map>

#include "host/terminal.h"
#include "schema/instant.h"
#include "server/report_pdf.h"

namespace relance::server {
namespace {

namespace json = boost::json;

json::value instant_or_null(Ms at) { return at == 0 ? json::value(nullptr) : json::value(instant_text(at)); }
json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string day_text(Ms at) { return at == 0 ? "never" : iso_text(civil_date_of(at, 0)); }

struct RuleSums {
  std::int64_t cases = 0, rows = 0, vouchers = 0;
  std::string vouchers_until;
};

std::map<std::string, RuleSums> sums_by_rule(const std::vector<PurgeItem>& items) {
  std::map<std::string, RuleSums> out;
  for (const PurgeItem& item : items) {
    if (item.state != "erased") continue;
    RuleSums& sums = out[item.rule];
    ++sums.cases;
    sums.rows += item.rows;
    sums.vouchers += item.vouchers;
    sums.vouchers_until = std::max(sums.vouchers_until, item.vouchers_until);
  }
  return out;
}

std::string basis_of(const PurgeCertificate& c, const std::string& code) {
  for (const RetentionRule& rule : c.rules)
    if (rule.code == code) return rule.legal_basis;
  return c.run.ground;
}

}  // namespace

json::object purge_json(const PurgeRun& run) {
  return {{"id", run.id.text()},
          {"state", run.state},
          {"origin", run.origin},
          {"ground", text_or_null(run.ground)},
          {"planned_at", instant_or_null(run.planned_at)},
          {"planned_by", run.planned_by},
          {"approved_at", instant_or_null(run.approved_at)},
          {"approved_by", text_or_null(run.approved_by)},
          {"begun_at", instant_or_null(run.begun_at)},
          {"ended_at", instant_or_null(run.ended_at)},
          {"cases_in_all", run.cases_in_all},
          {"brake_released", run.is_brake_released},
          {"planned", run.planned},
          {"blocked", run.blocked},
          {"erased", run.erased},
          {"rows", run.rows},
          {"vouchers", run.vouchers},
          {"scanned_bytes", run.scanned_bytes},
          {"needles", run.needles},
          {"residue", run.residue}};
}

json::object item_json(const PurgeItem& item) {
  return {{"case_id", item.case_id.text()},
          {"number", text_or_null(item.number)},
          {"state", item.state},
          {"rule", item.rule},
          {"due_on", text_or_null(item.due_on)},
          {"blocked_by", text_or_null(item.blocked)},
          {"rows", item.rows},
          {"vouchers", item.vouchers},
          {"vouchers_until", text_or_null(item.vouchers_until)}};
}

json::object device_json(const PurgeDevice& device, Ms now) {
  return {{"device", device.device.text()},
          {"owner", device.owner},
          {"standing", device_standing(device)},
          {"due", device.due},
          {"done", device.done},
          {"signed", device.verified},
          {"wiped", device.wiped},
          {"expired", device.expired},
          {"last_sync_at", instant_or_null(device.last_sync_at)},
          {"lease_until", instant_or_null(device.lease_until)},
          {"lease_over", device.lease_until < now}};
}

std::string device_standing(const PurgeDevice& device) {
  if (device.due > 0) return "not yet answered";
  if (device.expired > 0) return "expired, unconfirmed";
  if (device.done > 0) return "done";
  return "wiped";
}

std::string items_text(const std::vector<PurgeItem>& items) {
  TextTable table({{"case"},
                   {"state"},
                   {"rule"},
                   {"due"},
                   {"rows", TextTable::Align::right},
                   {"kept", TextTable::Align::right},
                   {"what stands in the way"}});
  for (const PurgeItem& item : items) {
    std::string why;
    for (const RetentionBar bar :
         {RetentionBar::open_case, RetentionBar::legal_hold, RetentionBar::open_claim, RetentionBar::request})
      if (item.blocked == name_of(bar)) why = sentence_of(bar);
    table.add({item.number.empty() ? item.case_id.text() : item.number, item.state, item.rule, item.due_on,
               std::to_string(item.rows), std::to_string(item.vouchers), why});
  }
  return table.empty() ? std::string{} : table.text();
}

std::string devices_text(const std::vector<PurgeDevice>& devices) {
  TextTable table({{"device"},
                   {"of"},
                   {"stands"},
                   {"done", TextTable::Align::right},
                   {"signed", TextTable::Align::right},
                   {"due", TextTable::Align::right},
                   {"last contact"}});
  for (const PurgeDevice& d : devices)
    table.add({d.device.text(), d.owner, device_standing(d), std::to_string(d.done),
               std::to_string(d.verified), std::to_string(d.due), day_text(d.last_sync_at)});
  return table.empty() ? std::string{} : table.text();
}

std::string standing_of(const PurgeRun& run, const std::vector<PurgeDevice>& devices) {
  if (run.state == "planned") return "Planned: somebody has to approve it (`relance-server purge approve`).";
  if (run.state == "dropped") return "Dropped: a later plan took its place.";
  if (run.state == "approved") return "Approved: `relance-server purge run` carries it out.";
  if (run.state == "running") return "Begun and not finished: `relance-server purge run` goes on.";
  if (run.state == "scanning")
    return run.residue > 0
               ? "Erased, but " + std::to_string(run.residue) +
                     " values are still found in the database: not done. Run it again; if it stays, ask "
                     "for help."
               : "Erased, not proven yet: `relance-server purge run` goes on.";
  std::int64_t waiting = 0, unconfirmed = 0;
  for (const PurgeDevice& d : devices) {
    waiting += d.due > 0;
    unconfirmed += d.expired > 0;
  }
  if (waiting == 0 && unconfirmed == 0)
    return "Complete: the server and every device that held it have erased it.";
  return "Done on the server; " + std::to_string(waiting) + " devices have not answered yet, " +
         std::to_string(unconfirmed) + " are past their lease and unconfirmed.";
}

PurgeCertificate certificate_of(sql::Connection& db, const Id& id) {
  PurgeCertificate out;
  out.organisation = sql::get_meta(db, "organisation").value_or("");
  out.run = purge_run(db, id);
  out.items = purge_items(db, id);
  out.devices = purge_devices(db, id);
  out.rules = rules_in_force(load_retention_rules(db), civil_date_of(out.run.planned_at, 0));
  out.head = erasure_head(db);
  out.backup_before = out.run.ended_at == 0 ? out.run.begun_at : out.run.ended_at;
  return out;
}

json::object certificate_json(const PurgeCertificate& c, Ms now) {
  json::array rules, devices;
  for (const auto& [code, sums] : sums_by_rule(c.items))
    rules.push_back(json::object{{"rule", code},
                                 {"legal_basis", basis_of(c, code)},
                                 {"cases", sums.cases},
                                 {"rows", sums.rows},
                                 {"vouchers", sums.vouchers},
                                 {"vouchers_until", text_or_null(sums.vouchers_until)}});
  for (const PurgeDevice& device : c.devices) devices.push_back(device_json(device, now));
  return {{"organisation", c.organisation},
          {"purge", purge_json(c.run)},
          {"standing", standing_of(c.run, c.devices)},
          {"erased_by_rule", std::move(rules)},
          {"devices", std::move(devices)},
          {"ledger", json::object{{"n", c.head.n}, {"hash", c.head.hash}}},
          {"backups_before", instant_or_null(c.backup_before)}};
}

std::string certificate_pdf(const PurgeCertificate& c) {
  using Align = PdfTable::Column::Align;
  PdfTable table{.title = "Certificat d’effacement", .as_of = {}, .columns = {}, .rows = {}, .notes = {}};
  table.as_of = c.organisation + ", effacement " + c.run.id.text();
  table.columns = {{"Règle", Align::left, 1.0},           {"Fondement", Align::left, 3.0},
                   {"Dossiers", Align::right, 1.0},       {"Lignes", Align::right, 1.0},
                   {"Pièces gardées", Align::right, 1.2}, {"Jusqu’au", Align::left, 1.3}};
  for (const auto& [code, sums] : sums_by_rule(c.items))
    table.rows.push_back({{code, basis_of(c, code), std::to_string(sums.cases), std::to_string(sums.rows),
                           std::to_string(sums.vouchers), sums.vouchers_until}});
  if (table.rows.empty()) table.rows.push_back({{"", "Rien n’a été effacé.", "0", "0", "0", ""}});
  table.notes.push_back("Planifié le " + day_text(c.run.planned_at) + " par " + c.run.planned_by +
                        ", approuvé le " + day_text(c.run.approved_at) + " par " +
                        (c.run.approved_by.empty() ? "personne" : c.run.approved_by) +
                        ", achevé sur le serveur le " + day_text(c.run.ended_at) +
                        (c.run.ground.empty() ? "." : ". Motif : " + c.run.ground + "."));
  table.notes.push_back("Après réécriture de la base, " + std::to_string(c.run.scanned_bytes) +
                        " octets déchiffrés ont été parcourus à la recherche de " +
                        std::to_string(c.run.needles) +
                        " identifiants et valeurs effacés : " + std::to_string(c.run.residue) + " trouvés.");
  table.notes.push_back(
      "Sont gardés : des montants et des dates sans aucun nom (pièces comptables, C. com. L123-22), "
      "le journal des effacements, et des empreintes à clé, elles-mêmes limitées dans le temps.");
  for (const PurgeDevice& d : c.devices)
    table.notes.push_back("Poste " + d.device.text() + " (" + d.owner + ") : " +
                          (d.due > 0       ? "n’a pas encore répondu"
                           : d.expired > 0 ? "bail expiré, non confirmé"
                           : d.done > 0    ? "effacé, " + std::to_string(d.done) + " reçus, dont signés " +
                                              std::to_string(d.verified)
                                        : "détruit") +
                          ", dernier contact " + day_text(d.last_sync_at) + ".");
  table.notes.push_back(
      "Les sauvegardes faites avant le " + day_text(c.backup_before) +
      " contiennent encore ces dossiers, chiffrés ; une restauration les efface de nouveau avant de "
      "servir quiconque (registre des effacements, ligne " +
      std::to_string(c.head.n) + ", empreinte " + c.head.hash.substr(0, 16) + ").");
  return table_pdf(table, civil_date_of(c.run.ended_at == 0 ? c.run.planned_at : c.run.ended_at, 0));
}

}  // namespace relance::server
