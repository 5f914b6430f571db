// Agreement, checked: 256 hashes, one a bucket of row ids, each the XOR of its rows' hashes. Order does not
// matter, a row that differs shows in its bucket, and only that bucket's rows travel. The hash itself is handed
// in (the first 16 bytes of SHA-256 over canonical_bytes): this folder has no cryptography.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/codec.h"
#include "sync/limits.h"

namespace relance::sync {

/// The *last* byte of the id: the first ones are time, and would put a day's rows into one bucket.
[[nodiscard]] inline int bucket_of(const Id& id) { return id.bytes[15]; }

class Buckets {
 public:
  /// `hash`: at least 16 bytes.
  void add(const Id& id, std::string_view hash);
  /// The buckets in which the two differ, ascending.
  [[nodiscard]] std::vector<int> differing(const Buckets& other) const;

 private:
  friend std::string encode_verify_request(const Id&, int, const Cursor&, const Buckets&);
  friend std::optional<struct VerifyRequest> decode_verify_request(std::string_view);
  std::array<Id, kBuckets> sums_{};
};

struct VerifyRequest {
  Id epoch;
  int schema = 0;
  Cursor cursor;
  Buckets buckets;
};
[[nodiscard]] std::string encode_verify_request(const Id& epoch, int schema, const Cursor& cursor,
                                                const Buckets& buckets);
[[nodiscard]] std::optional<VerifyRequest> decode_verify_request(std::string_view body);

/// `blocks`: row blocks, already JSON.
[[nodiscard]] std::string encode_verify_answer(const std::vector<int>& differing, std::string_view blocks);

struct VerifyAnswer {
  std::vector<int> differing;
  std::vector<RowBlock> rows;
  boost::json::value document;  // the blocks look into it
};
[[nodiscard]] std::optional<VerifyAnswer> decode_verify_answer(std::string_view body);

}  // namespace relance::sync
