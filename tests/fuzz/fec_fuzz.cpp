// A creditor's accounting file. In one piece or in chunks it must read the same; what is kept is UTF-8, in order, and
// adds up; a file with a fault is refused whole, with words that hold nothing of its content.
#include <numeric>
#include <string>

#include "schema/lookup.h"
#include "server/fec_reader.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

FecFile read_in_chunks(std::string_view bytes, std::size_t chunk) {
  FecReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += chunk) reader.feed(bytes.substr(at, chunk));
  return reader.finish();
}

std::string told(const FecFile& file) {
  std::string out = std::to_string(file.lines_read) + " " + std::to_string(file.lines_kept) + " " +
                    std::to_string(file.lines_other) + " " + std::to_string(file.lines_damaged) + " " +
                    std::to_string(file.total_debit_cents) + " " + std::to_string(file.total_credit_cents) +
                    (file.balanced ? " balanced " : " unbalanced ") + file.first_booked_on +
                    file.last_booked_on;
  for (const FecLine& line : file.receivables)
    out += "\n" + line.journal + "|" + line.number + "|" + line.account + "|" + line.aux_account + "|" +
           line.label + "|" + line.booked_on + "|" + std::to_string(line.debit_cents) + "|" +
           std::to_string(line.credit_cents);
  for (const FecProblem& problem : file.problems) out += "\n" + problem_sentence(problem);
  return out;
}

void check_line(const FecLine& line) {
  RELANCE_ASSERT(line.account.starts_with("41") && schema::is_civil_date(line.booked_on));
  for (const std::string* date : {&line.piece_on, &line.lettered_on})
    RELANCE_ASSERT(date->empty() || schema::is_civil_date(*date));
  for (const std::string* text :
       {&line.journal, &line.journal_label, &line.number, &line.account_label, &line.aux_account,
        &line.aux_label, &line.piece_ref, &line.label, &line.letter})
    RELANCE_ASSERT(schema::is_utf8(*text) &&
                   text->find_first_of(std::string("\r\n\t\0", 4)) == std::string::npos);
}

void check_rules(const FecFile& file) {
  const std::vector<LedgerLine> lines = ledger_lines(file);
  RELANCE_ASSERT(lines.size() == file.receivables.size());
  const Receivables found = receivables_of(lines, 30);
  std::size_t entries = 0;
  std::int64_t balance = 0;
  for (const DebtorAccount& debtor : found.debtors) {
    entries += debtor.entries.size();
    balance += debtor.balance_cents;
  }
  RELANCE_ASSERT(entries == lines.size() && balance == found.balance_cents);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(fec, bytes) {
  using namespace relance;
  const FecFile file = read_fec(bytes);
  RELANCE_ASSERT(file.lines_read == file.lines_kept + file.lines_other + file.lines_damaged);
  RELANCE_ASSERT(file.receivables.size() == file.lines_kept && file.problems.size() <= kFecProblemsKeptMax);
  for (const FecLine& line : file.receivables) fuzz::check_line(line);
  const std::string whole = fuzz::told(file);
  const std::size_t chunk = bytes.empty() ? 1 : 1 + static_cast<unsigned char>(bytes.back()) % 61;
  RELANCE_ASSERT(fuzz::told(fuzz::read_in_chunks(bytes, chunk)) == whole);
  const bool is_refused = !fec_refusal(file, false).empty();
  RELANCE_ASSERT(!fec_refusal(file, true).empty() ? is_refused : true);
  if (!is_refused) RELANCE_ASSERT(file.balanced && file.problem_count == 0);
  if (file.problem_count == 0) fuzz::check_rules(file);
}
