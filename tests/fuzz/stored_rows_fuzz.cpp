// What the replica keeps in its own engine tables: shadows as canonical rows, the operations of the outbox as JSON.
#include "sync/codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_mutator.h"

namespace relance::fuzz {
namespace {

void check_row(std::string_view bytes, std::size_t columns) {
  const auto row = sync::read_canonical_row(bytes, columns);
  if (!row) return;
  RELANCE_ASSERT(row->size() == columns);
  // One row has one form: what is read from other bytes would be another row.
  RELANCE_ASSERT(sync::write_canonical_row(*row) == bytes);
}

void check_ops(std::string_view bytes) {
  const auto ops = sync::decode_ops(bytes);
  if (!ops) return;
  const std::string text = sync::encode_ops(*ops);
  const auto again = sync::decode_ops(text);
  RELANCE_ASSERT(again && sync::encode_ops(*again) == text);
  const sync::Mutation before{.ops = *ops}, after{.ops = *again};
  RELANCE_ASSERT(sync::canonical_bytes(before) == sync::canonical_bytes(after));
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(stored_rows, bytes) {
  // operations are JSON arrays; a canonical row begins with the count of its columns, which the replica knows
  if (bytes.starts_with('[')) return relance::fuzz::check_ops(bytes);
  relance::fuzz::Input input(bytes);
  const std::size_t columns = input.byte();
  relance::fuzz::check_row(input.rest(), columns);
}
