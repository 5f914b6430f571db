// A text is cut into its values (places, not a tree): a change is then a splice of text, and everything that is not
// touched keeps its form.
#include "tests/fuzz/json_mutator.h"

#include <array>
#include <vector>

namespace relance::fuzz {
namespace {

struct Span {
  std::size_t start = 0, end = 0;
};

/// Finds every value of a JSON text, strings of members' names included. Nothing where it is no JSON (roughly: what
/// it takes for JSON may still be refused by the parser, which is as good an input).
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    if (!value(0) || (blanks(), at_ != text_.size())) spans.clear();
  }
  std::vector<Span> spans;

 private:
  static constexpr int kDepthMax = 64;

  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool string() {
    const std::size_t start = at_;
    if (!take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    ++at_;
    spans.push_back({start, at_});
    return true;
  }
  bool word() {
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           std::string_view(",]}: \t\r\n\"[{").find(text_[at_]) == std::string_view::npos)
      ++at_;
    if (at_ == start) return false;
    spans.push_back({start, at_});
    return true;
  }
  bool members(int depth, char close, bool named) {
    const std::size_t start = at_++;
    if (take(close)) return spans.push_back({start, at_}), true;
    do {
      blanks();
      if (named && (!string() || !take(':'))) return false;
      if (!value(depth + 1)) return false;
    } while (take(','));
    if (!take(close)) return false;
    spans.push_back({start, at_});
    return true;
  }
  bool value(int depth) {
    blanks();
    if (depth > kDepthMax || at_ >= text_.size()) return false;
    if (text_[at_] == '{') return members(depth, '}', true);
    if (text_[at_] == '[') return members(depth, ']', false);
    return text_[at_] == '"' ? string() : word();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  std::size_t below(std::size_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::size_t>((state_ >> 11) % bound);
  }

 private:
  std::uint64_t state_;
};

// The edges of what the wire's readers compare with, and values of the wrong kind.
constexpr std::array<std::string_view, 30> kValues{"0",
                                                   "1",
                                                   "-1",
                                                   "2",
                                                   "16",
                                                   "17",
                                                   "255",
                                                   "256",
                                                   "10000",
                                                   "10001",
                                                   "9007199254740992",
                                                   "9007199254740993",
                                                   "9223372036854775807",
                                                   "-9223372036854775808",
                                                   "18446744073709551615",
                                                   "1e3",
                                                   "null",
                                                   "true",
                                                   "[]",
                                                   "{}",
                                                   "\"\"",
                                                   "\"0190163d-8694-739b-aea5-966c26f8ad91\"",
                                                   "\"00000000-0000-0000-0000-000000000000\"",
                                                   "\"1970-01-01T00:00:00Z\"",
                                                   "\"9999-12-31T23:59:59.999Z\"",
                                                   "\"2026-02-29\"",
                                                   "\"\\u0000\"",
                                                   "\"\\ud83d\\ude00\"",
                                                   "\"insert\"",
                                                   "\"update\""};

std::string replaced(std::string_view text, const Span& place, std::string_view by) {
  std::string out(text.substr(0, place.start));
  out += by;
  out += text.substr(place.end);
  return out;
}

/// An element with the comma beside it, so that what is left is still a list.
Span with_comma(std::string_view text, Span place) {
  if (place.end < text.size() && text[place.end] == ',') return {place.start, place.end + 1};
  if (place.start > 0 && text[place.start - 1] == ',') return {place.start - 1, place.end};
  return place;
}

std::string changed_number(std::string_view number, Chance& chance) {
  std::string out(number);
  const std::size_t at = chance.below(out.size());
  if (out[at] >= '0' && out[at] <= '9') out[at] = static_cast<char>('0' + chance.below(10));
  return out;
}

std::string changed_string(std::string_view text, Chance& chance) {
  std::string out(text);
  const std::size_t at = 1 + chance.below(out.size() - 1);  // behind the first quote
  switch (chance.below(3)) {
    case 0: out.insert(at, 1, static_cast<char>('0' + chance.below(10))); break;
    case 1:
      if (at + 1 < out.size() && out[at] != '\\' && out[at - 1] != '\\') out.erase(at, 1);
      break;
    default:
      if (at + 1 < out.size() && out[at] != '\\' && out[at - 1] != '\\')
        out[at] = static_cast<char>('a' + chance.below(26));
  }
  return out;
}

std::string one_change(std::string_view text, const std::vector<Span>& places, Chance& chance) {
  const Span place = places[chance.below(places.size())];
  const std::string_view old = text.substr(place.start, place.end - place.start);
  const Span other = places[chance.below(places.size())];
  switch (chance.below(6)) {
    case 0: return replaced(text, place, kValues[chance.below(kValues.size())]);
    case 1: return replaced(text, place, text.substr(other.start, other.end - other.start));
    case 2: return replaced(text, with_comma(text, place), "");
    case 3: return replaced(text, {place.end, place.end}, "," + std::string(old));
    case 4:
      return replaced(text, {place.end, place.end}, "," + std::string(kValues[chance.below(kValues.size())]));
    default:
      if (old.starts_with('"')) return replaced(text, place, changed_string(old, chance));
      return replaced(text, place, changed_number(old, chance));
  }
}

}  // namespace

std::string mutated_json(std::string_view text, std::uint64_t seed, std::size_t size_max) {
  Chance chance(seed);
  std::string out(text);
  for (std::size_t i = 0, count = 1 + chance.below(4); i < count; ++i) {
    const Places places(out);
    if (places.spans.empty()) return i == 0 ? std::string() : out;
    std::string next = one_change(out, places.spans, chance);
    if (next.size() <= size_max) out = std::move(next);
  }
  return out.size() > size_max ? std::string() : out;
}

std::string crossed_json(std::string_view text, std::string_view other, std::uint64_t seed,
                         std::size_t size_max) {
  Chance chance(seed);
  const Places places(text), others(other);
  if (places.spans.empty() || others.spans.empty()) return {};
  const Span from = others.spans[chance.below(others.spans.size())];
  std::string out = replaced(text, places.spans[chance.below(places.spans.size())],
                             other.substr(from.start, from.end - from.start));
  return out.size() > size_max ? std::string() : out;
}

}  // namespace relance::fuzz
