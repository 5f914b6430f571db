// Notices out of JSON. See bodacc_reader.h.
#include "server/bodacc_reader.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "host/failure.h"
#include "host/value_text.h"
#include "server/encoding.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kProblemsMax = 20;

std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c >= '0' && c <= '9') out += c;
  return out;
}

// ---- JSON ------------------------------------------------------------------------------------------------------

const json::value* member(const json::object& from, std::string_view name) {
  const auto found = from.find(name);
  return found == from.end() || found->value().is_null() ? nullptr : &found->value();
}

std::string text_of(const json::object& from, std::string_view name) {
  const json::value* value = member(from, name);
  if (value == nullptr) return {};
  if (value->is_string()) return repaired_text(std::string(std::string_view(value->get_string())));
  if (value->is_int64()) return std::to_string(value->get_int64());
  return {};
}

// An object, or the text of one: the gazette writes both.
std::optional<json::object> object_of(const json::object& from, std::string_view name) {
  const json::value* value = member(from, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) return value->get_object();
  if (!value->is_string()) return std::nullopt;
  boost::system::error_code error;
  const json::value inner = json::parse(std::string_view(value->get_string()), error);
  if (error || !inner.is_object()) return std::nullopt;
  return inner.get_object();
}

// The records of a file, whichever door it came through.
const json::array* records_of(const json::value& root) {
  if (root.is_array()) return &root.get_array();
  if (!root.is_object()) return nullptr;
  for (const std::string_view name : {"results", "records", "annonces"})
    if (const json::value* all = member(root.get_object(), name); all != nullptr && all->is_array())
      return &all->get_array();
  const json::value* inner = member(root.get_object(), "result");
  return inner == nullptr ? nullptr : records_of(*inner);
}

const json::object* fields_of(const json::value& record) {
  if (!record.is_object()) return nullptr;
  const json::value* fields = member(record.get_object(), "fields");
  return fields != nullptr && fields->is_object() ? &fields->get_object() : &record.get_object();
}

// ---- a notice ----------------------------------------------------------------------------------------------------

// Companies of the register: nine digits each, with or without blanks, some of them twice.
void add_sirens(std::vector<std::string>& out, const json::value& value) {
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) add_sirens(out, one);
    return;
  }
  if (!value.is_string()) return;
  std::string_view rest(value.get_string());
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find_first_of(",;"), rest.size());
    const std::string siren = digits_of(rest.substr(0, comma));
    if (siren.size() == 9 && std::find(out.begin(), out.end(), siren) == out.end()) out.push_back(siren);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
}

constexpr std::size_t kIssueDigits = 8;

std::string joined_ref(char letter, std::string_view issue, std::string_view number) {
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return std::string(1, letter) + std::string(issue) + "-" + std::string(number);
}

// "BODACC A" or "A", "20260010", "0101" -> A20260010-101.
std::string ref_of(std::string_view edition, std::string_view issue, std::string_view number) {
  const std::size_t last = edition.find_last_not_of(' ');
  if (last == std::string_view::npos) return {};
  const std::string issue_digits = digits_of(issue), number_digits = digits_of(number);
  if (issue_digits.empty() || number_digits.empty()) return {};
  return joined_ref(edition[last], issue_digits, number_digits);
}

// A202600100101 -> A20260010-101: some doors fill the number up with zeros, some do not. Others stay as they are.
std::string ref_of_id(const std::string& id) {
  const std::string digits = digits_of(id);
  if (digits.size() <= kIssueDigits || digits.size() + 1 != id.size()) return id;
  return joined_ref(id.front(), std::string_view(digits).substr(0, kIssueDigits),
                    std::string_view(digits).substr(kIssueDigits));
}

BodaccNotice::Kind kind_of(const std::string& typed) {
  const std::string word = folded(typed);
  if (word.find("annul") != std::string::npos) return BodaccNotice::Kind::cancellation;
  if (word.find("rectif") != std::string::npos) return BodaccNotice::Kind::correction;
  return BodaccNotice::Kind::initial;
}

std::string officer_in(const std::string& complement) {
  for (const std::string_view role :
       {"liquidateur", "Liquidateur", "mandataire judiciaire", "Mandataire judiciaire"}) {
    const std::size_t at = complement.find(role);
    if (at == std::string::npos) continue;
    const std::size_t end = complement.find_first_of(".;\n", at);
    std::string out = complement.substr(at, end == std::string::npos ? end : end - at);
    if (out.size() > role.size() + 2) return out;
  }
  return {};
}

class Reader {
 public:
  explicit Reader(BodaccFile& out) : out_(out) {}

  void read(const json::value& record, std::size_t place) {
    const json::object* fields = fields_of(record);
    if (fields == nullptr) return problem(place, "is no object");
    if (text_of(*fields, "familleavis") != "collective") return;
    BodaccNotice notice{.place = place, .kind = kind_of(text_of(*fields, "typeavis"))};
    read_names(*fields, notice);
    if (notice.ref.empty())
      return problem(place, "has no number (id, or publicationavis, parution, numeroannonce)");
    if (const json::value* registered = member(*fields, "registre")) add_sirens(notice.sirens, *registered);
    if (notice.sirens.empty()) return;  // traders without a number: nobody here can be found by one
    const auto day = parse_gazette_day(text_of(*fields, "dateparution"));
    if (!day) return problem(place, "has no day of publication that can be read (dateparution)");
    notice.published_on = *day;
    if (!read_judgment(*fields, notice)) return problem(place, "has no judgment that can be read (jugement)");
    out_.notices.push_back(std::move(notice));
  }

 private:
  void problem(std::size_t place, std::string_view what) {
    if (out_.problems.size() < kProblemsMax)
      out_.problems.push_back("record " + std::to_string(place) + " " + std::string(what));
  }

  static void read_names(const json::object& fields, BodaccNotice& notice) {
    notice.court = text_of(fields, "tribunal");
    notice.ref = ref_of(text_of(fields, "publicationavis"), text_of(fields, "parution"),
                        text_of(fields, "numeroannonce"));
    if (notice.ref.empty()) notice.ref = ref_of_id(text_of(fields, "id"));
    const auto previous = object_of(fields, "parutionavisprecedent");
    if (previous)
      notice.replaces = ref_of(text_of(*previous, "nomPublication"), text_of(*previous, "numeroParution"),
                               text_of(*previous, "numeroAnnonce"));
    else
      notice.replaces = ref_of_id(text_of(fields, "parutionavisprecedent"));
  }

  // A cancellation need not say what it cancels once more.
  static bool read_judgment(const json::object& fields, BodaccNotice& notice) {
    const auto judgment = object_of(fields, "jugement");
    if (!judgment) return notice.kind == BodaccNotice::Kind::cancellation;
    notice.nature = text_of(*judgment, "nature");
    if (notice.nature.empty()) notice.nature = text_of(*judgment, "famille");
    notice.complement = text_of(*judgment, "complementJugement");
    notice.judged_on = parse_gazette_day(text_of(*judgment, "date"));
    notice.officer = officer_in(notice.complement);
    return !notice.nature.empty() || notice.kind == BodaccNotice::Kind::cancellation;
  }

  BodaccFile& out_;
};

// ---- days --------------------------------------------------------------------------------------------------------

std::optional<CivilDate> valid_day(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const CivilDate out{static_cast<int>(year), static_cast<unsigned>(month), static_cast<unsigned>(day)};
  return is_valid(out) ? std::optional(out) : std::nullopt;
}

std::int64_t month_named(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kMonths{"janv", "f",  "mars", "avr", "mai", "juin",
                                                            "juil", "ao", "sept", "oct", "nov", "d"};
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (name.starts_with(kMonths[i])) return static_cast<std::int64_t>(i) + 1;
  return 0;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c != ' ')
      out.back() += c;
    else if (!out.back().empty())
      out.emplace_back();
  }
  return out;
}

std::int64_t number_of(const std::string& digits) {
  return digits.empty() || digits.size() > 8 ? 0 : std::stoll(digits);
}

}  // namespace

std::optional<CivilDate> parse_gazette_day(std::string_view text) {
  if (text.size() >= 10) {
    if (const auto day = parse_civil_date(text.substr(0, 10))) return day;
    if (text[2] == '/' && text[5] == '/')
      return valid_day(number_of(digits_of(text.substr(6, 4))), number_of(digits_of(text.substr(3, 2))),
                       number_of(digits_of(text.substr(0, 2))));
  }
  if (text.size() >= 8)
    if (const auto day = parse_civil_date(text.substr(0, 8))) return day;
  const std::vector<std::string> words = words_of(plain_words(std::string(text)));
  if (words.size() < 3) return std::nullopt;
  return valid_day(number_of(digits_of(words[2])), month_named(words[1]), number_of(digits_of(words[0])));
}

std::string repaired_text(const std::string& text) {
  // Once round: every character must be one of Windows-1252, and their bytes UTF-8 with at least one accent.
  if (is_ascii(text) || !is_utf8(text)) return text;
  static const std::array<std::string, 128> upper = [] {
    std::array<std::string, 128> out;
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = utf8_of(std::string(1, static_cast<char>(128 + i)), Encoding::cp1252);
    // What Windows-1252 leaves open, programs take for the control characters of Latin-1.
    for (const std::size_t hole : {0x01U, 0x0DU, 0x0FU, 0x10U, 0x1DU})
      out[hole] = {'\xC2', static_cast<char>(128 + hole)};
    return out;
  }();
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      bytes += text[i++];
      continue;
    }
    const auto found = std::find_if(upper.begin(), upper.end(), [&](const std::string& letter) {
      return text.compare(i, letter.size(), letter) == 0;
    });
    if (found == upper.end()) return text;
    bytes += static_cast<char>(128 + (found - upper.begin()));
    i += found->size();
  }
  return !is_ascii(bytes) && is_utf8(bytes) ? bytes : text;
}

std::string plain_words(const std::string& text) {
  std::string out;
  for (const char c : folded(text)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_word)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

BodaccFile read_bodacc(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 32;
  const json::value root = json::parse(text, error, {}, options);
  const json::array* records = error ? nullptr : records_of(root);
  if (records == nullptr)
    throw Failure(Code::bad_file,
                  "This is no JSON of the BODACC: a list of notices is expected, or `results` or `records` "
                  "that hold one. Nothing was stored.");
  BodaccFile out;
  Reader reader(out);
  for (const json::value& record : *records) reader.read(record, ++out.records);
  // A cancellation comes after what it cancels, whatever the order of the file.
  std::stable_sort(out.notices.begin(), out.notices.end(), [](const BodaccNotice& a, const BodaccNotice& b) {
    return std::pair(a.published_on, a.kind) < std::pair(b.published_on, b.kind);
  });
  return out;
}

}  // namespace relance::server
