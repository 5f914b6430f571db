// See csv_mapping.h.
#include "server/csv_mapping.h"

#include <boost/json.hpp>

#include "host/failure.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kCsvFields> kNames{
    "debtor_ref", "debtor_name", "siren", "siret",  "address",  "postcode",
    "city",       "email",       "phone", "piece",  "label",    "issued_on",
    "due_on",     "amount",      "debit", "credit", "currency", "account"};

constexpr std::size_t kColumnsMax = 256;  // "#256": what the reader splits a line into

bool is_place(std::string_view title) { return title.starts_with('#'); }

bool is_good_place(std::string_view title) {
  const std::string_view digits = title.substr(1);
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  const std::size_t place = std::stoul(std::string(digits));
  return place >= 1 && place <= kColumnsMax;
}

std::string why_not_title(CsvField field, const std::string& title, bool has_header) {
  const std::string name(name_of(field));
  if (title.empty() || title.size() > kColumnTitleBytesMax)
    return "The column of `" + name + "` must have a title of 1 to 200 bytes.";
  if (is_place(title) && !is_good_place(title))
    return "The column of `" + name + "` must be a place from #1 to #256.";
  if (!has_header && !is_place(title))
    return "Without a header line the column of `" + name + "` must be a place, as #3.";
  return "";
}

[[noreturn]] void refuse_json() {
  throw Failure(Code::bad_file,
                "The kept mapping cannot be read; save it anew with `relance-server import mapping save`.");
}

}  // namespace

std::string_view name_of(CsvField field) { return kNames[static_cast<std::size_t>(field)]; }

std::optional<CsvField> csv_field_of(std::string_view name) {
  for (std::size_t at = 0; at < kNames.size(); ++at)
    if (kNames[at] == name) return static_cast<CsvField>(at);
  return std::nullopt;
}

CsvMapping plain_mapping() {
  CsvMapping out;
  for (std::size_t at = 0; at < kNames.size(); ++at)
    out.columns.emplace(static_cast<CsvField>(at), std::string(kNames[at]));
  return out;
}

std::string why_not(const CsvMapping& mapping) {
  const auto has = [&](CsvField field) { return mapping.columns.contains(field); };
  if (!has(CsvField::piece))
    return "No column is the `piece`: without its number a claim cannot be told again.";
  if (!has(CsvField::debtor_name) && !has(CsvField::debtor_ref))
    return "No column says who owes: name `debtor_ref` or `debtor_name`.";
  if (!has(CsvField::amount) && !has(CsvField::debit))
    return "No column is the `amount` (or `debit`, with or without `credit`).";
  if (!has(CsvField::issued_on) && !has(CsvField::due_on))
    return "No column is a date: name `issued_on` or `due_on`.";
  if (mapping.skip_lines < 0 || mapping.skip_lines > kSkipLinesMax)
    return "From 0 to 100 lines can be passed over before the header.";
  for (const auto& [field, title] : mapping.columns)
    if (std::string why = why_not_title(field, title, mapping.has_header); !why.empty()) return why;
  return "";
}

std::string mapping_json(const CsvMapping& mapping) {
  json::object columns;
  for (const auto& [field, title] : mapping.columns) columns[name_of(field)] = title;
  json::object out{{"columns", std::move(columns)},
                   {"separator", mapping.separator == '\0' ? "" : std::string(1, mapping.separator)},
                   {"encoding", word_of(mapping.encoding)},
                   {"dates", word_of(mapping.dates)},
                   {"skip_lines", mapping.skip_lines},
                   {"header", mapping.has_header}};
  return json::serialize(out);
}

CsvMapping mapping_of_json(std::string_view text) {
  CsvMapping out;
  try {
    const json::value whole = json::parse(json::string_view(text.data(), text.size()));
    for (const auto& [name, title] : whole.at("columns").as_object()) {
      const auto field = csv_field_of(std::string_view(name.data(), name.size()));
      if (!field) refuse_json();
      out.columns.emplace(*field, std::string(title.as_string()));
    }
    const std::string separator(whole.at("separator").as_string());
    if (separator.size() > 1) refuse_json();
    out.separator = separator.empty() ? '\0' : separator.front();
    out.encoding = encoding_of(std::string(whole.at("encoding").as_string()));
    out.dates = dates_of(std::string(whole.at("dates").as_string()));
    out.skip_lines = whole.at("skip_lines").to_number<int>();
    out.has_header = whole.at("header").as_bool();
  } catch (const Failure&) {
    throw;
  } catch (const std::exception&) {  // what Boost.JSON throws differs with its version
    refuse_json();
  }
  if (!why_not(out).empty()) refuse_json();
  return out;
}

std::optional<Encoding> encoding_of(std::string_view word) {
  if (word == "auto") return std::nullopt;
  if (word == "utf8") return Encoding::utf8;
  if (word == "cp1252") return Encoding::cp1252;
  if (word == "latin9") return Encoding::latin9;
  throw Failure(Code::usage, "The encoding is one of auto, utf8, cp1252 (Windows) and latin9 (ISO 8859-15).");
}

std::string_view word_of(const std::optional<Encoding>& encoding) {
  if (!encoding) return "auto";
  if (*encoding == Encoding::cp1252) return "cp1252";
  return *encoding == Encoding::latin9 ? "latin9" : "utf8";
}

CsvDates dates_of(std::string_view word) {
  if (word == "auto") return CsvDates::any;
  if (word == "dmy") return CsvDates::dmy;
  if (word == "iso") return CsvDates::iso;
  throw Failure(Code::usage, "The dates are one of auto, dmy (31/12/2026) and iso (2026-12-31).");
}

std::string_view word_of(CsvDates dates) {
  if (dates == CsvDates::dmy) return "dmy";
  return dates == CsvDates::iso ? "iso" : "auto";
}

}  // namespace relance::server
