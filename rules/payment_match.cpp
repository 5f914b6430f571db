// Words of a text, and points for what they name. See payment_match.h.
#include "rules/payment_match.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

constexpr std::size_t kRunWords = 6;        // "FA 2026 / 00 12" is one number in so many words
constexpr std::size_t kNumberBytesMin = 3;  // a shorter number is in every text
constexpr std::size_t kNameBytesMin = 3;
constexpr int kScoreMin = 25;  // an equal amount alone is worth a look; half a name is not

constexpr std::array<std::string_view, 16> kNoNames{
    "sarl",           "sas",      "sasu",   "eurl", "sci",  "snc", "ste", "societe", "ets",
    "etablissements", "monsieur", "madame", "mme",  "mlle", "and", "the"};

int points_of(MatchReason reason) {
  switch (reason) {
    case MatchReason::case_number: return 100;
    case MatchReason::piece: return 60;
    case MatchReason::expected_amount: return 40;
    case MatchReason::pieces_amount: return 30;
    case MatchReason::asked_amount: return 30;
    case MatchReason::piece_amount: return 25;
    case MatchReason::name: return 30;
    case MatchReason::part_of_name: return 15;
  }
  return 0;
}

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || byte >= 0x80;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_word_byte(text[i])) {
      word += text[i];
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  return out;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (is_word_byte(c)) out += c;
  return out;
}

/// Every run of words that stand together: a number is found whole, never inside a longer one.
std::unordered_set<std::string> runs_of(std::string_view text) {
  const std::vector<std::string> words = words_of(text);
  std::unordered_set<std::string> out;
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string run;
    for (std::size_t i = first; i < words.size() && i < first + kRunWords; ++i) out.insert(run += words[i]);
  }
  return out;
}

std::vector<std::string> name_words(std::string_view name) {
  std::vector<std::string> out;
  for (std::string& word : words_of(name))
    if (word.size() >= kNameBytesMin && std::find(kNoNames.begin(), kNoNames.end(), word) == kNoNames.end())
      out.push_back(std::move(word));
  return out;
}

}  // namespace

std::string_view name_of(MatchReason reason) {
  switch (reason) {
    case MatchReason::case_number: return "case_number";
    case MatchReason::piece: return "piece";
    case MatchReason::expected_amount: return "expected_amount";
    case MatchReason::pieces_amount: return "pieces_amount";
    case MatchReason::asked_amount: return "asked_amount";
    case MatchReason::piece_amount: return "piece_amount";
    case MatchReason::name: return "name";
    case MatchReason::part_of_name: return "part_of_name";
  }
  return "";
}

PaymentMatcher::PaymentMatcher(std::vector<PayableCase> cases) : cases_(std::move(cases)) {
  for (const PayableCase& one : cases_) {
    Keys& keys = keys_.emplace_back();
    keys.number = squeezed(one.number);
    for (const PayableCase::Piece& piece : one.pieces) keys.pieces.push_back(squeezed(piece.ref));
    keys.name = name_words(one.debtor);
  }
}

MatchProposal PaymentMatcher::judge(std::size_t place, const PaidLine& line, const Words& words) const {
  const PayableCase& one = cases_[place];
  const Keys& keys = keys_[place];
  MatchProposal out{.place = place};
  const auto found = [&](MatchReason reason) {
    out.reasons.push_back(reason);
    out.score += points_of(reason);
  };
  if (keys.number.size() >= kNumberBytesMin && words.contains(keys.number)) found(MatchReason::case_number);
  std::int64_t named_cents = 0;
  bool is_named = false, is_one_piece = false;
  for (std::size_t i = 0; i < one.pieces.size(); ++i) {
    is_one_piece = is_one_piece || one.pieces[i].open_cents == line.amount_cents;
    if (keys.pieces[i].size() < kNumberBytesMin || !words.contains(keys.pieces[i])) continue;
    is_named = true;
    named_cents += one.pieces[i].open_cents;
  }
  if (is_named) found(MatchReason::piece);
  const auto& declared = one.expected_cents;
  if (std::find(declared.begin(), declared.end(), line.amount_cents) != declared.end())
    found(MatchReason::expected_amount);
  if (is_named && named_cents == line.amount_cents)
    found(MatchReason::pieces_amount);
  else if (one.asked_cents == line.amount_cents)
    found(MatchReason::asked_amount);
  else if (is_one_piece)
    found(MatchReason::piece_amount);
  const auto known = static_cast<std::size_t>(std::count_if(
      keys.name.begin(), keys.name.end(), [&](const std::string& word) { return words.contains(word); }));
  if (known > 0 && known == keys.name.size())
    found(MatchReason::name);
  else if (known > 0 && 2 * known >= keys.name.size())
    found(MatchReason::part_of_name);
  return out;
}

std::vector<MatchProposal> PaymentMatcher::propose(const PaidLine& line, std::size_t most) const {
  const Words words = runs_of(line.text + " | " + line.payer);
  std::vector<MatchProposal> out;
  for (std::size_t place = 0; place < cases_.size(); ++place) {
    MatchProposal one = judge(place, line, words);
    if (one.score >= kScoreMin) out.push_back(std::move(one));
  }
  std::stable_sort(out.begin(), out.end(), [&](const MatchProposal& a, const MatchProposal& b) {
    if (a.score != b.score) return a.score > b.score;
    return cases_[a.place].number < cases_[b.place].number;
  });
  if (out.size() > most) out.resize(most);
  return out;
}

std::vector<std::size_t> PaymentMatcher::named_pieces(std::size_t place, std::string_view text) const {
  const Words words = runs_of(text);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < keys_[place].pieces.size(); ++i)
    if (keys_[place].pieces[i].size() >= kNumberBytesMin && words.contains(keys_[place].pieces[i]))
      out.push_back(i);
  return out;
}

}  // namespace relance
