// A list of open items in CSV: the first byte says by which mapping, the rest is the file. Or the file is the mapping.
#include <set>

#include "rules/siren.h"
#include "schema/amounts.h"
#include "schema/lookup.h"
#include "server/claims_csv.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

server::CsvMapping by_places() {
  using server::CsvField;
  server::CsvMapping out;
  out.columns = {{CsvField::debtor_name, "#1"}, {CsvField::piece, "#2"},  {CsvField::issued_on, "#3"},
                 {CsvField::debit, "#4"},       {CsvField::credit, "#5"}, {CsvField::siren, "#6"},
                 {CsvField::phone, "#7"},       {CsvField::email, "#8"},  {CsvField::account, "#9"}};
  out.has_header = false;
  return out;
}

void check_line(const ClaimLine& line) {
  RELANCE_ASSERT(line.account.starts_with("41") && !line.piece_ref.empty());
  RELANCE_ASSERT(!line.issued_on.empty() || !line.due_on.empty());
  for (const std::string* date : {&line.issued_on, &line.due_on})
    RELANCE_ASSERT(date->empty() || schema::is_civil_date(*date));
  RELANCE_ASSERT(line.amount_cents <= schema::kCentsMax && line.amount_cents >= -schema::kCentsMax);
  RELANCE_ASSERT(line.siren.empty() || is_siren(line.siren));
  RELANCE_ASSERT(line.phone.empty() || line.phone.starts_with('+'));
  for (const std::string* text :
       {&line.debtor_ref, &line.debtor_name, &line.piece_ref, &line.label, &line.email})
    RELANCE_ASSERT(schema::is_utf8(*text) &&
                   text->find_first_of(std::string("\r\n\t\0", 4)) == std::string::npos);
}

void check_file(const ClaimFile& file) {
  RELANCE_ASSERT(file.problems.size() <= kFileProblemsKeptMax && file.notices.size() <= kFileProblemsKeptMax);
  if (file.problem_count > 0) return;
  RELANCE_ASSERT(file.lines.size() + file.lines_other == file.lines_read);
  std::set<std::string> identities;
  for (const ClaimLine& line : file.lines) {
    check_line(line);
    RELANCE_ASSERT(identities.insert(line.identity).second);
  }
}

void check_mapping(std::string_view text) {
  std::optional<server::CsvMapping> mapping;
  const auto code = failure_of([&] { mapping = server::mapping_of_json(text); });
  RELANCE_ASSERT(!code || *code == Code::bad_file || *code == Code::usage);
  if (!mapping) return;
  const std::string kept = server::mapping_json(*mapping);
  RELANCE_ASSERT(server::mapping_json(server::mapping_of_json(kept)) == kept);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(claims_csv, bytes) {
  using namespace relance;
  fuzz::Input input(bytes);
  switch (input.below(4)) {
    case 0: return fuzz::check_file(server::read_claims_csv(input.rest(), server::plain_mapping()));
    case 1: return fuzz::check_file(server::read_claims_csv(input.rest(), fuzz::by_places()));
    case 2: {
      server::CsvMapping mapping = server::plain_mapping();
      mapping.separator = ';';
      mapping.encoding = input.below(2) == 0 ? Encoding::cp1252 : Encoding::latin9;
      mapping.skip_lines = static_cast<int>(input.below(4));
      return fuzz::check_file(server::read_claims_csv(input.rest(), mapping));
    }
    default: return fuzz::check_mapping(input.rest());
  }
}
