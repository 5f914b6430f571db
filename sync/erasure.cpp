#include "sync/erasure.h"

#include "schema/instant.h"
#include "sync/json.h"
#include "sync/limits.h"

namespace relance::sync {

namespace json = boost::json;

std::string signed_text(const ErasureReceipt& receipt, const Id& device) {
  return "relance erasure receipt 1\n" + receipt.order.text() + "\n" + device.text() + "\n" +
         instant_text(receipt.at) + "\n" + std::to_string(receipt.rows) + "\n" +
         std::to_string(receipt.scanned_bytes) + "\n";
}

void append_order(std::string& out, const ErasureOrder& order) {
  out += out.empty() ? "{\"erasure\":" : ",{\"erasure\":";
  append_json(out, order.id);
  out += ",\"case\":";
  append_json(out, order.case_id);
  if (order.debtor_id) {
    out += ",\"debtor\":";
    append_json(out, *order.debtor_id);
  }
  if (!order.rows.empty()) {
    out += ",\"rows\":[";
    for (std::size_t i = 0; i < order.rows.size(); ++i) {
      if (i > 0) out += ',';
      append_json(out, order.rows[i]);
    }
    out += ']';
  }
  out += '}';
}

Bytes packed(const std::vector<Id>& ids) {
  Bytes out;
  out.data.reserve(ids.size() * sizeof(Id));
  for (const Id& id : ids) out.data += id.view();
  return out;
}

std::vector<Id> unpacked(std::string_view bytes) {
  std::vector<Id> out;
  for (; bytes.size() >= sizeof(Id); bytes.remove_prefix(sizeof(Id)))
    if (const auto id = Id::from_bytes(bytes.substr(0, sizeof(Id)))) out.push_back(*id);
  return out;
}

void append_receipt(std::string& out, const ErasureReceipt& receipt) {
  out += out.empty() ? "{\"erasure\":" : ",{\"erasure\":";
  append_json(out, receipt.order);
  out += ",\"at\":";
  append_json(out, std::string_view(instant_text(receipt.at)));
  out += ",\"rows\":";
  append_json(out, receipt.rows);
  out += ",\"scanned\":";
  append_json(out, receipt.scanned_bytes);
  if (!receipt.signature.data.empty()) {
    out += ",\"signature\":";
    append_json(out, Value{receipt.signature});
  }
  out += '}';
}

std::vector<ErasureOrder> read_orders(const json::object& from) {
  std::vector<ErasureOrder> out;
  const json::array* orders = array_member(from, "erasures");
  if (orders == nullptr) return out;
  for (const json::value& one : *orders) {
    const json::object* order = one.if_object();
    if (order == nullptr) continue;
    const auto id = id_member(*order, "erasure");
    const auto case_id = id_member(*order, "case");
    if (!id || !case_id) continue;
    ErasureOrder& added = out.emplace_back(ErasureOrder{*id, *case_id, id_member(*order, "debtor"), {}});
    if (const json::array* rows = array_member(*order, "rows"))
      for (const json::value& row : *rows)
        if (const auto row_id = read_id(row)) added.rows.push_back(*row_id);
  }
  return out;
}

std::vector<ErasureReceipt> read_receipts(const json::object& from) {
  std::vector<ErasureReceipt> out;
  const json::array* receipts = array_member(from, "receipts");
  if (receipts == nullptr) return out;
  for (const json::value& one : *receipts) {
    const json::object* receipt = one.if_object();
    if (receipt == nullptr || out.size() >= kReceiptsMax) break;
    const auto id = id_member(*receipt, "erasure");
    const auto at = text_member(*receipt, "at");
    const auto when = at ? parse_instant(*at) : std::nullopt;
    if (!id || !when) continue;
    ErasureReceipt& added = out.emplace_back(
        ErasureReceipt{.order = *id, .at = *when, .rows = 0, .scanned_bytes = 0, .signature = {}});
    const auto count = [&](std::string_view name) {
      const std::int64_t n = integer_member(*receipt, name).value_or(0);
      return n >= 0 && n <= kNumberMax ? n : 0;
    };
    added.rows = count("rows");
    added.scanned_bytes = count("scanned");
    Value signature;
    if (const json::value* raw = member(*receipt, "signature");
        raw != nullptr && read_value(*raw, schema::Type::bytes, signature))
      if (const auto* bytes = std::get_if<Bytes>(&signature)) added.signature = *bytes;
  }
  return out;
}

}  // namespace relance::sync
