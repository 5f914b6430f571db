#include "rules/letter_mentions.h"

#include <array>

namespace relance {
namespace {

using enum LetterMention;

struct MentionFacts {
  std::string_view name;
  std::string_view basis;
};

// In the order of the enumeration.
constexpr std::array kMentions{
    MentionFacts{"sender_name", "CPCE R124-4, 1°"},
    MentionFacts{"sender_address", "CPCE R124-4, 1°"},
    MentionFacts{"amicable_activity", "CPCE R124-4, 1°"},
    MentionFacts{"creditor_name", "CPCE R124-4, 2°"},
    MentionFacts{"creditor_address", "CPCE R124-4, 2°"},
    MentionFacts{"basis", "CPCE R124-4, 3°"},
    MentionFacts{"principal", "CPCE R124-4, 3°"},
    MentionFacts{"interest", "CPCE R124-4, 3°"},
    MentionFacts{"charges", "CPCE R124-4, 3°"},
    MentionFacts{"no_recovery_costs", "CPCE R124-4, 3° and L111-8"},
    MentionFacts{"request_to_pay", "CPCE R124-4, 4°"},
    MentionFacts{"how_to_pay", "CPCE R124-4, 4°"},
    MentionFacts{"law_text", "CPCE R124-4, 5° and L111-8"},
    MentionFacts{"data_contact", "GDPR art. 14"},
    MentionFacts{"data_purpose", "GDPR art. 14"},
    MentionFacts{"data_source", "GDPR art. 14"},
    MentionFacts{"data_rights", "GDPR art. 14"},
    MentionFacts{"insurance", "CPCE R124-2"},
    MentionFacts{"client_account", "CPCE R124-2"},
    MentionFacts{"prosecutor_notice", "CPCE R124-2"},
    MentionFacts{"statutory_reference", "CPCE R124-4, last paragraph"},
    MentionFacts{"statutory_date", "CPCE R124-4, last paragraph"},
    MentionFacts{"debtor_name", "policy"},
    MentionFacts{"debtor_address", "policy"},
    MentionFacts{"instalments", "policy"},
    MentionFacts{"payment", "CPCE R124-6"},
};

// What is looked for in a text, once made comparable.
class Said {
 public:
  Said(const LetterFacts& facts, const LetterText& text)
      : facts_(facts), words_(with_single_blanks(text.plain())), plain_(plain_french(text.plain())) {}

  [[nodiscard]] bool says(LetterMention mention) const {
    switch (mention) {
      case sender_name: return holds(facts_.sender.name);
      case sender_address: return facts_.sender.address.is_complete() && holds(facts_.sender.address.text());
      case amicable_activity: return speaks_of("recouvrement amiable");
      case creditor_name: return holds(facts_.creditor.name);
      case creditor_address:
        return facts_.creditor.address.is_complete() && holds(facts_.creditor.address.text());
      case basis: return says_basis();
      case principal: return speaks_of("principal") && holds(french_money(facts_.principal_cents));
      case interest: return speaks_of("interets") && holds(french_money(facts_.interest_cents));
      case charges: return speaks_of("accessoires") && holds(french_money(facts_.charges_cents));
      case no_recovery_costs: return facts_.recovery_costs_cents == 0;
      case request_to_pay: return asks();
      case how_to_pay: return holds(facts_.sender.pay_to);
      case law_text: return holds(facts_.law_text);
      case data_contact: return holds(facts_.sender.privacy_contact);
      case data_purpose: return speaks_of("finalite");
      case data_source: return speaks_of("transmises par") && holds(facts_.creditor.name);
      case data_rights: return speaks_of("cnil") && speaks_of("opposition");
      case insurance: return !facts_.sender.insurance_ref.empty();
      case client_account: return !facts_.sender.account_ref.empty();
      case prosecutor_notice: return facts_.sender.declared_on.has_value();
      case statutory_reference: return facts_.statutory && holds(facts_.statutory->reference);
      case statutory_date: return facts_.statutory && holds(french_day(facts_.statutory->on));
      case debtor_name: return !facts_.debtor.name.empty();  // stands in the window, whatever the text says
      case debtor_address: return facts_.debtor.address.is_complete();
      case instalments: return says_instalments();
      case payment: return facts_.payment && holds(french_money(facts_.payment->cents));
    }
    return false;
  }

 private:
  // A value that is not known is not said either.
  [[nodiscard]] bool holds(std::string_view value) const {
    const std::string wanted = with_single_blanks(value);
    return !wanted.empty() && words_.find(wanted) != std::string::npos;
  }
  [[nodiscard]] bool speaks_of(std::string_view words) const {
    return plain_.find(words) != std::string::npos;
  }

  [[nodiscard]] bool asks() const {
    for (const std::string_view words :
         {"vous demandons de regler", "vous prions de regler", "vous demandons de payer",
          "vous prions de payer", "vous invitons a regler", "en demeure de regler", "en demeure de payer",
          "merci de regler"})
      if (speaks_of(words)) return true;
    return false;
  }
  [[nodiscard]] bool says_basis() const {
    if (facts_.items.empty()) return false;
    for (const LetterItem& item : facts_.items)
      if (!holds(item.piece.empty() ? item.label : item.piece)) return false;
    return true;
  }
  [[nodiscard]] bool says_instalments() const {
    if (facts_.instalments.empty()) return false;
    for (const LetterInstalment& one : facts_.instalments)
      if (!holds(french_money(one.cents)) || !holds(short_french_day(one.due_on))) return false;
    return true;
  }

  const LetterFacts& facts_;
  std::string words_, plain_;
};

}  // namespace

std::string_view name_of(LetterMention mention) { return kMentions[static_cast<std::size_t>(mention)].name; }

std::string_view legal_basis_of(LetterMention mention) {
  return kMentions[static_cast<std::size_t>(mention)].basis;
}

std::vector<LetterMention> needed_mentions(LetterKind kind, Capacity capacity) {
  const bool is_agency = capacity == Capacity::agency;
  if (kind == LetterKind::agency_notice)
    return {sender_name,    sender_address, amicable_activity, creditor_name,  creditor_address,
            basis,          principal,      interest,          charges,        no_recovery_costs,
            request_to_pay, how_to_pay,     law_text,          data_contact,   data_purpose,
            data_source,    data_rights,    insurance,         client_account, prosecutor_notice,
            debtor_name,    debtor_address};
  std::vector<LetterMention> out;
  const auto add = [&](std::initializer_list<LetterMention> more) { out.insert(out.end(), more); };
  if (kind == LetterKind::creditor_notice) return {sender_name, creditor_name};
  if (asks_for_payment(kind))
    add({sender_name, creditor_name, basis, no_recovery_costs, request_to_pay, how_to_pay});
  if (kind == LetterKind::formal_notice) add({principal, interest, charges});
  if (kind == LetterKind::plan_agreement) add({creditor_name, instalments});
  if (kind == LetterKind::receipt) add({creditor_name, payment});
  if (is_agency) {
    add({insurance, client_account, prosecutor_notice});
    // Of a receipt, too: it is a step of the collection. Before the due date nothing is collected yet.
    if (kind != LetterKind::pre_due) add({statutory_reference, statutory_date});
  }
  add({debtor_name, debtor_address});
  return out;
}

std::vector<LetterMention> missing_mentions(const LetterFacts& facts, const LetterText& text) {
  const Said said(facts, text);
  std::vector<LetterMention> out;
  for (const LetterMention mention : needed_mentions(facts.kind, facts.capacity))
    if (!said.says(mention)) out.push_back(mention);
  return out;
}

}  // namespace relance
