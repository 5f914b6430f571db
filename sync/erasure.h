// What an office tells a device to erase, and what the device answers (docs/protocol.md, "Erasing").
//
// An order names a case, its debtor where he goes with it, and the rows that hung on them at the office. The device may
// hold more: rows that no office has ever seen hang on the same case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/value.h"

namespace boost::json {
class object;
}

namespace relance::sync {

struct ErasureOrder {
  Id id;
  Id case_id;
  std::optional<Id> debtor_id;
  std::vector<Id> rows;
};

struct ErasureReceipt {
  Id order;
  Ms at = 0;                       // when it was done, by the device's corrected clock
  std::int64_t rows = 0;           // that went
  std::int64_t scanned_bytes = 0;  // of the rewritten replica, in which nothing was found
  Bytes signature;                 // by the device's key over signed_text(); empty where it gave none
};

/// What a receipt's signature is over: every figure of it, the order and the device, so that none serves for another.
[[nodiscard]] std::string signed_text(const ErasureReceipt& receipt, const Id& device);

/// {"erasure":"…","case":"…","debtor":"…","rows":["…"]}
void append_order(std::string& out, const ErasureOrder& order);
/// Ids one after the other, 16 bytes each, and back; what does not fit is left out.
[[nodiscard]] Bytes packed(const std::vector<Id>& ids);
[[nodiscard]] std::vector<Id> unpacked(std::string_view bytes);

/// {"erasure":"…","at":"…","rows":7,"scanned":4096,"signature":"…"}
void append_receipt(std::string& out, const ErasureReceipt& receipt);

/// The member `erasures` of an answer or a problem: damaged ones are passed over, and come again.
[[nodiscard]] std::vector<ErasureOrder> read_orders(const boost::json::object& from);
/// The member `receipts` of a request.
[[nodiscard]] std::vector<ErasureReceipt> read_receipts(const boost::json::object& from);

}  // namespace relance::sync
