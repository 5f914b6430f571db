#include "rules/letter_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace relance {
namespace {

constexpr std::string_view kNoBreak = "\u00A0";

std::string day_or_empty(const std::optional<CivilDate>& day) {
  return day ? french_day(*day) : std::string();
}

std::string table_day(const std::optional<CivilDate>& day) {
  return day ? short_french_day(*day) : std::string("-");
}

std::string money_or_empty(std::int64_t cents) { return cents != 0 ? french_money(cents) : std::string(); }

std::optional<CivilDate> first_due(const LetterFacts& f) {
  std::optional<CivilDate> first;
  for (const LetterItem& item : f.items)
    if (item.due_on && (!first || *item.due_on < *first)) first = item.due_on;
  return first;
}

std::int64_t instalments_total(const LetterFacts& f) {
  std::int64_t sum = 0;
  for (const LetterInstalment& one : f.instalments) sum += one.cents;
  return sum;
}

std::int64_t credits_total(const LetterFacts& f) {
  std::int64_t sum = 0;
  for (const LetterCredit& one : f.credits) sum += one.cents;
  return sum;
}

struct Field {
  std::string_view name;
  std::string (*value)(const LetterFacts&);
};

// In alphabetical order: it is searched, and listed to people. Amounts of nothing are empty only where a template asks
// whether there are any; {principal}, {interest}, {charges} and {total} always print a figure.
constexpr std::array kFields{
    Field{"account_ref", [](const LetterFacts& f) { return f.sender.account_ref; }},
    Field{"agency",
          [](const LetterFacts& f) { return std::string(f.capacity == Capacity::agency ? "1" : ""); }},
    Field{"balance", [](const LetterFacts& f) { return french_money(f.balance_cents); }},
    Field{"case_number", [](const LetterFacts& f) { return f.case_number; }},
    Field{"charges", [](const LetterFacts& f) { return french_money(f.charges_cents); }},
    Field{"creditor_address", [](const LetterFacts& f) { return f.creditor.address.text(); }},
    Field{"creditor_name", [](const LetterFacts& f) { return f.creditor.name; }},
    Field{"creditor_siren", [](const LetterFacts& f) { return f.creditor.siren; }},
    Field{"credits_total", [](const LetterFacts& f) { return money_or_empty(credits_total(f)); }},
    Field{"debt_acknowledged",
          [](const LetterFacts& f) { return std::string(f.is_debt_acknowledged ? "1" : ""); }},
    Field{"debtor_address", [](const LetterFacts& f) { return f.debtor.address.text(); }},
    Field{"debtor_name", [](const LetterFacts& f) { return f.debtor.name; }},
    Field{"declared_on", [](const LetterFacts& f) { return day_or_empty(f.sender.declared_on); }},
    Field{"disputed", [](const LetterFacts& f) { return money_or_empty(f.disputed_cents); }},
    Field{"first_due_on", [](const LetterFacts& f) { return day_or_empty(first_due(f)); }},
    Field{"instalment_count",
          [](const LetterFacts& f) {
            return f.instalments.empty() ? std::string() : std::to_string(f.instalments.size());
          }},
    Field{"insurance_ref", [](const LetterFacts& f) { return f.sender.insurance_ref; }},
    Field{"interest", [](const LetterFacts& f) { return french_money(f.interest_cents); }},
    Field{"interest_until", [](const LetterFacts& f) { return day_or_empty(f.interest_until); }},
    Field{"letter_number", [](const LetterFacts& f) { return f.number; }},
    Field{"passage", [](const LetterFacts& f) { return f.passage; }},
    Field{"pay_to", [](const LetterFacts& f) { return f.sender.pay_to; }},
    Field{"payment_amount",
          [](const LetterFacts& f) { return f.payment ? french_money(f.payment->cents) : std::string(); }},
    Field{"payment_means",
          [](const LetterFacts& f) { return f.payment ? french_means(f.payment->means) : std::string(); }},
    Field{"payment_on",
          [](const LetterFacts& f) { return f.payment ? day_or_empty(f.payment->on) : std::string(); }},
    Field{"plan_total", [](const LetterFacts& f) { return money_or_empty(instalments_total(f)); }},
    Field{"principal", [](const LetterFacts& f) { return french_money(f.principal_cents); }},
    Field{"privacy_contact", [](const LetterFacts& f) { return f.sender.privacy_contact; }},
    Field{"sender_address", [](const LetterFacts& f) { return f.sender.address.text(); }},
    Field{"sender_email", [](const LetterFacts& f) { return f.sender.email; }},
    Field{"sender_name", [](const LetterFacts& f) { return f.sender.name; }},
    Field{"sender_phone", [](const LetterFacts& f) { return f.sender.phone; }},
    Field{"sender_siren", [](const LetterFacts& f) { return f.sender.siren; }},
    Field{"statutory_date",
          [](const LetterFacts& f) { return f.statutory ? french_day(f.statutory->on) : std::string(); }},
    Field{"statutory_reference",
          [](const LetterFacts& f) { return f.statutory ? f.statutory->reference : std::string(); }},
    Field{"text_l111_8", [](const LetterFacts& f) { return f.law_text; }},
    Field{"today", [](const LetterFacts& f) { return french_day(f.issued_on); }},
    Field{"total", [](const LetterFacts& f) { return french_money(f.total_cents()); }},
    Field{"whole_if_missed",
          [](const LetterFacts& f) { return std::string(f.is_whole_if_missed ? "1" : ""); }},
};

constexpr std::array<std::string_view, 4> kTableFields{"amounts", "credits", "instalments", "items"};

const Field* find_field(std::string_view name) {
  const auto* found = std::lower_bound(kFields.begin(), kFields.end(), name,
                                       [](const Field& f, std::string_view n) { return f.name < n; });
  return found != kFields.end() && found->name == name ? found : nullptr;
}

// ---- tables ----------------------------------------------------------------------------------------------------

LetterTable items_table(const LetterFacts& f) {
  LetterTable table{.columns = {{"Pièce", false, 22},
                                {"Date", false, 13},
                                {"Échéance", false, 13},
                                {"Montant", true, 14},
                                {"Reste dû", true, 14}}};
  for (const LetterItem& item : f.items)
    table.rows.push_back({item.piece.empty() ? item.label : item.piece, table_day(item.issued_on),
                          table_day(item.due_on), french_money(item.gross_cents),
                          french_money(item.open_cents)});
  std::int64_t gross = 0, open = 0;
  for (const LetterItem& item : f.items) {
    gross += item.gross_cents;
    open += item.open_cents;
  }
  table.total = {"Total", "", "", french_money(gross), french_money(open)};
  return table;
}

LetterTable credits_table(const LetterFacts& f) {
  LetterTable table{.columns = {{"Déjà déduit", false, 40}, {"Date", false, 13}, {"Montant", true, 14}}};
  for (const LetterCredit& one : f.credits)
    table.rows.push_back({one.label, table_day(one.on), french_money(one.cents)});
  return table;
}

LetterTable amounts_table(const LetterFacts& f) {
  LetterTable table{.columns = {{"Décompte", false, 40}, {"Montant", true, 14}}};
  std::string interest = "Intérêts";
  if (f.interest_cents != 0 && f.interest_until)
    interest += " arrêtés au " + short_french_day(*f.interest_until);
  table.rows = {{"Principal", french_money(f.principal_cents)},
                {interest, french_money(f.interest_cents)},
                {"Accessoires (hors frais de recouvrement)", french_money(f.charges_cents)}};
  table.total = {"Total dû", french_money(f.total_cents())};
  return table;
}

LetterTable instalments_table(const LetterFacts& f) {
  LetterTable table{.columns = {{"Échéance", false, 10}, {"Date", false, 20}, {"Montant", true, 14}}};
  for (const LetterInstalment& one : f.instalments)
    table.rows.push_back(
        {std::to_string(one.position), short_french_day(one.due_on), french_money(one.cents)});
  table.total = {"Total", "", french_money(instalments_total(f))};
  return table;
}

std::optional<LetterTable> table_of(std::string_view name, const LetterFacts& f) {
  if (name == "items") return items_table(f);
  if (name == "credits") return credits_table(f);
  if (name == "amounts") return amounts_table(f);
  if (name == "instalments") return instalments_table(f);
  return std::nullopt;
}

// ---- filling ---------------------------------------------------------------------------------------------------

// The next part of a template: words, or what stands in braces. `open_brace`: it has no end.
struct Piece {
  std::string_view text;
  bool is_field = false;
  bool is_open = false;
};

Piece next_piece(std::string_view& rest) {
  const auto take = [&](std::size_t size, std::size_t skipped, std::size_t kept) {
    const std::string_view text = rest.substr(skipped, kept);
    rest.remove_prefix(size);
    return text;
  };
  if (rest.starts_with("{{")) return {.text = take(2, 0, 1)};
  if (!rest.starts_with('{')) {
    const std::size_t end = std::min(rest.find('{'), rest.size());
    return {.text = take(end, 0, end)};
  }
  const std::size_t close = rest.find('}');
  if (close == std::string_view::npos) return {.text = take(rest.size(), 0, 20), .is_open = true};
  return {.text = take(close + 1, 1, close - 1), .is_field = true};
}

constexpr std::string_view kEndOfCondition = "/";

bool is_condition(std::string_view name) { return name.starts_with('?') || name.starts_with('!'); }

bool is_known(std::string_view name) {
  if (name == kEndOfCondition) return true;
  if (is_condition(name)) return find_field(name.substr(1)) != nullptr;
  return find_field(name) != nullptr ||
         std::find(kTableFields.begin(), kTableFields.end(), name) != kTableFields.end();
}

class Filler {
 public:
  explicit Filler(const LetterFacts& facts) : facts_(facts) {}

  LetterText fill(std::string_view subject, std::string_view body) {
    text_.subject = filled(subject);
    std::size_t at = 0;
    while (at < body.size()) {
      const std::size_t end = std::min(body.find("\n\n", at), body.size());
      paragraph(body.substr(at, end - at));
      at = std::min(body.find_first_not_of('\n', end), body.size());
    }
    text_.asked_cents = asks_all_ ? facts_.total_cents() : facts_.principal_cents;
    return std::move(text_);
  }

 private:
  void paragraph(std::string_view source) {
    const bool is_heading = source.starts_with("# ");
    if (is_heading) source.remove_prefix(2);
    std::string text = filled(source);
    if (auto table = std::exchange(table_, std::nullopt); table && !table->rows.empty())
      text_.blocks.push_back({.kind = LetterBlock::Kind::table, .text = {}, .table = std::move(*table)});
    if (!with_single_blanks(text).empty())
      text_.blocks.push_back({.kind = is_heading ? LetterBlock::Kind::heading : LetterBlock::Kind::paragraph,
                              .text = std::move(text)});
  }

  std::string filled(std::string_view source) {
    std::string out;
    bool is_left_out = false;
    while (!source.empty()) {
      const Piece piece = next_piece(source);
      if (piece.is_field && piece.text == kEndOfCondition)
        is_left_out = false;
      else if (piece.is_field && is_condition(piece.text))
        is_left_out = !holds(piece.text);
      else if (!is_left_out)
        out += piece.is_field ? value_of(piece.text) : std::string(piece.text);
    }
    return out;
  }

  [[nodiscard]] bool holds(std::string_view condition) const {
    const bool has_value = !find_field(condition.substr(1))->value(facts_).empty();
    return has_value == (condition.front() == '?');
  }

  std::string value_of(std::string_view name) {
    if (name == "amounts" || name == "total") asks_all_ = true;
    if (const Field* field = find_field(name)) return field->value(facts_);
    table_ = table_of(name, facts_);
    return {};
  }

  const LetterFacts& facts_;
  LetterText text_;
  std::optional<LetterTable> table_;
  bool asks_all_ = false;
};

}  // namespace

std::string PostalAddress::text() const {
  std::string town = postcode;
  if (!postcode.empty() && !city.empty()) town += ' ';
  town += city;
  return line.empty() || town.empty() ? line + town : line + ", " + town;
}

std::string LetterText::plain() const {
  std::string out = subject + "\n";
  for (const LetterBlock& block : blocks) {
    if (block.kind != LetterBlock::Kind::table) {
      out += block.text + "\n";
      continue;
    }
    const auto row = [&](const std::vector<std::string>& cells) {
      for (const std::string& cell : cells) out += cell + " ";
      out += "\n";
    };
    for (const auto& column : block.table.columns) out += column.title + " ";
    out += "\n";
    for (const auto& cells : block.table.rows) row(cells);
    row(block.table.total);
  }
  return out;
}

namespace {

// A line that ends in a backslash goes on in the next one.
std::string lines_joined(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body.substr(i).starts_with("\\\n"))
      ++i;
    else
      out += body[i];
  }
  return out;
}

}  // namespace

std::optional<TemplateFault> template_fault(std::string_view subject, std::string_view body) {
  for (std::string_view rest : {subject, body})
    while (!rest.empty()) {
      const Piece piece = next_piece(rest);
      if (piece.is_open) return TemplateFault{TemplateFault::Kind::open_brace, std::string(piece.text)};
      if (piece.is_field && !is_known(piece.text))
        return TemplateFault{TemplateFault::Kind::unknown_field, std::string(piece.text)};
    }
  return std::nullopt;
}

FilledLetter fill_letter(std::string_view subject, std::string_view body, const LetterFacts& facts) {
  if (auto fault = template_fault(subject, body)) return {.text = {}, .fault = std::move(fault)};
  return {.text = Filler(facts).fill(subject, lines_joined(body)), .fault = std::nullopt};
}

LetterText raw_letter(std::string_view subject, std::string_view body) {
  LetterText out;
  out.subject = subject;
  const std::string joined = lines_joined(body);
  for (std::string_view rest = joined; !rest.empty();) {
    const std::size_t end = std::min(rest.find("\n\n"), rest.size());
    const std::string_view text = rest.substr(0, end);
    const bool is_heading = text.starts_with("# ");
    out.blocks.push_back({.kind = is_heading ? LetterBlock::Kind::heading : LetterBlock::Kind::paragraph,
                          .text = std::string(text)});
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return out;
}

LetterFacts specimen_letter(LetterKind kind, Capacity capacity, std::string_view law_text) {
  LetterFacts f{.kind = kind, .capacity = capacity, .case_number = "D-000000", .number = "SPÉCIMEN"};
  f.issued_on = {2026, 1, 15};
  f.sender = {.name = "Cabinet Spécimen",
              .address = {"1 rue du Modèle", "69000", "Lyon"},
              .siren = "000000000",
              .phone = "04 00 00 00 00",
              .email = "contact@specimen.invalid",
              .pay_to = "virement sur le compte FR76 0000 0000 0000 0000 0000 000",
              .insurance_ref = "RC 0000",
              .account_ref = "compte affecté 0000",
              .declared_on = CivilDate{2020, 1, 2},
              .privacy_contact = "donnees@specimen.invalid"};
  f.creditor = {.name = "Créancier Modèle",
                .address = {"2 place du Modèle", "38000", "Grenoble"},
                .siren = "000000001"};
  f.debtor = {
      .name = "Débiteur Modèle", .address = {"3 quai du Modèle", "13000", "Marseille"}, .siren = "000000002"};
  const CivilDate due = kind == LetterKind::pre_due ? CivilDate{2026, 1, 20} : CivilDate{2025, 11, 30};
  f.items = {{.piece = "F-0001",
              .issued_on = CivilDate{2025, 10, 31},
              .due_on = due,
              .gross_cents = 120'000,
              .open_cents = 100'000}};
  f.credits = {{.label = "Avoir A-0001", .on = CivilDate{2025, 12, 1}, .cents = 20'000}};
  f.disputed_cents = 5'000;
  f.balance_cents = 105'000;
  f.principal_cents = 100'000;
  if (kind != LetterKind::pre_due) {
    f.interest_cents = 1'234;
    f.charges_cents = 4'000;
    f.interest_until = f.issued_on;
  }
  if (kind != LetterKind::agency_notice && capacity == Capacity::agency)
    f.statutory = StatutoryLetter{"L-2025-000000", {2025, 12, 15}};
  f.instalments = {{1, {2026, 2, 1}, 50'000}, {2, {2026, 3, 1}, 50'000}};
  f.is_debt_acknowledged = f.is_whole_if_missed = true;
  f.payment = LetterPayment{.cents = 25'000, .on = CivilDate{2026, 1, 10}, .means = "transfer"};
  f.passage = "Texte libre.";
  f.law_text = law_text;
  return f;
}

std::vector<std::string_view> letter_fields() {
  std::vector<std::string_view> out;
  for (const Field& field : kFields) out.push_back(field.name);
  out.insert(out.end(), kTableFields.begin(), kTableFields.end());
  std::sort(out.begin(), out.end());
  return out;
}

std::string french_money(std::int64_t cents) {
  // As unsigned, so that the least number has a positive one too.
  const std::uint64_t positive =
      cents < 0 ? 0 - static_cast<std::uint64_t>(cents) : static_cast<std::uint64_t>(cents);
  const std::string whole = std::to_string(positive / 100);
  const std::uint64_t rest = positive % 100;
  std::string out = cents < 0 ? "-" : "";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) out += kNoBreak;
    out += whole[i];
  }
  out += rest < 10 ? ",0" : ",";
  return out + std::to_string(rest) + std::string(kNoBreak) + "€";
}

std::string french_day(CivilDate date) {
  static constexpr std::array<std::string_view, 12> kMonths{"janvier",   "février", "mars",     "avril",
                                                            "mai",       "juin",    "juillet",  "août",
                                                            "septembre", "octobre", "novembre", "décembre"};
  const std::string day = date.day == 1 ? "1er" : std::to_string(date.day);
  return day + " " + std::string(kMonths[date.month - 1]) + " " + std::to_string(date.year);
}

std::string short_french_day(CivilDate date) {
  const std::string iso = iso_text(date);
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4);
}

std::string french_means(std::string_view means) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords{{
      {"transfer", "virement"},
      {"cheque", "chèque"},
      {"card", "carte bancaire"},
      {"direct_debit", "prélèvement"},
      {"bill_of_exchange", "effet de commerce"},
      {"cash", "espèces"},
  }};
  for (const auto& [word, french] : kWords)
    if (word == means) return std::string(french);
  return std::string(means);
}

std::string with_single_blanks(std::string_view text) {
  std::string out;
  const auto blank = [&] {
    if (!out.empty() && out.back() != ' ') out += ' ';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\u00A0")) {
      blank();
      i += 1;
    } else if (rest.starts_with("\u202F") || rest.starts_with("\u2009")) {
      blank();
      i += 2;
    } else if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
      blank();
    } else {
      out += text[i];
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string plain_french(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 35> kLetters{{
      {"à", "a"}, {"â", "a"}, {"ä", "a"}, {"á", "a"},  {"ç", "c"},  {"é", "e"},  {"è", "e"},
      {"ê", "e"}, {"ë", "e"}, {"î", "i"}, {"ï", "i"},  {"ô", "o"},  {"ö", "o"},  {"ù", "u"},
      {"û", "u"}, {"ü", "u"}, {"ÿ", "y"}, {"œ", "oe"}, {"æ", "ae"}, {"À", "a"},  {"Â", "a"},
      {"Ç", "c"}, {"É", "e"}, {"È", "e"}, {"Ê", "e"},  {"Ë", "e"},  {"Î", "i"},  {"Ï", "i"},
      {"Ô", "o"}, {"Ù", "u"}, {"Û", "u"}, {"Ü", "u"},  {"Œ", "oe"}, {"Æ", "ae"}, {"’", "'"},
  }};
  const std::string single = with_single_blanks(text);
  std::string out;
  for (std::size_t i = 0; i < single.size();) {
    const char c = single[i];
    if (static_cast<unsigned char>(c) < 0x80) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      ++i;
      continue;
    }
    const std::string_view rest = std::string_view(single).substr(i);
    const auto* found = std::find_if(kLetters.begin(), kLetters.end(),
                                     [&](const auto& l) { return rest.starts_with(l.first); });
    if (found == kLetters.end()) {
      out += single[i++];
      continue;
    }
    out += found->second;
    i += found->first.size();
  }
  return out;
}

}  // namespace relance
