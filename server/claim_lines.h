// What every file of claims comes down to, whatever its form: who owes, on which piece, how much, since when. The
// readers (ximport_reader, claims_csv, einvoice_reader) make it, claims_import takes it in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/fec_reader.h"

namespace relance {

using FileProblem = FecProblem;  // a place and what is wrong there, never the content
inline constexpr std::size_t kFileProblemsKeptMax = kFecProblemsKeptMax;

/// Files of claims are read whole. An XIMPORT of this size has 900,000 lines, an invoice is a thousandth of it.
inline constexpr std::size_t kClaimFileBytesMax = std::size_t{128} * 1024 * 1024;

/// What a line is on the debtor's account.
enum class ClaimKind : std::uint8_t {
  invoice,      // a debit that is claimed
  bill,         // the same, of an account 413
  returned,     // a debit in a journal of cash: a bounced payment
  credit_note,  // a credit
  payment,      // a credit in cash
  adjustment,   // 418, 419 ...: on the account, never claimed
};

/// One line, in UTF-8 without padding. Empty texts: the file does not say.
struct ClaimLine {
  std::uint64_t line = 0;  // in the file, for messages only
  std::string identity;    // names the piece the same in every file of this form: see claims_import.h
  std::string debtor_ref;  // the debtor's account at the creditor's; names the case at the next import
  std::string debtor_name;
  std::string siren;  // valid, or empty
  std::string siret;
  std::string address_line;
  std::string postcode;
  std::string city;
  std::string email;
  std::string phone;  // E.164
  std::string account;
  std::string journal;
  std::string piece_ref;
  std::string label;
  std::string issued_on;          // ISO dates
  std::string due_on;             // as stated; empty: the import computes it from the terms
  std::int64_t amount_cents = 0;  // what is owed above zero, credits below
  ClaimKind kind = ClaimKind::invoice;
};

/// A file as read. With a problem in it, nothing of it may be stored.
struct ClaimFile {
  std::string format;  // as import_batch.format names it
  std::vector<ClaimLine> lines;
  std::uint64_t lines_read = 0;       // = kept + other + damaged
  std::uint64_t lines_other = 0;      // of other accounts: counted and forgotten
  std::vector<FileProblem> problems;  // the first kFileProblemsKeptMax
  std::uint64_t problem_count = 0;
  std::vector<FileProblem> notices;  // what was left out of a line that is taken all the same
  std::uint64_t notice_count = 0;
  std::string seller_siren;  // of an invoice: it must be the creditor's

  void problem(std::uint64_t line, std::string_view column, std::string what);
  void notice(std::uint64_t line, std::string_view column, std::string what);
};

/// One line of text: no padding, control characters and runs of blanks are one blank.
[[nodiscard]] std::string tidy_text(std::string_view utf8);

/// Fills in what the file says of a company or how to reach the debtor, where it can be right: a wrong number or
/// address is left out, and noticed.
struct ClaimDetails {
  std::string_view siren, siret, phone, email;
};
void take_details(ClaimFile& file, ClaimLine& line, const ClaimDetails& details);

/// The sum of the absolute amounts must fit; false (and a problem) where it does not.
[[nodiscard]] bool amounts_fit(ClaimFile& file);

}  // namespace relance
