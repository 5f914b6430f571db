#include "rules/letter_wording.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

constexpr std::string_view kImitation = "C. pénal 433-13";
constexpr std::string_view kThreat = "C. conso L121-6";
constexpr std::string_view kService = "policy R16";

enum class Where : std::uint8_t {
  head,        // in subject and headings
  anywhere,    //
  not_formal,  // anywhere, except in the text of a formal notice: the creditor may go to court, and say so
  before_due,  // anywhere in a service reminder
};

struct Listed {
  std::string_view word;  // small letters without accents; whole words
  Where where;
  std::string_view basis;
};

constexpr std::array kListed{
    Listed{"republique francaise", Where::anywhere, kImitation},
    Listed{"au nom du peuple francais", Where::anywhere, kImitation},
    Listed{"huissier", Where::anywhere, kImitation},
    Listed{"huissiers", Where::anywhere, kImitation},
    Listed{"huissier de justice", Where::anywhere, kImitation},
    Listed{"commissaire de justice", Where::anywhere, kImitation},
    Listed{"commandement", Where::anywhere, kImitation},
    Listed{"commandement de payer", Where::anywhere, kImitation},
    Listed{"sommation", Where::anywhere, kImitation},
    Listed{"sommation de payer", Where::anywhere, kImitation},
    Listed{"assignation", Where::anywhere, kImitation},
    Listed{"signification", Where::anywhere, kImitation},
    Listed{"exploit", Where::anywhere, kImitation},
    Listed{"contrainte", Where::head, kImitation},
    Listed{"injonction de payer", Where::not_formal, kImitation},
    Listed{"greffe", Where::not_formal, kImitation},
    Listed{"tribunal", Where::head, kImitation},
    Listed{"tribunal", Where::not_formal, kImitation},
    Listed{"tribunal judiciaire", Where::head, kImitation},
    Listed{"justice", Where::head, kImitation},
    Listed{"en justice", Where::not_formal, kThreat},
    Listed{"jugement", Where::head, kImitation},
    Listed{"procureur", Where::head, kImitation},
    Listed{"saisie", Where::anywhere, kThreat},
    Listed{"saisies", Where::anywhere, kThreat},
    Listed{"execution forcee", Where::anywhere, kThreat},
    Listed{"force publique", Where::anywhere, kThreat},
    Listed{"expulsion", Where::anywhere, kThreat},
    Listed{"prison", Where::anywhere, kThreat},
    Listed{"plainte", Where::anywhere, kThreat},
    Listed{"poursuites penales", Where::anywhere, kThreat},
    Listed{"interdit bancaire", Where::anywhere, kThreat},
    Listed{"interdiction bancaire", Where::anywhere, kThreat},
    Listed{"fichage", Where::anywhere, kThreat},
    Listed{"ficher", Where::anywhere, kThreat},
    Listed{"votre employeur", Where::anywhere, kThreat},
    Listed{"penalite", Where::before_due, kService},
    Listed{"penalites", Where::before_due, kService},
    Listed{"interets", Where::before_due, kService},
    Listed{"indemnite", Where::before_due, kService},
    Listed{"frais", Where::before_due, kService},
    Listed{"retard", Where::before_due, kService},
    Listed{"impaye", Where::before_due, kService},
    Listed{"mise en demeure", Where::before_due, kService},
    Listed{"contentieux", Where::before_due, kService},
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    if (begins && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

bool applies(const Listed& one, LetterKind kind, bool is_head) {
  switch (one.where) {
    case Where::head: return is_head;
    case Where::anywhere: return true;
    case Where::not_formal: return kind != LetterKind::formal_notice && asks_for_payment(kind);
    case Where::before_due: return kind == LetterKind::pre_due;
  }
  return true;
}

std::string without(std::string text, const std::string& quoted) {
  if (quoted.empty()) return text;
  for (std::size_t at = text.find(quoted); at != std::string::npos; at = text.find(quoted, at))
    text.erase(at, quoted.size());
  return text;
}

}  // namespace

std::vector<WordingFault> wording_faults(LetterKind kind, const LetterText& text,
                                         std::span<const std::string> quoted) {
  std::vector<WordingFault> out;
  const auto look = [&](std::string_view raw, std::string_view place) {
    std::string plain = plain_french(raw);
    for (const std::string& one : quoted) plain = without(std::move(plain), plain_french(one));
    for (const Listed& one : kListed) {
      if (!applies(one, kind, place != "text") || !has_word(plain, one.word)) continue;
      WordingFault fault{std::string(one.word), place, one.basis};
      if (std::find(out.begin(), out.end(), fault) == out.end()) out.push_back(std::move(fault));
    }
  };
  look(text.subject, "subject");
  for (const LetterBlock& block : text.blocks) {
    if (block.kind == LetterBlock::Kind::table) {  // what a ledger calls its pieces is nobody's wording
      for (const auto& column : block.table.columns) look(column.title, "heading");
      continue;
    }
    look(block.text, block.kind == LetterBlock::Kind::heading ? "heading" : "text");
  }
  return out;
}

}  // namespace relance
