// THE write path of the server. Everything that changes a case goes through Ledger::apply: a device's mutation,
// a clerk's decision, an imported ledger. So merging, rights, history, conflicts and feeds cannot be bypassed.
//
// Bare of threads and queues: server/commit_queue.h puts a writer thread around it, the simulator calls it as it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/clock.h"
#include "host/digest.h"
#include "host/sql.h"
#include "server/feed.h"
#include "server/rows.h"
#include "sync/merge.h"

namespace relance::server {

/// Who speaks, and what he is known to have seen.
struct Author {
  Id staff_id;
  schema::Writers role = schema::nobody;
  Id device_id;
  std::int64_t feed_cursor = 0;  // the device's cursor in its own feed when it sent this
  std::int64_t seen_floor = 0;   // no honest edit of the device has seen less than this
};

[[nodiscard]] std::optional<schema::Writers> role_of(std::string_view word);

class Ledger {
 public:
  Ledger(sql::Connection& db, const Clock& clock, Random& random);

  /// One commit. Everything applied while it is open becomes durable together, or not at all.
  class Work {
   public:
    explicit Work(Ledger& ledger);
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work();
    void commit();

   private:
    Ledger& ledger_;
    bool open_ = true;
  };

  /// Merges one mutation. `happened_at`: the author's time, bounded by what is possible.
  /// REQUIRES: a Work is open. A refusal leaves nothing behind but the ids of rows that never came to be.
  [[nodiscard]] sync::Outcome apply(const Author& author, const sync::Mutation& mutation, Ms happened_at);

  /// The same for the office's own commands: numbers the edit on the office's device and logs its outcome.
  [[nodiscard]] sync::Outcome apply_office(const Author& author, std::string intent,
                                           std::vector<sync::Op> ops);

  /// Adds an entry to the audit chain. Of `object` it holds a commitment under a salt that is kept apart, in as many
  /// shares as there are cases it concerns: once one of them is erased, the entry still proves the chain and tells
  /// nothing any more. Concerned are the rows written since the last entry, and what `concern` has named.
  enum class Detail {
    kept,  // `object` stands beside the salt, when it is short: nothing else says what the entry is of
    none,  // its content is in history, documents or a device's outbox
  };
  void audit(const Author& author, std::string_view action, std::string_view object,
             Detail detail = Detail::kept);
  void concern(const Scope& scope);

  /// Records a mutation and its outcome, so that its second arrival is recognised.
  void log_mutation(const Author& author, const sync::Mutation& mutation, const Digest& hash,
                    const sync::Outcome& outcome, Ms happened_at);

  /// The follower loses the row although nobody wrote an assignment: its case was erased. REQUIRES: a Work is open.
  void drop_from(const Id& feed, int table_no, const Id& row) { marks_.gone(feed, table_no, row); }

  /// The feed marks of this Work so far, for who rolls back a part of it.
  [[nodiscard]] std::size_t feed_place() const { return marks_.place(); }
  void back_to(std::size_t place) { marks_.back_to(place); }

  [[nodiscard]] sql::Connection& db() { return db_; }
  [[nodiscard]] Ms now() const { return clock_.now(); }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] Id epoch() const;
  /// The office's own pseudo-device, by which commands at the server are numbered.
  [[nodiscard]] Id office_device() const;

 private:
  struct Edit;  // one mutation under way

  std::string apply_op(Edit& edit, const sync::Op& op);
  std::string apply_insert(Edit& edit, const sync::Op& op);
  std::string apply_update(Edit& edit, const sync::Op& op);
  std::string resolve_conflict(Edit& edit, const sync::Op& conflict_op, const Row& conflict);
  std::string merge_row(Edit& edit, const sync::Op& op, Row row, const Scope& scope);
  bool note_verdict(Edit& edit, const sync::Op& op, const sync::UnitEdit& unit, const sync::Merged& merged,
                    const Scope& scope);
  std::string keep_late(Edit& edit, const sync::Op& op, const Row& row, const Scope& scope);
  std::string check_references(Edit& edit, const schema::Table& table, const Row& row,
                               const std::vector<std::size_t>& columns);
  std::string why_missing(const Edit& edit, const Id& row) const;
  std::string why_not_his(const Edit& edit, const schema::Table& table, const Id& row) const;

  enum class Standing { holder, restricted, late, stranger };
  Standing standing_of(const Edit& edit, const schema::Table& table, const Scope& scope);
  Standing holder_standing(const Edit& edit, const Scope& scope) const;

  void open_conflict(Edit& edit, const schema::Table& table, const Id& row, const Scope& scope,
                     const sync::UnitEdit& unit, std::string_view kind);
  void add_side(Edit& edit, const Id& conflict, const Scope& scope, std::string_view side,
                const std::string& content, const Id& author, Ms at, const Id& device);
  void write_own_row(Edit& edit, const schema::Table& table, const Row& row, const Scope& scope);
  sync::EditStamp stamp_of(const schema::Table& table, const Row& row, std::string_view unit);
  void remember(Edit& edit, const schema::Table& table, const Id& row, std::string_view unit,
                const Scope& scope, std::string_view verdict, const std::string& before,
                const std::string& after);
  void mark(Edit& edit, const schema::Table& table, const Id& row, const Scope& scope, bool exact,
            bool inserted);
  void follow_assignment(Edit& edit, const Row& before, const Row& after);
  void follow_debtor(const Row& before, const Row& after);
  void enter_case(const Id& staff_id, const Id& case_id);
  void leave_case(const Id& staff_id, const Id& case_id);
  void finish();

  sql::Connection& db_;
  const Clock& clock_;
  Random& random_;
  FeedMarks marks_;
  std::vector<Scope> concerned_;  // by the next entry of the audit chain
  bool working_ = false;
};

/// The unit's columns and values as a JSON object: what conflicts and history hold.
[[nodiscard]] std::string unit_json(const schema::Table& table, const std::vector<std::size_t>& columns,
                                    const std::vector<Value>& values);

}  // namespace relance::server
