// An electronic invoice, in XML or inside a PDF: one claim that is whole, or one refusal that holds nothing of its
// content.
#include "rules/siren.h"
#include "schema/amounts.h"
#include "schema/lookup.h"
#include "server/einvoice_reader.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

void check_line(const ClaimLine& line) {
  RELANCE_ASSERT(!line.piece_ref.empty() && !line.debtor_name.empty() && !line.debtor_ref.empty());
  RELANCE_ASSERT(schema::is_civil_date(line.issued_on));
  RELANCE_ASSERT(line.due_on.empty() || schema::is_civil_date(line.due_on));
  RELANCE_ASSERT(line.amount_cents != 0 && line.amount_cents <= schema::kCentsMax &&
                 line.amount_cents >= -schema::kCentsMax);
  RELANCE_ASSERT((line.kind == ClaimKind::credit_note) == (line.amount_cents < 0));
  RELANCE_ASSERT(line.siren.empty() || is_siren(line.siren));
  RELANCE_ASSERT(line.siret.empty() || is_siret(line.siret));
  for (const std::string* text :
       {&line.debtor_ref, &line.debtor_name, &line.piece_ref, &line.address_line, &line.city})
    RELANCE_ASSERT(schema::is_utf8(*text) &&
                   text->find_first_of(std::string("\r\n\t\0", 4)) == std::string::npos);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(einvoice, bytes) {
  using namespace relance;
  const ClaimFile file = read_einvoice(bytes);
  RELANCE_ASSERT(file.lines.size() <= 1 && file.problems.size() <= kFileProblemsKeptMax);
  RELANCE_ASSERT(file.problem_count == 0 || file.lines.empty());
  RELANCE_ASSERT(file.seller_siren.empty() || is_siren(file.seller_siren));
  for (const ClaimLine& line : file.lines) fuzz::check_line(line);
}
