#include "server/claim_lines.h"

#include "rules/phone.h"
#include "rules/siren.h"
#include "schema/amounts.h"

namespace relance {
namespace {

constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321
constexpr std::size_t kSirenDigits = 9;

void put(std::vector<FileProblem>& kept, std::uint64_t& count, FileProblem problem) {
  if (++count <= kFileProblemsKeptMax) kept.push_back(std::move(problem));
}

/// Enough to tell an address from a slip; whether it works, only a letter tells.
bool looks_like_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.size() > kEmailBytesMax) return false;
  if (text.find('@', at + 1) != std::string_view::npos ||
      text.find_first_of(" ,;<>\"") != std::string_view::npos)
    return false;
  const std::size_t point = text.rfind('.');
  return point != std::string_view::npos && point > at + 1 && point + 1 < text.size();
}

}  // namespace

void ClaimFile::problem(std::uint64_t line, std::string_view column, std::string what) {
  put(problems, problem_count, {.line = line, .column = std::string(column), .what = std::move(what)});
}

void ClaimFile::notice(std::uint64_t line, std::string_view column, std::string what) {
  put(notices, notice_count, {.line = line, .column = std::string(column), .what = std::move(what)});
}

std::string tidy_text(std::string_view utf8) {
  std::string out;
  bool is_blank = false;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F) {
      is_blank = true;
      continue;
    }
    if (is_blank && !out.empty()) out += ' ';
    is_blank = false;
    out += c;
  }
  return out;
}

void take_details(ClaimFile& file, ClaimLine& line, const ClaimDetails& details) {
  if (!details.siren.empty()) {
    const auto digits = register_digits(details.siren);
    if (digits && is_siren(*digits))
      line.siren = *digits;
    else
      file.notice(line.line, "siren", "is no SIREN (nine digits with a check digit); left out");
  }
  if (!details.siret.empty()) {
    const auto digits = register_digits(details.siret);
    if (digits && is_siret(*digits)) {
      line.siret = *digits;
      if (line.siren.empty()) line.siren = digits->substr(0, kSirenDigits);
    } else {
      file.notice(line.line, "siret", "is no SIRET (fourteen digits with a check digit); left out");
    }
  }
  if (!details.phone.empty()) {
    if (const auto number = e164(details.phone))
      line.phone = *number;
    else
      file.notice(line.line, "phone", "is no telephone number; left out");
  }
  if (!details.email.empty()) {
    if (looks_like_email(details.email))
      line.email = std::string(details.email);
    else
      file.notice(line.line, "email", "is no e-mail address; left out");
  }
}

bool amounts_fit(ClaimFile& file) {
  std::int64_t sum = 0;
  for (const ClaimLine& line : file.lines) {
    const std::int64_t amount = line.amount_cents < 0 ? -line.amount_cents : line.amount_cents;
    if (amount <= schema::kCentsMax && (sum += amount) <= schema::kCentsMax) continue;
    file.problem(line.line, "", "has an amount that is too large to be true");
    return false;
  }
  return true;
}

}  // namespace relance
