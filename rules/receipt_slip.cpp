#include "rules/receipt_slip.h"

#include <algorithm>
#include <string_view>

namespace relance {
namespace {

constexpr std::size_t kColumns = 78;

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string paragraph(std::string_view text) {
  std::string out, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > kColumns) {
      out += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
    at = end + 1;
  }
  return out + line + "\n";
}

}  // namespace

std::string provisional_slip(const SlipFacts& f) {
  std::string paid = "a déclaré un règlement de " + french_money(f.payment.cents);
  if (f.payment.on) paid += ", daté du " + french_day(*f.payment.on);
  if (!f.payment.means.empty()) paid += ", par " + french_means(f.payment.means);
  std::string out = "REÇU PROVISOIRE\n\n";
  out += paragraph("Émis le " + french_day(f.made_on) + (f.agent.empty() ? "" : " par " + f.agent) +
                   (f.sender.empty() ? "" : ", " + f.sender) + ".");
  out += "\n" + paragraph(f.debtor + " " + paid + ", à valoir sur sa dette envers " + f.creditor +
                          ", dossier " + f.case_number + ".");
  out += "\n" +
         paragraph(
             "Ce reçu est provisoire : il ne vaut pas quittance. Il constate une déclaration, sous réserve "
             "d'encaissement. La quittance numérotée est établie par le bureau à réception des fonds.");
  if (f.statutory)
    out += "\n" + paragraph("Rappel : notre lettre " + f.statutory->reference + " du " +
                            french_day(f.statutory->on) + ".");
  return out + "\nRéférence du règlement : " + f.payment_ref + "\n";
}

}  // namespace relance
