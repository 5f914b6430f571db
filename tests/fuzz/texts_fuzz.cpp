// Short texts that people and other programs write: instants, days, amounts, ids, addresses, enrolment codes, values of
// columns. The first byte says which.
#include "host/endpoint.h"
#include "host/enrolment_code.h"
#include "host/value_text.h"
#include "rules/civil_date.h"
#include "rules/money.h"
#include "schema/instant.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

void check_instant(std::string_view text) {
  const auto at = parse_instant(text);
  if (!at) return;
  const std::string written = instant_text(*at);
  RELANCE_ASSERT(written.size() == 24 && parse_instant(written) == at);
  RELANCE_ASSERT(text.size() == 20 ? written.starts_with(text.substr(0, 19)) : written == text);
}

void check_date(std::string_view text) {
  const auto date = parse_civil_date(text);
  // The two readers of a day must agree: one judges what is stored, the other counts with it.
  if (text.size() == 10) RELANCE_ASSERT(date.has_value() == schema::is_civil_date(text));
  if (!date) return;
  RELANCE_ASSERT(is_valid(*date) && (text.size() == 10 ? iso_text(*date) : compact_text(*date)) == text);
  for (const std::int64_t days : {std::int64_t{1}, std::int64_t{-400}, INT64_MAX, INT64_MIN})
    RELANCE_ASSERT(is_valid(add_days(*date, days)) && is_valid(add_months(*date, days)));
}

void check_cents(std::string_view text) {
  const auto cents = parse_cents(text);
  if (cents)
    RELANCE_ASSERT(parse_cents(money_text(*cents)) == cents && money_text(*cents) == cents_text(*cents));
}

void check_id(std::string_view text) {
  const auto id = Id::parse(text);
  if (id)
    RELANCE_ASSERT(id->text().size() == 36 && Id::parse(id->text()) == id &&
                   Id::from_bytes(id->view()) == id);
}

void check_endpoint(std::string_view text, int default_port) {
  Endpoint read;
  const auto failed = failure_of([&] { read = Endpoint::parse(text, default_port); });
  if (failed) {
    RELANCE_ASSERT(*failed == Code::usage);
    return;
  }
  RELANCE_ASSERT(read.port > 0 && read.port <= 65535 && read.host.size() <= 253);
  RELANCE_ASSERT(read.host.find_first_of("\r\n[] /@") == std::string::npos);
  RELANCE_ASSERT(Endpoint::parse(read.text()).text() == read.text());
}

void check_code(std::string_view text) {
  EnrolmentCode code;
  const auto failed = failure_of([&] { code = EnrolmentCode::decode(text); });
  if (failed)
    RELANCE_ASSERT(*failed == Code::code_refused);
  else
    RELANCE_ASSERT(EnrolmentCode::decode(code.encode()) == code);
}

// The checksum keeps a fuzzer out: here the code is made of its bytes, and typed as people type.
void check_typed_code(Input input) {
  EnrolmentCode code;
  code.port = static_cast<int>(input.byte() * 256 + input.byte());
  for (std::uint8_t& one : code.secret) one = static_cast<std::uint8_t>(input.byte());
  const std::string_view host = input.rest();
  code.host = host;
  if (code.port == 0 || host.empty() || host.size() > 400) return;
  const bool is_address = !failure_of([&] {
    if (Endpoint::parse(Endpoint{code.host, code.port}.text()).host != code.host)
      throw Failure(Code::usage, "");
  });
  const std::string text = code.encode();
  std::string typed = " ";
  for (const char c : text)
    typed += c == '-'   ? " "
             : c == '0' ? "O"
             : c == '1' ? "l"
                        : std::string(1, static_cast<char>(std::toupper(c)));
  if (is_address)
    RELANCE_ASSERT(EnrolmentCode::decode(text) == code && EnrolmentCode::decode(typed) == code);
  else
    RELANCE_ASSERT(failure_of([&] { static_cast<void>(EnrolmentCode::decode(text)); }) == Code::code_refused);
}

void check_folded(std::string_view text) {
  const std::string once = folded(text);
  RELANCE_ASSERT(folded(once) == once);
}

void check_value(Input input) {
  const auto tables = schema::business_tables();
  const schema::Table& table = tables[input.below(tables.size())];
  const schema::Column& column = table.columns[input.below(table.columns.size())];
  const std::string_view text = input.rest();
  Value value;
  if (failure_of([&] { value = parse_value(table, column, text); })) return;
  if (is_null(value)) return;
  RELANCE_ASSERT(schema::why_not(column, value).empty());
  const bool has_one_form = column.type != schema::Type::cents && column.type != schema::Type::bytes;
  if (has_one_form) RELANCE_ASSERT(parse_value(table, column, value_text(column, value)) == value);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(texts, bytes) {
  using namespace relance;
  fuzz::Input input(bytes);
  switch (input.byte()) {
    case 'i': return fuzz::check_instant(input.rest());
    case 'd': return fuzz::check_date(input.rest());
    case 'c': return fuzz::check_cents(input.rest());
    case 'u': return fuzz::check_id(input.rest());
    case 'a': return fuzz::check_endpoint(input.rest(), 0);
    case 'p': return fuzz::check_endpoint(input.rest(), 8443);
    case 'e': return fuzz::check_code(input.rest());
    case 't': return fuzz::check_typed_code(input);
    case 'f': return fuzz::check_folded(input.rest());
    default: return fuzz::check_value(input);
  }
}
