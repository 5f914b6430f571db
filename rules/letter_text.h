// The text of a letter: a template's {fields} filled from what is known of the case, as blocks that no page knows of
// yet. Pure; the office prints the blocks (server/letter_pdf.h), both programs can show them.
//
// A template is paragraphs with a blank line between them:
//   # Rappel de facture                    a heading
//   Madame, Monsieur, ... {creditor_name}  a field; {{ is a brace
//   {?agency}Notre courrier ...            what follows only when the field has a value; {!agency} when it has none;
//                                          to {/} or to the paragraph's end
//   {items}                                a paragraph of {items}, {amounts}, {credits} or {instalments}: a table
// A line that ends in a backslash goes on in the next one; other line ends stay.
// A field that does not exist is refused by name, so that a misspelt one is never printed as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/letter_kind.h"

namespace relance {

struct PostalAddress {
  std::string line, postcode, city;

  /// "12 rue des Lilas, 69003 Lyon"; empty where nothing is known.
  [[nodiscard]] std::string text() const;
  /// Whether a postman finds it: a street and a town.
  [[nodiscard]] bool is_complete() const { return !line.empty() && !city.empty(); }
};

/// Who writes, and what the law asks of an agency (CPCE R124-2).
struct LetterSender {
  std::string name;
  PostalAddress address;
  std::string siren, phone, email;
  std::string pay_to;  // how to pay, as letters print it
  std::string insurance_ref, account_ref;
  std::optional<CivilDate> declared_on;
  std::string privacy_contact;
};

struct LetterParty {
  std::string name;
  PostalAddress address;
  std::string siren;
};

/// A claim that the letter lists.
struct LetterItem {
  std::string piece, label;
  std::optional<CivilDate> issued_on, due_on;
  std::int64_t gross_cents = 0;
  std::int64_t open_cents = 0;  // after what was set against it
};

/// A credit note or payment that was set against the items.
struct LetterCredit {
  std::string label;
  std::optional<CivilDate> on;
  std::int64_t cents = 0;  // > 0
};

struct LetterInstalment {
  std::int64_t position = 1;
  CivilDate due_on;
  std::int64_t cents = 0;
};

/// The agency's first letter, as every later step recalls it (CPCE R124-4, last paragraph).
struct StatutoryLetter {
  std::string reference;
  CivilDate on;
};

/// The payment that a receipt is for.
struct LetterPayment {
  std::int64_t cents = 0;
  std::optional<CivilDate> on;
  std::string means;  // the schema's word: transfer, cheque ...
};

/// Everything that a letter may say.
struct LetterFacts {
  LetterKind kind = LetterKind::other;
  Capacity capacity = Capacity::own_name;
  std::string case_number;
  std::string number;  // of the letter; "projet" in a preview
  CivilDate issued_on;

  LetterSender sender;
  LetterParty creditor, debtor;

  std::vector<LetterItem> items;  // not disputed, oldest due first
  std::vector<LetterCredit> credits;
  std::int64_t disputed_cents = 0;  // left out of the items; stays in the balance
  std::int64_t balance_cents = 0;   // of the whole case

  // What is asked, apart (CPCE R124-4, 3°). Charges are the fixed indemnity and what the contract owes, never costs of
  // recovery (CPCE L111-8): those are counted only to be refused.
  std::int64_t principal_cents = 0;
  std::int64_t interest_cents = 0;
  std::int64_t charges_cents = 0;
  std::int64_t recovery_costs_cents = 0;
  std::optional<CivilDate> interest_until;  // the last day that bears it

  std::optional<StatutoryLetter> statutory;
  std::vector<LetterInstalment> instalments;
  bool is_debt_acknowledged = false;
  bool is_whole_if_missed = false;
  std::optional<LetterPayment> payment;
  std::string passage;   // the author's own words
  std::string law_text;  // CPCE L111-8, paragraphs 2 and 3, of the day

  [[nodiscard]] std::int64_t total_cents() const { return principal_cents + interest_cents + charges_cents; }
};

struct LetterTable {
  struct Column {
    std::string title;
    bool is_figure = false;
    int share = 10;  // of the width, against the other columns
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> total;  // empty: none
};

struct LetterBlock {
  enum class Kind : std::uint8_t { heading, paragraph, table };
  Kind kind = Kind::paragraph;
  std::string text;
  LetterTable table = {};
};

struct LetterText {
  std::string subject;
  std::vector<LetterBlock> blocks;
  /// What the text asks for: the total where it states interest and charges, the principal where it does not.
  std::int64_t asked_cents = 0;

  /// Every word of it, tables too, a line each: what mentions and wording are looked for in.
  [[nodiscard]] std::string plain() const;
};

/// Why a template cannot be used.
struct TemplateFault {
  enum class Kind : std::uint8_t { unknown_field, open_brace };
  Kind kind = Kind::unknown_field;
  std::string field;  // as written
};

/// The first fault of a template, also behind conditions that hold for no letter of today.
[[nodiscard]] std::optional<TemplateFault> template_fault(std::string_view subject, std::string_view body);

/// Fills subject and body. `fault` is set, and the text empty, where a field does not exist.
struct FilledLetter {
  LetterText text;
  std::optional<TemplateFault> fault;
};
[[nodiscard]] FilledLetter fill_letter(std::string_view subject, std::string_view body,
                                       const LetterFacts& facts);

/// A template as it is, fields unfilled: for looking at its wording.
[[nodiscard]] LetterText raw_letter(std::string_view subject, std::string_view body);

/// A letter about nobody, in which everything is known: for trying a template before it is published.
[[nodiscard]] LetterFacts specimen_letter(LetterKind kind, Capacity capacity, std::string_view law_text);

/// The fields that a template may use, in alphabetical order.
[[nodiscard]] std::vector<std::string_view> letter_fields();

/// "1 234,56 €" with no-break spaces, as letters print money.
[[nodiscard]] std::string french_money(std::int64_t cents);
/// "21 novembre 2026", "1er mai 2026".
[[nodiscard]] std::string french_day(CivilDate date);
/// "virement" for "transfer": how it was paid, by the schema's word; another word stands as it is.
[[nodiscard]] std::string french_means(std::string_view means);
/// "21/11/2026", for tables.
[[nodiscard]] std::string short_french_day(CivilDate date);

/// Blanks of every kind and line ends as one blank, none at the ends: two texts say the same when these are equal.
[[nodiscard]] std::string with_single_blanks(std::string_view text);
/// The same in small letters without accents: for finding words in French texts.
[[nodiscard]] std::string plain_french(std::string_view text);

}  // namespace relance
