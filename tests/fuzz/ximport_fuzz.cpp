// The export of Sage 50. What is kept is UTF-8, on customers' accounts, dated and within bounds; a file with a fault
// keeps words that hold nothing of its content.
#include <set>

#include "schema/amounts.h"
#include "schema/lookup.h"
#include "server/ximport_reader.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

void check_line(const ClaimLine& line) {
  RELANCE_ASSERT(line.account.starts_with("41") && schema::is_civil_date(line.issued_on));
  RELANCE_ASSERT(line.due_on.empty() || schema::is_civil_date(line.due_on));
  RELANCE_ASSERT(!line.identity.empty());
  RELANCE_ASSERT(line.amount_cents <= schema::kCentsMax && line.amount_cents >= -schema::kCentsMax);
  for (const std::string* text :
       {&line.debtor_ref, &line.debtor_name, &line.journal, &line.piece_ref, &line.label})
    RELANCE_ASSERT(schema::is_utf8(*text) &&
                   text->find_first_of(std::string("\r\n\t\0", 4)) == std::string::npos);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(ximport, bytes) {
  using namespace relance;
  const ClaimFile file = read_ximport(bytes, false);
  RELANCE_ASSERT(file.problems.size() <= kFileProblemsKeptMax && file.problems.size() <= file.problem_count);
  RELANCE_ASSERT(file.lines.size() + file.lines_other <= file.lines_read);
  const ClaimFile lenient = read_ximport(bytes, true);
  RELANCE_ASSERT(lenient.lines.size() == file.lines.size() && lenient.problem_count <= file.problem_count);
  if (file.problem_count > 0) return;
  RELANCE_ASSERT(file.lines.size() + file.lines_other == file.lines_read);
  std::set<std::string> identities;
  for (const ClaimLine& line : file.lines) {
    fuzz::check_line(line);
    RELANCE_ASSERT(identities.insert(line.identity).second);
  }
}
