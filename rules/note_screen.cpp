// The lists and the check digits. See note_screen.h.
#include "rules/note_screen.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

// Folded. A star stands for any end of the word. What is also an ordinary word of this trade is left out: the syndic of
// a building, a hospital that is the creditor, a debtor whom a court ordered to pay, manure on a farm's invoice.
struct Listed {
  NoteFlag flag;
  std::string_view words;  // ", " between
};

constexpr std::array kListed{
    Listed{
        NoteFlag::health,
        "malade, malades, maladie, maladies, cancer, cancers, cancereu*, tumeur*, chimio, chimiotherapie, "
        "vih, "
        "sida, seropositi*, depression, depressif, depressive, burn out, burnout, burn-out, psychiatr*, "
        "schizophren*, bipolaire*, alcoolique*, alcoolisme, toxicoman*, drogue, droguee, drogues, "
        "cure de desintoxication, handicap*, invalidite, hospitalise*, hospitalisation, operation "
        "chirurgicale, avc, "
        "infarctus, alzheimer, parkinson, diabet*, epileps*, epilepti*, enceinte, grossesse, fausse couche, "
        "arret de travail, arret maladie, conge maladie, suicid*, antidepresseur*"},
    Listed{NoteFlag::religion,
           "musulman*, islam, islamiste*, juif, juifs, juive, juives, israelite*, catholique*, protestant, "
           "protestante, "
           "bouddhiste*, temoin de jehovah, temoins de jehovah, athee, athees, ramadan, voilee, porte le "
           "voile, imam, "
           "rabbin, evangelique*, sa religion"},
    Listed{NoteFlag::trade_union,
           "syndique, syndiquee, syndiques, syndicaliste*, delegue syndical, deleguee syndicale, delegues "
           "syndicaux, "
           "cgt, cfdt, cftc, cfe-cgc, unsa, greviste*"},
    Listed{NoteFlag::opinion,
           "communiste*, fasciste*, facho, fachos, gauchiste*, extreme droite, extreme gauche, anarchiste*, "
           "gilet jaune, gilets jaunes, militant*, front national, rassemblement national, lepeniste*, "
           "macroniste*, "
           "melenchoniste*, franc-macon*, complotiste*"},
    Listed{NoteFlag::crime,
           "casier judiciaire, condamne pour, condamnee pour, condamnation penale, prison, incarcere*, garde "
           "a vue, "
           "bracelet electronique, delinquant*, criminel, criminelle, trafiquant*, dealer, dealeur, escroc, "
           "escrocs, "
           "voleur, voleuse, voleurs, repris de justice, fiche s, mis en examen"},
    Listed{
        NoteFlag::private_life,
        "divorce, divorcee, divorces, adultere, homosexuel*, lesbienne*, transgenre*, prostituee, prostitue, "
        "femme battue, violences conjugales, garde des enfants"},
    Listed{NoteFlag::insult,
           "con, conne, connard*, connasse*, salaud*, salope*, abruti*, cretin*, imbecile*, idiot, idiote, "
           "idiots, "
           "debile, debiles, menteur, menteuse, menteurs, arnaqueur*, feignant*, faineant*, ordure, batard*, "
           "racaille*, "
           "cassos, cas social, pute, putain, encule*, enfoire*, fdp, sale type, sale bonne femme, "
           "bougnoule*, negre, "
           "negro, bicot, merdeux, petasse*, pouffiasse*, mongolien*, degenere*"},
};

// Ordinary phrases with a listed word in them.
constexpr std::array<std::string_view, 4> kOrdinary{"assurance maladie", "caisse maladie",
                                                    "cotisation maladie", "croix-rouge"};

// The account numbers of the countries around: length and kinds of characters behind the check digits, n for digits,
// a for letters, c for either (the IBAN registry). Without them one sentence in five would pass the check digits.
struct IbanForm {
  std::string_view country, kinds;
};
constexpr std::array kIbanForms{
    IbanForm{"FR", "nnnnnnnnnncccccccccccnn"},
    IbanForm{"MC", "nnnnnnnnnncccccccccccnn"},
    IbanForm{"BE", "nnnnnnnnnnnn"},
    IbanForm{"DE", "nnnnnnnnnnnnnnnnnn"},
    IbanForm{"ES", "nnnnnnnnnnnnnnnnnnnn"},
    IbanForm{"IT", "annnnnnnnnncccccccccccc"},
    IbanForm{"LU", "nnnccccccccccccc"},
    IbanForm{"NL", "aaaannnnnnnnnn"},
    IbanForm{"PT", "nnnnnnnnnnnnnnnnnnnnn"},
    IbanForm{"GB", "aaaannnnnnnnnnnnnn"},
    IbanForm{"IE", "aaaannnnnnnnnnnnnn"},
    IbanForm{"CH", "nnnnncccccccccccc"},
    IbanForm{"AT", "nnnnnnnnnnnnnnnn"},
    IbanForm{"PL", "nnnnnnnnnnnnnnnnnnnnnnnn"},
    IbanForm{"RO", "aaaacccccccccccccccc"},
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper_or_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_filler(char c) { return c == ' ' || c == '-' || c == '.'; }

struct Found {
  std::size_t at;
  NoteFinding finding;
};

// Every place where the word stands by itself.
void find_word(std::string_view text, NoteFlag flag, std::string_view word, std::vector<Found>& out) {
  const bool is_stem = word.ends_with('*');
  if (is_stem) word.remove_suffix(1);
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    std::size_t end = at + word.size();
    if (at > 0 && is_letter(text[at - 1])) continue;
    if (!is_stem && end < text.size() && is_letter(text[end])) continue;
    while (end < text.size() && is_letter(text[end])) ++end;
    out.push_back({at, {flag, std::string(text.substr(at, end - at))}});
  }
}

void find_words(std::string_view text, const Listed& listed, std::vector<Found>& out) {
  for (std::size_t at = 0; at < listed.words.size();) {
    const std::size_t end = std::min(listed.words.find(", ", at), listed.words.size());
    find_word(text, listed.flag, listed.words.substr(at, end - at), out);
    at = end + 2;
  }
}

std::string ending_of(std::string_view number) { return "…" + std::string(number.substr(number.size() - 2)); }

// Letters and digits from here on, over single blanks, dots and dashes.
std::string run_from(std::string_view text, std::size_t at, bool letters_too, std::size_t max) {
  std::string out;
  bool filled = false;
  for (; at < text.size() && out.size() < max; ++at) {
    const bool fits = is_digit(text[at]) || (letters_too && is_upper_or_lower(text[at]));
    if (fits) {
      out += text[at];
      filled = false;
    } else if (is_filler(text[at]) && !filled) {
      filled = true;
    } else {
      break;
    }
  }
  return out;
}

constexpr std::size_t kIbanMin = 16, kIbanMax = 28, kCardMin = 13, kCardMax = 19;

void find_numbers(std::string_view text, std::vector<Found>& out) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && is_letter(text[at - 1])) continue;
    if (is_upper_or_lower(text[at])) {
      const std::string run = run_from(text, at, true, kIbanMax);
      for (std::size_t size = run.size(); size >= kIbanMin; --size)
        if (is_iban(std::string_view(run).substr(0, size))) {
          out.push_back({at, {NoteFlag::bank_number, ending_of(run.substr(0, size))}});
          break;
        }
    } else if (is_digit(text[at])) {
      const std::string run = run_from(text, at, false, kCardMax);
      for (std::size_t size = run.size(); size >= kCardMin; --size)
        if (is_card_number(std::string_view(run).substr(0, size))) {
          out.push_back({at, {NoteFlag::bank_number, ending_of(run.substr(0, size))}});
          break;
        }
    }
  }
}

// In capitals.
bool has_iban_form(std::string_view number) {
  for (const IbanForm& form : kIbanForms) {
    if (!number.starts_with(form.country) || number.size() != form.kinds.size() + 4) continue;
    if (!is_digit(number[2]) || !is_digit(number[3])) return false;
    for (std::size_t i = 0; i < form.kinds.size(); ++i) {
      const char c = number[i + 4];
      const bool digit = is_digit(c), letter = c >= 'A' && c <= 'Z';
      if (form.kinds[i] == 'n' ? !digit : form.kinds[i] == 'a' ? !letter : !digit && !letter) return false;
    }
    return true;
  }
  return false;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool doubles = false;
  for (std::size_t i = digits.size(); i-- > 0;) {
    int digit = digits[i] - '0';
    if (doubles) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    doubles = !doubles;
  }
  return sum % 10 == 0;
}

}  // namespace

std::string_view name_of(NoteFlag flag) {
  switch (flag) {
    case NoteFlag::health: return "health";
    case NoteFlag::religion: return "religion";
    case NoteFlag::trade_union: return "trade_union";
    case NoteFlag::opinion: return "opinion";
    case NoteFlag::crime: return "crime";
    case NoteFlag::private_life: return "private_life";
    case NoteFlag::insult: return "insult";
    case NoteFlag::bank_number: return "bank_number";
  }
  return "";
}

std::vector<NoteFinding> screen_note(std::string_view folded) {
  std::string text{folded};
  for (const std::string_view phrase : kOrdinary)
    for (std::size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at))
      text.replace(at, phrase.size(), phrase.size(), '_');
  std::vector<Found> found;
  for (const Listed& listed : kListed) find_words(text, listed, found);
  find_numbers(text, found);
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.at < b.at; });
  std::vector<NoteFinding> out;
  for (Found& one : found) {
    const bool is_known = std::any_of(out.begin(), out.end(), [&](const NoteFinding& known) {
      return known.flag == one.finding.flag && known.word == one.finding.word;
    });
    if (!is_known) out.push_back(std::move(one.finding));
  }
  return out;
}

bool is_iban(std::string_view text) {
  std::string number;
  for (const char c : text)
    if (c != ' ') number += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (!has_iban_form(number)) return false;
  int rest = 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const char c = number[(i + 4) % number.size()];  // the country and the check digits come last
    rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

bool is_card_number(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  const int two = digits.size() < 2 ? 0 : (digits[0] - '0') * 10 + (digits[1] - '0');
  const bool is_amex = digits.size() == 15 && (two == 34 || two == 37);
  const bool is_16 = digits.size() == 16 && (digits[0] == '4' || (two >= 51 && two <= 55) ||
                                             (two >= 22 && two <= 27) || digits[0] == '6' || two == 35);
  const bool is_long = (digits.size() == 13 || digits.size() == 19) && digits[0] == '4';
  return (is_amex || is_16 || is_long) && passes_luhn(digits);
}

std::int64_t character_count(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace relance
