// The wire form: what docs/protocol.md shows, read tolerantly and written plainly. Bodies only; compression,
// HTTP and TLS are the edges' business.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sync/audit.h"
#include "sync/erasure.h"
#include "sync/json.h"
#include "sync/mutation.h"

namespace relance::sync {

struct Cursor {
  std::int64_t agent = 0;
  std::int64_t common = 0;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

struct Request {
  int protocol = 0;
  int schema = 0;
  Id epoch;
  std::optional<Id> resume;  // the token this device stores; none at enrolment and at the start of an epoch
  std::optional<Id> nonce;   // this repeats a challenged request: the machine still stores the token it sent
  Cursor cursor;
  std::optional<std::int64_t> bootstrap;  // 0 on the first page, then the head that the first answer named
  std::int64_t acked = 0;
  std::int64_t oldest_kept = 1;
  bool whole = false;         // this request carries the whole outbox and nothing is staged
  std::int64_t pending = 0;   // edits that the device keeps back for its next request
  bool two_machines = false;  // the device found that another one answers to its name
  std::vector<Mutation> mutations;
  std::vector<ErasureReceipt> receipts;
  AuditDemand audit;            // docs/protocol.md, "The audit log"
  std::vector<CaseRead> reads;  // not acknowledged yet, oldest first
};

/// Why a request cannot be taken at all. `where` names the place, never the content.
struct WireError {
  std::string_view code;  // bad_request, too_large or upgrade_required
  std::string where;
};

[[nodiscard]] std::variant<Request, WireError> decode_request(std::string_view body);

/// What a device hands over that is not served: everything it has no outcome for. One that this server has never
/// heard of names its owner.
struct Rescue {
  std::optional<Id> staff_id;
  std::string name;
  std::vector<Mutation> mutations;
  std::vector<ErasureReceipt> receipts;
};
[[nodiscard]] std::variant<Rescue, WireError> decode_rescue(std::string_view body);

/// Reads one mutation (also from quarantine). A damaged one keeps its n, has no operations, and says why in `damage`.
[[nodiscard]] Mutation decode_mutation(const boost::json::object& from);

/// The operations as the array that is stored in the outbox and sent to the letter.
[[nodiscard]] std::string encode_ops(std::span<const Op> ops);
/// Nothing when they are damaged.
[[nodiscard]] std::optional<std::vector<Op>> decode_ops(std::string_view text);

/// One mutation of a request, around operations that are JSON already.
void append_mutation(std::string& out, const Mutation& head, std::string_view ops_json);
/// One mutation as it is kept: a damaged one is damaged again when it is read.
void append_mutation(std::string& out, const Mutation& mutation);

/// A request; `mutations_json` holds what append_mutation wrote, commas between.
[[nodiscard]] std::string encode_request(const Request& head, std::string_view mutations_json);

// ---- answers -------------------------------------------------------------------------------------------------

struct AnswerHead {
  Id epoch;
  std::optional<Id> resume;  // a token offered
  Ms now = 0;
  Ms lease_until = 0;
  std::int64_t durable_through = 0;
  std::optional<std::int64_t> expected;  // the request left a gap: it should have gone on at this n
  std::int64_t head = 0;                 // while bootstrapping: what `bootstrap` of the next page should say
  Cursor cursor;
  std::int64_t remaining = 0;  // feed entries past the cursor in this answer's snapshot: 0 = complete
  std::vector<Outcome> outcomes;
  std::vector<ErasureOrder> erasures;  // first in the answer, and never staged
  std::optional<AuditWord> audit = {};
  std::int64_t reads_through = 0;  // readings up to this number are at the office
};

/// `rows`, `confirmed`, `drops`: the elements of their arrays, already JSON (server/feed.h writes them).
[[nodiscard]] std::string encode_answer(const AnswerHead& head, std::string_view rows,
                                        std::string_view confirmed, std::string_view drops);

/// Rows of one table, still in the parsed document.
struct RowBlock {
  const schema::Table* table = nullptr;
  std::vector<std::size_t> columns;  // in the order of the values; npos for one we do not know
  const boost::json::array* values = nullptr;
};

struct RowNames {
  const schema::Table* table = nullptr;
  std::vector<Id> ids;
};

/// A decoded answer. Owns the document that its blocks look into.
class Answer {
 public:
  /// Nothing when the body is not an answer.
  [[nodiscard]] static std::optional<Answer> decode(std::string_view body);

  AnswerHead head;
  std::vector<RowBlock> rows;
  std::vector<RowNames> confirmed;
  std::vector<RowNames> drops;

  /// Has it something that must be kept: outcomes, rows, drops, orders to erase?
  [[nodiscard]] bool carries() const;
  [[nodiscard]] std::size_t row_count() const;

  /// Calls `take` with each row of a block in the table's declared order; columns that the server did not
  /// send are null. False when a row is damaged: the answer is then not to be used.
  [[nodiscard]] static bool for_each_row(const RowBlock& block, const std::function<void(const Row&)>& take);

 private:
  std::unique_ptr<boost::json::monotonic_resource> memory_;
  std::unique_ptr<boost::json::value> document_;
};

/// A problem+json body's code; empty when it is none.
[[nodiscard]] std::string problem_code(std::string_view body);

/// Reads {"table": ..., "columns": [...], "values": [[...]]} blocks (answers and verify answers).
[[nodiscard]] std::vector<RowBlock> read_row_blocks(const boost::json::array& from);
/// Reads [["table", ["id", ...]], ...].
[[nodiscard]] std::vector<RowNames> read_row_names(const boost::json::array& from);

}  // namespace relance::sync
