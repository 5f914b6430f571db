// What a device may send: a sync request, the bucket hashes of verify, a rescue. What is read is written again and
// must be the same: the hash by which a repeated mutation is known is made of what was read.
#include "sync/limits.h"
#include "sync/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_mutator.h"

namespace relance::fuzz {
namespace {

std::string encoded(const sync::Request& request) {
  std::string mutations;
  for (const sync::Mutation& m : request.mutations) sync::append_mutation(mutations, m);
  return sync::encode_request(request, mutations);
}

bool is_counted(std::int64_t n) { return n >= 0 && n <= sync::kNumberMax; }

void check_limits(const sync::Request& request) {
  RELANCE_ASSERT(request.protocol == sync::kProtocol && request.schema >= 1);
  RELANCE_ASSERT(request.mutations.size() <= sync::kRequestOpsMax);
  std::size_t ops = 0;
  for (const sync::Mutation& m : request.mutations) {
    ops += m.ops.size();
    RELANCE_ASSERT(is_counted(m.n) && m.n > 0);
  }
  RELANCE_ASSERT(ops <= sync::kRequestOpsMax);
  for (const std::int64_t n : {request.cursor.agent, request.cursor.common, request.acked,
                               request.oldest_kept, request.pending, request.bootstrap.value_or(0)})
    RELANCE_ASSERT(is_counted(n));
}

void check_round_trip(const sync::Request& request) {
  const std::string text = encoded(request);
  const auto again = sync::decode_request(text);
  const auto* read = std::get_if<sync::Request>(&again);
  RELANCE_ASSERT(read != nullptr && read->mutations.size() == request.mutations.size());
  for (std::size_t i = 0; i < read->mutations.size(); ++i) {
    const sync::Mutation& before = request.mutations[i];
    const sync::Mutation& after = read->mutations[i];
    RELANCE_ASSERT(after.damage.empty() == before.damage.empty() && after.voided == before.voided);
    RELANCE_ASSERT(after.voided_hash == before.voided_hash);
    RELANCE_ASSERT(sync::canonical_bytes(after) == sync::canonical_bytes(before));
  }
  // of a damaged one only its number is kept
  const bool has_damage = std::any_of(request.mutations.begin(), request.mutations.end(),
                                      [](const sync::Mutation& m) { return !m.damage.empty(); });
  RELANCE_ASSERT(has_damage || encoded(*read) == text);
}

void check_verify(std::string_view bytes) {
  const auto claim = sync::decode_verify_request(bytes);
  if (!claim) return;
  const std::string text =
      sync::encode_verify_request(claim->epoch, claim->schema, claim->cursor, claim->buckets);
  const auto again = sync::decode_verify_request(text);
  RELANCE_ASSERT(again && again->buckets.differing(claim->buckets).empty());
  RELANCE_ASSERT(again->cursor == claim->cursor && again->epoch == claim->epoch);
}

// What a rescue hands over is kept as text: read back, each mutation must have the hash that it came with.
void check_rescue(std::string_view bytes) {
  const auto decoded = sync::decode_rescue(bytes);
  const auto* rescue = std::get_if<sync::Rescue>(&decoded);
  if (rescue == nullptr) return;
  RELANCE_ASSERT(rescue->mutations.size() <= sync::kRescueMutationsMax);
  for (const sync::Mutation& m : rescue->mutations) {
    RELANCE_ASSERT(m.n > 0 && is_counted(m.n));
    std::string kept;
    sync::append_mutation(kept, m);
    const auto parsed = sync::parse_json(kept);
    RELANCE_ASSERT(parsed && parsed->is_object());
    const sync::Mutation again = sync::decode_mutation(parsed->get_object());
    RELANCE_ASSERT(again.voided == m.voided && again.damage.empty() == m.damage.empty());
    RELANCE_ASSERT(sync::canonical_bytes(again) == sync::canonical_bytes(m));
  }
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(sync_request, bytes) {
  using namespace relance;
  const auto decoded = sync::decode_request(bytes);
  if (const auto* request = std::get_if<sync::Request>(&decoded)) {
    fuzz::check_limits(*request);
    fuzz::check_round_trip(*request);
    return;
  }
  fuzz::check_verify(bytes);
  fuzz::check_rescue(bytes);
}
