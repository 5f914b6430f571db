#include "sync/verify.h"

#include "schema/version.h"

namespace relance::sync {

namespace json = boost::json;

void Buckets::add(const Id& id, std::string_view hash) {
  Id& sum = sums_[static_cast<std::size_t>(bucket_of(id))];
  for (std::size_t i = 0; i < sum.bytes.size() && i < hash.size(); ++i)
    sum.bytes[i] = static_cast<std::uint8_t>(sum.bytes[i] ^ static_cast<unsigned char>(hash[i]));
}

std::vector<int> Buckets::differing(const Buckets& other) const {
  std::vector<int> out;
  for (std::size_t i = 0; i < sums_.size(); ++i)
    if (sums_[i] != other.sums_[i]) out.push_back(static_cast<int>(i));
  return out;
}

std::string encode_verify_request(const Id& epoch, int schema, const Cursor& cursor, const Buckets& buckets) {
  std::string out = "{\"epoch\":";
  append_json(out, epoch);
  out += ",\"schema\":";
  append_json(out, std::int64_t{schema});
  out += ",\"cursor\":{\"agent\":";
  append_json(out, cursor.agent);
  out += ",\"common\":";
  append_json(out, cursor.common);
  out += "},\"buckets\":[";
  for (std::size_t i = 0; i < buckets.sums_.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, buckets.sums_[i]);
  }
  return out + "]}";
}

std::optional<VerifyRequest> decode_verify_request(std::string_view body) {
  const auto parsed = parse_json(body);
  const json::object* from = parsed ? parsed->if_object() : nullptr;
  if (from == nullptr) return std::nullopt;
  const auto epoch = id_member(*from, "epoch");
  const auto version = integer_member(*from, "schema");
  const json::object* cursor = object_member(*from, "cursor");
  const json::array* buckets = array_member(*from, "buckets");
  if (!epoch || !version || *version < schema::kOldestServed || *version > schema::kVersion ||
      cursor == nullptr || buckets == nullptr || buckets->size() != kBuckets)
    return std::nullopt;
  VerifyRequest out{.epoch = *epoch,
                    .schema = static_cast<int>(*version),
                    .cursor = {integer_member(*cursor, "agent").value_or(0),
                               integer_member(*cursor, "common").value_or(0)}};
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto sum = read_id((*buckets)[i]);
    if (!sum) return std::nullopt;
    out.buckets.sums_[i] = *sum;
  }
  return out;
}

std::string encode_verify_answer(const std::vector<int>& differing, std::string_view blocks) {
  std::string out = "{\"differing\":[";
  for (std::size_t i = 0; i < differing.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, std::int64_t{differing[i]});
  }
  out += "],\"rows\":[";
  out += blocks;
  return out + "]}";
}

std::optional<VerifyAnswer> decode_verify_answer(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  VerifyAnswer out;
  out.document = std::move(*parsed);
  const json::object& from = out.document.get_object();
  const json::array* differing = array_member(from, "differing");
  const json::array* rows = array_member(from, "rows");
  if (differing == nullptr || rows == nullptr) return std::nullopt;
  for (const json::value& one : *differing) {  // ascending: they are searched by halves
    const std::int64_t* bucket = one.if_int64();
    if (bucket == nullptr || *bucket <= (out.differing.empty() ? -1 : out.differing.back()) ||
        *bucket >= static_cast<std::int64_t>(kBuckets))
      return std::nullopt;
    out.differing.push_back(static_cast<int>(*bucket));
  }
  out.rows = read_row_blocks(*rows);
  return out;
}

}  // namespace relance::sync
