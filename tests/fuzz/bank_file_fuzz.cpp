// A bank's statement, of whichever format. It reads the same twice; what is kept is UTF-8, within its columns and named
// once; a file with a fault gives no line, and says so in words that hold nothing of its content.
#include "server/bank_file.h"

#include <set>

#include "schema/amounts.h"
#include "schema/lookup.h"
#include "schema/tables.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

using server::BankFile;
using server::BankLine;

void check_line(const BankLine& line) {
  RELANCE_ASSERT(schema::is_civil_date(line.booked_on));
  RELANCE_ASSERT(line.value_on.empty() || schema::is_civil_date(line.value_on));
  RELANCE_ASSERT(line.amount_cents <= schema::kCentsMax && line.amount_cents >= -schema::kCentsMax);
  RELANCE_ASSERT(line.currency.size() == 3 && !line.reference.empty());
  RELANCE_ASSERT(line.label.size() <= server::kBankLabelBytesMax &&
                 line.payer.size() <= server::kBankNameBytesMax);
  for (const std::string* text :
       {&line.account, &line.reference, &line.label, &line.payer, &line.end_to_end, &line.return_code})
    RELANCE_ASSERT(schema::is_utf8(*text) &&
                   text->find_first_of(std::string("\r\n\t\0", 4)) == std::string::npos);
  RELANCE_ASSERT(line.reference.size() <= 80 && line.account.size() <= 40 && line.return_code.size() <= 40);
  RELANCE_ASSERT(line.return_code.empty() || line.amount_cents <= 0);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(bank_file, bytes) {
  using namespace relance;
  const server::BankFile file = server::read_bank_file(bytes);
  RELANCE_ASSERT(file.problem_count == 0 || file.lines.empty());
  RELANCE_ASSERT(file.problems.size() <= server::kBankProblemsKeptMax);
  std::set<std::string> names;
  for (const server::BankLine& line : file.lines) {
    fuzz::check_line(line);
    RELANCE_ASSERT(names.insert(line.reference).second);
  }
  const server::BankFile again = server::read_bank_file(bytes);
  RELANCE_ASSERT(again.lines.size() == file.lines.size() && again.problem_count == file.problem_count);
  for (std::size_t i = 0; i < file.lines.size(); ++i)
    RELANCE_ASSERT(again.lines[i].reference == file.lines[i].reference);
}
