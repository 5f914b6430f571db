// Takes the invoice in XML out of a Factur-X or ZUGFeRD 2 PDF, where it is an attached file. Nothing of the page is
// read: what the law and the norm go by is the XML.
#pragma once

#include <string>
#include <string_view>

namespace relance {

/// Largest PDF. One of 20 pages with pictures has 5 MB.
inline constexpr std::size_t kInvoicePdfBytesMax = std::size_t{32} * 1024 * 1024;

/// What was found, or why not as the end of a sentence about the file: "holds no invoice ...".
struct AttachedInvoice {
  std::string xml;
  std::string why_not;
};

/// `xml_bytes_max`: what it may unpack to; a bomb is refused at this size, not after.
[[nodiscard]] AttachedInvoice invoice_in_pdf(std::string_view pdf, std::size_t xml_bytes_max);

}  // namespace relance
