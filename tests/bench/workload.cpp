#include "tests/bench/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "host/failure.h"
#include "server/database.h"
#include "server/feed.h"
#include "server/ledger.h"
#include "server/reference_data.h"
#include "server/rows.h"

namespace relance::bench {
namespace {

using schema::Table;

constexpr Ms kFirstDay = 1'780'000'000'000;  // May 2026
constexpr Ms kLongAgo = 1'585'000'000'000;   // March 2020: past every period of retention
constexpr Ms kBetweenRows = 1'700;
constexpr std::size_t kNoteCharacters = 120;

constexpr std::array kOpenings{"Appel au standard, ",
                               "Joint le gérant, ",
                               "Joint la comptable, ",
                               "Rappel suite à son message, ",
                               "Débiteur joint sur son portable, ",
                               "Répondeur, message laissé, ",
                               "Eu Mme {} au service comptabilité, ",
                               "Eu M. {} directement, ",
                               "Relance téléphonique, ",
                               "Appel entrant de M. {}, ",
                               "Appel entrant, ",
                               "Passage au magasin, ",
                               "Le secrétariat transmet, ",
                               "Courriel reçu puis appel, ",
                               "Deuxième appel de la semaine, ",
                               "Contact avec Mme {}, associée, ",
                               "Ligne occupée puis joint M. {}, ",
                               "Rendez-vous téléphonique tenu, ",
                               "Suite à la lettre du {}/{}, appel, ",
                               "Joint l'épouse, qui passe le combiné, ",
                               "Nouveau numéro trouvé, appel, ",
                               "Appel très bref, "};
constexpr std::array kMiddles{"reconnaît devoir la facture {} mais attend un règlement client",
                              "demande un duplicata de la facture {} par courriel",
                              "dit avoir viré {},{} euros le {}/{}, preuve demandée",
                              "conteste la quantité livrée sur le bon {}",
                              "trésorerie tendue, propose {} euros par mois",
                              "promet un virement de {} euros avant le {}/{}",
                              "n'a jamais reçu la mise en demeure",
                              "en congés jusqu'au {}/{}, rappeler ensuite",
                              "le chèque n° {} serait parti au courrier",
                              "demande un échéancier en {} fois",
                              "affirme que l'avoir {} n'a pas été déduit",
                              "litige sur le prix unitaire, {} euros d'écart",
                              "chantier bloqué, attend sa situation de travaux n° {}",
                              "changement de banque, RIB demandé",
                              "société en cours de cession, voir le repreneur",
                              "refuse de payer les pénalités, d'accord sur le principal",
                              "a perdu son principal client, dépôt de bilan évoqué",
                              "paiement validé en interne, part au lot du {}/{}",
                              "souhaite parler au commercial avant tout paiement",
                              "réclame le détail du solde de {},{} euros",
                              "la facture {} est en attente de bon à payer",
                              "accepte la carte bancaire, lien à envoyer",
                              "ne répond pas sur la date, ton agacé"};
constexpr std::array kEndings{". Rappeler le {}/{} à {}h.",
                              ". À relancer la semaine prochaine.",
                              ". Courriel de confirmation envoyé.",
                              ". Attendre le retour de la direction.",
                              ". Voir avec le créancier.",
                              ". Prévenu : mise en demeure au {}/{}.",
                              ". Pièces renvoyées ce jour.",
                              ". Pas de numéro direct, passer par le {}.",
                              ". Ton cordial, bonne foi.",
                              ". Mauvaise foi probable, suivre de près.",
                              ". Adresse confirmée : {} rue {}.",
                              ". Dossier à revoir en équipe.",
                              ". Demande à être appelé le matin.",
                              ". Ne veut plus d'appels après {}h.",
                              ". Copie au commercial.",
                              ". Suite attendue sous {} jours."};
constexpr std::array kNames{"Lefèvre",  "Moreau", "Garcia",   "Bernard",   "Petit",  "Robert",
                            "Durand",   "Nguyen", "Fontaine", "Chevalier", "Benali", "Marchand",
                            "Da Silva", "Roux",   "Lambert",  "Girard",    "Caron",  "Picard",
                            "Rolland",  "Haddad", "Vasseur",  "Prévost"};
constexpr std::array kTrades{"Boulangerie", "Menuiserie", "Transports", "Garage",     "SARL",   "SAS",
                             "Maçonnerie",  "Imprimerie", "Hôtel",      "Pharmacie",  "Fleurs", "Élagage",
                             "Couverture",  "Traiteur",   "Atelier",    "Carrosserie"};
constexpr std::array kTowns{"du Port",         "de la Gare", "des Tilleuls", "Saint-Michel", "de Bretagne",
                            "du Vieux Moulin", "des Alpes",  "Pasteur",      "Voltaire",     "de l'Église"};
constexpr std::array kOutcomes{"reached",   "reached", "reached",     "voicemail",
                               "no_answer", "promise", "third_party", "dispute"};
constexpr std::array kReasons{
    "cash_flow", "forgotten", "invoice_missing", "dispute", "paid_already", "hardship", "none", "other"};
constexpr std::array kLabels{"Facture de vente",    "Livraison matériaux", "Prestation mensuelle",
                             "Solde de chantier",   "Location d'engin",    "Fournitures",
                             "Maintenance annuelle"};
constexpr std::array kTags{"urgent", "btp", "fidele", "litige", "rappel"};

template <class Array>
std::string_view one_of(const Array& from, SeededRandom& random) {
  return from[random.below(from.size())];
}

/// A phrase with its gaps filled: names where a name stands, numbers elsewhere.
std::string filled(std::string_view phrase, SeededRandom& random) {
  std::string out;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    if (phrase.substr(i, 2) != "{}") {
      out += phrase[i];
      continue;
    }
    ++i;
    const bool is_name = out.ends_with("M. ") || out.ends_with("Mme ");
    const bool is_long =
        out.ends_with("facture ") || out.ends_with("bon ") || out.ends_with("n° ") || out.ends_with("avoir ");
    if (is_name)
      out += one_of(kNames, random);
    else if (out.ends_with("rue "))
      out += one_of(kTowns, random);
    else if (is_long)
      out += std::to_string(1000 + random.below(9000));
    else if (phrase.substr(i + 1).starts_with(" euros"))
      out += std::to_string((2 + random.below(60)) * 50);
    else
      out += fmt::format("{:02}", 1 + random.below(28));
  }
  return out;
}

std::string date(SeededRandom& random) {
  return fmt::format("2026-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28));
}

/// A row in declared order, with the columns that are named; the rest as an insert would leave it.
class RowMaker {
 public:
  RowMaker(const Table& table, const Id& id, Ms at, const Id& staff, const Id& device)
      : table_(table), row_(table.columns.size()) {
    for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = schema::initial_value(table.columns[i]);
    row_[0] = id;
    row_[1] = at;
    row_[2] = staff;
    row_[3] = device;
  }
  template <class Content>
  RowMaker& with(std::string_view column, const Content& content) {
    Value& value = row_[schema::column(table_, column)];
    if constexpr (std::is_convertible_v<Content, std::string_view>)
      value = std::string(std::string_view(content));
    else
      value = content;
    return *this;
  }
  [[nodiscard]] const Row& row() const { return row_; }
  [[nodiscard]] const Table& table() const { return table_; }

 private:
  const Table& table_;
  Row row_;
};

/// Writes one agent's cases as an import followed by an assignment would have: rows by table, then marks.
class Filler {
 public:
  Filler(sql::Connection& db, SeededRandom& random, const Id& author, const Id& device, const Id& creditor,
         std::int64_t edit, Ms first_at = kFirstDay)
      : db_(db),
        random_(random),
        author_(author),
        device_(device),
        creditor_(creditor),
        edit_(edit),
        at_(first_at) {}

  AgentCases fill(const Id& staff_id, int cases, int first_number) {
    AgentCases out{.staff_id = staff_id, .cases = {}};
    for (int i = 0; i < cases; ++i) out.cases.push_back(fill_case(staff_id, first_number + i));
    static_cast<void>(marks_.flush(db_));
    return out;
  }

  /// `holder`: its place in the archive's lists; none where nobody holds the case.
  void fill_person(const Archive& archive, std::int64_t number, bool is_over,
                   std::optional<std::size_t> holder) {
    const CaseIds ids{.case_id = next_id(), .debtor_id = next_id()};
    const std::optional<Id> staff = holder ? std::optional(archive.holders[*holder]) : std::nullopt;
    const std::string ref = fmt::format("411{:07}", number);
    const std::string piece = fmt::format("FV{:08}", number);
    const std::int64_t cents = amount();
    is_gone_ = is_over;
    write(row("debtor", ids.debtor_id)
              .with("kind", "individual")
              .with("b2c", "yes")
              .with("legal_name",
                    fmt::format("{} {} {}", one_of(kNames, random_), one_of(kNames, random_), number))
              .with("language", "fr")
              .with("status", "active"),
          staff, {}, ids.debtor_id);
    write(row("contact_point", next_id())
              .with("debtor_id", ids.debtor_id)
              .with("type", "phone")
              .with("value", fmt::format("+336{:08}", random_.below(100'000'000)))
              .with("source", "file of the creditor"),
          staff, {}, ids.debtor_id);
    RowMaker file = row("case_file", ids.case_id);
    file.with("number", fmt::format("C-{:07}", number))
        .with("creditor_id", creditor_)
        .with("debtor_id", ids.debtor_id)
        .with("ledger_ref", ref)
        .with("opened_on", is_over ? "2019-05-11" : "2026-05-11");
    if (is_over) file.with("stage", "closed").with("closed_reason", "settled");
    write(file, staff, ids.case_id, {});
    const Id invoice = next_id();
    fill_entry(staff, ids, invoice, "invoice", piece, cents, is_over);
    if (is_over) fill_entry(staff, ids, next_id(), "payment", piece, -cents, true);
    write(row("claim", next_id())
              .with("case_id", ids.case_id)
              .with("piece_ref", piece)
              .with("label", std::string(one_of(kLabels, random_)) + " " + piece)
              .with("due_on", is_over ? "2019-06-11" : "2026-06-11")
              .with("due_origin", "assumed")
              .with("gross_cents", cents)
              .with("state", is_over ? "settled" : "open")
              .with("entry_id", invoice),
          staff, ids.case_id, {});
    fill_contact(staff, ids);
    if (!is_over) fill_contact(staff, ids);
    if (!staff) return;
    RowMaker assignment = row("assignment", next_id());
    assignment.with("case_id", ids.case_id).with("staff_id", *staff).with("valid_from", "2019-05-12");
    if (is_over) assignment.with("valid_to", "2020-03-24");
    write(assignment, staff, ids.case_id, {});
    sql::run(
        db_,
        "INSERT INTO holding (device_id, case_id, debtor_id, since_at, until_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        archive.devices[*holder], ids.case_id, ids.debtor_id, kLongAgo,
        is_over ? std::optional<Ms>(kLongAgo) : std::nullopt);
    if (is_over) remember(schema::table("case_file"), ids.case_id, ids.case_id, {}, "stage", kLongAgo);
  }

  void flush() { static_cast<void>(marks_.flush(db_)); }

 private:
  void fill_entry(const std::optional<Id>& staff, const CaseIds& ids, const Id& id, std::string_view kind,
                  const std::string& piece, std::int64_t cents, bool is_over) {
    write(row("entry", id)
              .with("case_id", ids.case_id)
              .with("kind", kind)
              .with("account", "411000")
              .with("journal", "VE")
              .with("piece_ref", piece)
              .with("label", std::string(one_of(kLabels, random_)) + " " + piece)
              .with("booked_on", is_over ? "2019-05-11" : "2026-05-11")
              .with("amount_cents", cents)
              .with("letter", is_over ? "AA" : "")
              .with("settled", std::int64_t{is_over})
              .with("source_key",
                    Bytes{std::string(random_.uuid().view()) + std::string(random_.uuid().view())}),
          staff, ids.case_id, {});
  }

  CaseIds fill_case(const Id& staff_id, int number) {
    const CaseIds ids{.case_id = next_id(), .debtor_id = next_id()};
    const std::string name =
        fmt::format("{} {} {}", one_of(kTrades, random_), one_of(kNames, random_), number);
    write(row("debtor", ids.debtor_id)
              .with("kind", "company")
              .with("b2c", "no")
              .with("legal_name", name)
              .with("siren", fmt::format("{:09}", random_.below(1'000'000'000)))
              .with("language", "fr")
              .with("status", "active"),
          staff_id, {}, ids.debtor_id);
    write(row("case_file", ids.case_id)
              .with("number", fmt::format("C-{:06}", number))
              .with("creditor_id", creditor_)
              .with("debtor_id", ids.debtor_id)
              .with("ledger_ref", fmt::format("411{:06}", number))
              .with("opened_on", "2026-05-11")
              .with("next_action_on", date(random_))
              .with("priority", static_cast<std::int64_t>(random_.below(3))),
          staff_id, ids.case_id, {});
    write(row("assignment", next_id())
              .with("case_id", ids.case_id)
              .with("staff_id", staff_id)
              .with("valid_from", "2026-05-12")
              .with("reason", "portfolio"),
          staff_id, ids.case_id, {});
    for (int i = 0; i < 3; ++i) fill_claim(staff_id, ids);
    for (int i = 0; i < 8; ++i) fill_contact(staff_id, ids);
    fill_plan(staff_id, ids);
    write(row("payment", next_id())
              .with("case_id", ids.case_id)
              .with("amount_cents", amount())
              .with("paid_on", date(random_))
              .with("means", "transfer")
              .with("state", "received")
              .with("bank_ref", fmt::format("VIR SEPA {:08}", random_.below(100'000'000))),
          staff_id, ids.case_id, {});
    return ids;
  }

  void fill_claim(const Id& staff_id, const CaseIds& ids) {
    const std::string piece = fmt::format("FA26{:05}", random_.below(100'000));
    write(row("claim", next_id())
              .with("case_id", ids.case_id)
              .with("piece_ref", piece)
              .with("label", std::string(one_of(kLabels, random_)) + " " + piece)
              .with("issued_on", date(random_))
              .with("due_on", date(random_))
              .with("due_origin", "assumed")
              .with("gross_cents", amount()),
          staff_id, ids.case_id, {});
  }

  void fill_contact(const std::optional<Id>& staff_id, const CaseIds& ids) {
    write(row("contact_event", next_id())
              .with("case_id", ids.case_id)
              .with("happened_at", at_ - static_cast<Ms>(random_.below(90'000'000)))
              .with("outcome", one_of(kOutcomes, random_))
              .with("reason", one_of(kReasons, random_))
              .with("spoke_to", one_of(kNames, random_))
              .with("duration_s", static_cast<std::int64_t>(20 + random_.below(400)))
              .with("note", french_note(random_)),
          staff_id, ids.case_id, {});
  }

  void fill_plan(const Id& staff_id, const CaseIds& ids) {
    const Id plan = next_id();
    const std::int64_t each = amount() / 4;
    write(row("payment_plan", plan)
              .with("case_id", ids.case_id)
              .with("total_cents", each * 4)
              .with("instalments", std::int64_t{4})
              .with("first_on", date(random_))
              .with("step", "monthly")
              .with("state", "active"),
          staff_id, ids.case_id, {});
    for (std::int64_t i = 1; i <= 4; ++i)
      write(row("instalment", next_id())
                .with("case_id", ids.case_id)
                .with("plan_id", plan)
                .with("position", i)
                .with("due_on", date(random_))
                .with("amount_cents", each),
            staff_id, ids.case_id, {});
  }

  RowMaker row(std::string_view table, const Id& id) {
    return {schema::table(table), id, at_, author_, device_};
  }

  // Without `staff_id` it is in nobody's feed.
  void write(const RowMaker& made, const std::optional<Id>& staff_id, const std::optional<Id>& case_id,
             const std::optional<Id>& debtor_id) {
    const Table& table = made.table();
    server::insert_row(db_, table, made.row());
    const Id id = std::get<Id>(made.row().front());
    remember(table, id, case_id, debtor_id, "", at_);
    if (!staff_id) return;
    if (is_gone_)
      marks_.gone(*staff_id, table.number, id);
    else
      marks_.changed(*staff_id, table.number, id, std::nullopt);
  }

  void remember(const Table& table, const Id& id, const std::optional<Id>& case_id,
                const std::optional<Id>& debtor_id, std::string_view unit, Ms at) {
    sql::run(db_,
             "INSERT INTO history (row_id, device_id, n, position, table_no, unit, case_id, debtor_id, "
             "staff_id, happened_at, verdict)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?10, ?6, ?7, ?8, ?9, ?11)",
             id, device_, edit_, position_++, table.number, case_id, debtor_id, author_, at, unit,
             unit.empty() ? std::string_view("inserted") : std::string_view("taken"));
  }

  Id next_id() {
    at_ += kBetweenRows;
    return random_.row_id(at_);
  }
  std::int64_t amount() { return static_cast<std::int64_t>(5'000 + random_.below(400'000)); }

  sql::Connection& db_;
  SeededRandom& random_;
  const Id author_, device_, creditor_;
  const std::int64_t edit_;
  server::FeedMarks marks_;
  bool is_gone_ = false;  // what is written has left its holder's feed again
  Ms at_;
  int position_ = 0;
};

sync::Op insert_op(std::string_view table, const Id& id,
                   std::initializer_list<std::pair<std::string_view, Value>> columns) {
  sync::Op op{.kind = sync::OpKind::insert, .table = &schema::table(table), .row = id};
  for (const auto& [name, value] : columns)
    op.changes.push_back({schema::column(*op.table, name), Null{}, value});
  return op;
}

sync::Op update_op(std::string_view table, const Id& id, std::string_view column, Value value) {
  sync::Op op = insert_op(table, id, {{column, std::move(value)}});
  op.kind = sync::OpKind::update;
  return op;
}

Id add_row(server::Ledger& ledger, SeededRandom& random, sync::Op op) {
  op.row = random.row_id(kFirstDay);
  const server::Author author{.staff_id = server::system_staff(ledger.db()), .role = schema::office};
  const Id id = op.row;
  RELANCE_ASSERT(ledger.apply_office(author, "bench.setup", {std::move(op)}).status == sync::Status::applied);
  return id;
}

}  // namespace

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 24);
}

std::uint64_t SeededRandom::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::string french_note(SeededRandom& random) {
  std::string text = filled(one_of(kOpenings, random), random) + filled(one_of(kMiddles, random), random);
  std::string out;
  std::size_t characters = 0;
  for (;;) {
    for (const char c : text) {
      // a byte that continues a character is not one more
      if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80u && ++characters > kNoteCharacters) return out;
      out += c;
    }
    text = filled(one_of(kEndings, random), random);
    if (random.below(2) == 0) text += " " + filled(one_of(kMiddles, random), random);
  }
}

std::vector<AgentCases> fill_office(sql::Connection& db, SeededRandom& random,
                                    const std::vector<int>& cases_of_agent) {
  const SystemClock clock;
  server::Ledger ledger(db, clock, random);
  std::vector<AgentCases> out;
  Id creditor;
  {
    server::Ledger::Work work(ledger);
    creditor = add_row(
        ledger, random,
        insert_op("creditor", {}, {{"name", std::string("Meunier SA")}, {"terms_days", std::int64_t{30}}}));
    for (std::size_t i = 0; i < cases_of_agent.size(); ++i)
      out.push_back(
          {.staff_id = add_row(
               ledger, random,
               insert_op("staff", {}, {{"name", fmt::format("agent{}", i)}, {"role", std::string("agent")}})),
           .cases = {}});
    work.commit();
  }
  int number = 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    sql::Transaction transaction(db, sql::Access::write);
    const auto edit =
        sql::number(db, "UPDATE device_state SET last_n = last_n + 1 WHERE device_id = ?1 RETURNING last_n",
                    ledger.office_device());
    Filler filler(db, random, server::system_staff(db), ledger.office_device(), creditor, edit.value_or(0));
    out[i] = filler.fill(out[i].staff_id, cases_of_agent[i], number);
    number += cases_of_agent[i];
    transaction.commit();
  }
  return out;
}

Clerks add_clerks(sql::Connection& db, SeededRandom& random) {
  const SystemClock clock;
  server::Ledger ledger(db, clock, random);
  server::Ledger::Work work(ledger);
  const auto add = [&](std::string name) {
    return add_row(ledger, random,
                   insert_op("staff", {}, {{"name", std::move(name)}, {"role", std::string("office")}}));
  };
  const Clerks out{.first = add("first clerk"), .second = add("second clerk")};
  static_cast<void>(server::add_reference_rows(
      ledger,
      {.staff_id = server::system_staff(db), .role = schema::office, .device_id = ledger.office_device()}));
  work.commit();
  return out;
}

Clerks fill_archive(sql::Connection& db, SeededRandom& random, const Archive& archive) {
  constexpr std::int64_t kCommit = 10'000;
  const SystemClock clock;
  const server::Ledger ledger(db, clock, random);
  const auto creditor = sql::id(db, "SELECT id FROM creditor LIMIT 1");
  RELANCE_ASSERT(creditor.has_value());
  const std::int64_t stride =
      std::max<std::int64_t>(1, archive.cases / std::max<std::int64_t>(1, archive.over));
  // Ids that rise over ten years, as the cases came in.
  for (std::int64_t from = 0; from < archive.cases; from += kCommit) {
    sql::Transaction transaction(db, sql::Access::write);
    const auto edit =
        sql::number(db, "UPDATE device_state SET last_n = last_n + 1 WHERE device_id = ?1 RETURNING last_n",
                    ledger.office_device());
    constexpr Ms kOfCase = 12 * kBetweenRows;
    Filler filler(db, random, server::system_staff(db), ledger.office_device(), *creditor, edit.value_or(0),
                  kLongAgo + from * kOfCase);
    for (std::int64_t i = from; i < std::min(archive.cases, from + kCommit); ++i) {
      const bool is_over = i % stride == 0 && i / stride < archive.over;
      const auto holder = static_cast<std::size_t>(i / 10) % archive.holders.size();
      filler.fill_person(archive, i + 1'000, is_over,
                         is_over || i % 10 == 1 ? std::optional(holder) : std::nullopt);
    }
    filler.flush();
    transaction.commit();
  }
  return add_clerks(db, random);
}

sync::Op field_edit(const AgentCases& agent, std::size_t k, SeededRandom& random, Ms now) {
  const CaseIds& ids = agent.cases[random.below(agent.cases.size())];
  switch (k % 10) {
    case 3:
    case 7:
      if (random.below(4) == 0)
        return update_op("debtor", ids.debtor_id, "trade_name",
                         fmt::format("{} {}", one_of(kTrades, random), one_of(kNames, random)));
      if (random.below(4) == 0)
        return update_op("case_file", ids.case_id, "tags", std::string(one_of(kTags, random)));
      return update_op("case_file", ids.case_id, "next_action_on", date(random));
    case 9:
      return insert_op("promise", random.row_id(now),
                       {{"case_id", ids.case_id},
                        {"amount_cents", static_cast<std::int64_t>((1 + random.below(60)) * 5'000)},
                        {"due_on", date(random)},
                        {"means", std::string("transfer")}});
    default:
      return insert_op("contact_event", random.row_id(now),
                       {{"case_id", ids.case_id},
                        {"happened_at", now},
                        {"outcome", std::string(one_of(kOutcomes, random))},
                        {"duration_s", static_cast<std::int64_t>(20 + random.below(400))},
                        {"note", french_note(random)}});
  }
}

std::string_view intent_of(const sync::Op& op) {
  if (op.table->name == "promise") return "promise.record";
  return op.kind == sync::OpKind::insert ? "contact.record" : "case.update";
}

}  // namespace relance::bench
