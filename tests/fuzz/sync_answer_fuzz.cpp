// What a server, or whoever stands in for it, may answer: a sync answer, the rows of verify, a problem. The replica
// lays the rows down as they are read, so reading them twice and writing them again must give the same rows.
#include "sync/limits.h"
#include "sync/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_mutator.h"

namespace relance::fuzz {
namespace {

std::vector<Row> rows_of(const sync::RowBlock& block, bool& is_good) {
  std::vector<Row> out;
  is_good = sync::Answer::for_each_row(block, [&](const Row& row) { out.push_back(row); });
  for (const Row& row : out) RELANCE_ASSERT(row.size() == block.table->columns.size());
  return out;
}

std::string block_json(const schema::Table& table, const std::vector<Row>& rows) {
  std::string out = "{\"table\":\"" + std::string(table.name) + "\",\"columns\":[";
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out += (i > 0 ? ",\"" : "\"") + std::string(table.columns[i].name) + "\"";
  out += "],\"values\":[";
  for (const Row& row : rows) {
    out += out.back() == '[' ? "[" : ",[";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      sync::append_json(out, row[i]);
    }
    out += ']';
  }
  return out + "]}";
}

std::string names_json(const std::vector<sync::RowNames>& names) {
  std::string out;
  for (const sync::RowNames& one : names) {
    out += (out.empty() ? "[\"" : ",[\"") + std::string(one.table->name) + "\",[";
    for (std::size_t i = 0; i < one.ids.size(); ++i) {
      if (i > 0) out += ',';
      sync::append_json(out, one.ids[i]);
    }
    out += "]]";
  }
  return out;
}

void check_same(const sync::AnswerHead& a, const sync::AnswerHead& b) {
  RELANCE_ASSERT(a.epoch == b.epoch && a.resume == b.resume && a.now == b.now);
  RELANCE_ASSERT(a.lease_until == b.lease_until && a.durable_through == b.durable_through);
  RELANCE_ASSERT(a.expected == b.expected && a.cursor == b.cursor && a.remaining == b.remaining);
  RELANCE_ASSERT(a.outcomes.size() == b.outcomes.size());
  for (std::size_t i = 0; i < a.outcomes.size(); ++i) {
    const sync::Outcome& one = a.outcomes[i];
    const sync::Outcome& other = b.outcomes[i];
    RELANCE_ASSERT(one.n == other.n && one.status == other.status && one.reason == other.reason);
    RELANCE_ASSERT(one.conflicts == other.conflicts);
  }
}

// True when every row of every block is good: only then is the answer used.
bool check_blocks(const std::vector<sync::RowBlock>& blocks, std::string& json) {
  bool all_good = true;
  for (const sync::RowBlock& block : blocks) {
    bool is_good = false, still_good = false;
    const std::vector<Row> rows = rows_of(block, is_good);
    RELANCE_ASSERT(rows == rows_of(block, still_good) && is_good == still_good);
    all_good = all_good && is_good;
    json += (json.empty() ? "" : ",") + block_json(*block.table, rows);
  }
  return all_good;
}

void check_answer(const sync::Answer& answer) {
  RELANCE_ASSERT(answer.head.outcomes.size() <= sync::kRequestOpsMax);
  for (const sync::Outcome& outcome : answer.head.outcomes) RELANCE_ASSERT(outcome.n > 0);
  std::string rows;
  if (!check_blocks(answer.rows, rows)) return;
  const std::string text =
      sync::encode_answer(answer.head, rows, names_json(answer.confirmed), names_json(answer.drops));
  const auto again = sync::Answer::decode(text);
  RELANCE_ASSERT(again && again->rows.size() == answer.rows.size());
  check_same(answer.head, again->head);
  RELANCE_ASSERT(again->row_count() == answer.row_count());
  std::string rows_again;
  RELANCE_ASSERT(check_blocks(again->rows, rows_again) && rows_again == rows);
  RELANCE_ASSERT(names_json(again->confirmed) == names_json(answer.confirmed));
  RELANCE_ASSERT(names_json(again->drops) == names_json(answer.drops));
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(sync_answer, bytes) {
  using namespace relance;
  if (const auto answer = sync::Answer::decode(bytes)) return fuzz::check_answer(*answer);
  if (const auto answer = sync::decode_verify_answer(bytes)) {
    for (const int bucket : answer->differing)
      RELANCE_ASSERT(bucket >= 0 && bucket < static_cast<int>(sync::kBuckets));
    std::string rows;
    static_cast<void>(fuzz::check_blocks(answer->rows, rows));
    return;
  }
  static_cast<void>(sync::problem_code(bytes));
}
