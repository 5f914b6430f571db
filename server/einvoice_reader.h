// Reads an electronic invoice of the European norm (EN 16931): UN/CEFACT CII, UBL Invoice and CreditNote, and Factur-X,
// which is CII inside a PDF. One file is one claim, or one credit note. Which business term is what: BT-1 number, BT-2
// date, BT-3 type, BT-5 currency, BT-9 due date (none in the profile MINIMUM), BT-27/30 seller, BT-44 to BT-58 buyer,
// BT-115 amount due for payment.
//
// Bytes in, values out: no file, no database, no clock. Document type definitions are refused, so nothing is expanded
// and nothing is fetched.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/claim_lines.h"

namespace relance {

/// Largest XML of one invoice. Real ones have 3 to 70 kB; those with attached files inside a few MB.
inline constexpr std::size_t kInvoiceXmlBytesMax = std::size_t{16} * 1024 * 1024;
/// Deepest nesting of its elements. The norm's own depth is below 12.
inline constexpr std::size_t kInvoiceDepthMax = 64;

/// An invoice in any of the forms; a PDF by its first bytes.
[[nodiscard]] ClaimFile read_einvoice(std::string_view bytes);

/// One in XML.
[[nodiscard]] ClaimFile read_invoice_xml(std::string_view xml);

}  // namespace relance
