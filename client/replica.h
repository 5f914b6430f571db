// The agent's replica: one device's SQLite database. Reading is plain SQL; Replica::edit is the one way in for an
// edit, and take() the one way in for what the server says. Both are one local commit.
//
//   visible rows  =  confirmed rows  +  the edits in the outbox that have no outcome yet
//
// It may be of an older schema version than the program's: it then keeps, shows, sends and compares the columns of its
// own version, until upgrade() has been called.
//
// A confirmed row under such an edit is kept in `shadow`; take() puts the shadows back, lays the server's word,
// and lays the remaining edits on top again (rebase).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "host/clock.h"
#include "host/sql.h"
#include "sync/codec.h"
#include "sync/limits.h"
#include "sync/mutation.h"
#include "sync/verify.h"

namespace relance::client {

/// Whose replica this is; set once, at enrolment.
struct Identity {
  Id device_id;
  Id staff_id;
  schema::Writers role = schema::agent;
  Id epoch;
};

/// `clock_back`: this machine's clock is well behind the last contact, so nobody knows whether the lease still runs.
enum class Standing { ready, bootstrapping, locked, expired, suspended, wiped, clock_back };
[[nodiscard]] std::string_view name_of(Standing standing);

/// What stands in the way of an edit: a rule's code and what it is about (a column, a table), never a value.
struct EditRefusal {
  std::string code;
  std::string where;
};

struct CaseName {
  Id id;
  std::string number;
};

/// What an answer changed, for a person.
struct TakenIn {
  std::int64_t applied = 0, merged = 0, conflicts = 0, refused = 0, quarantined = 0, erased = 0;
  std::int64_t received = 0, dropped = 0;
  std::vector<CaseName> came, left, changed_under;
  void add(const TakenIn& other);
};

struct ReplicaFacts {
  Standing standing = Standing::bootstrapping;
  std::int64_t pending = 0, conflicts = 0, refused = 0, cases = 0, orphans = 0;
  std::int64_t restricted = 0;  // of the cases: neither shown nor changed
  Ms last_sync_at = 0, lease_until = 0;
  bool lease_ends_soon = false;  // ready, and near the end of what the office allows without contact
};

/// What one request carries of the outbox; the rest goes into the next. Tests ask for little.
struct PushLimits {
  std::size_t bytes = sync::kPushBytes;
  std::size_t ops = sync::kPushOps;
};

class Replica {
 public:
  /// Failure{upgrade_required} when the replica is newer than this program.
  Replica(sql::Connection& db, const Clock& clock, Random& random, PushLimits limits = {});

  /// Makes the tables, of schema `version`. REQUIRES: an empty database.
  static void create(sql::Connection& db, const Identity& identity, Ms now, int version);
  /// The same, of this program's version.
  static void create(sql::Connection& db, const Identity& identity, Ms now);
  /// Whose the empty replica is. REQUIRES: a write transaction is open.
  static void set_identity(sql::Connection& db, const Identity& identity, Ms now);

  /// Is the replica of an older schema version than this program?
  [[nodiscard]] static bool is_older(sql::Connection& db);
  /// Brings it to schema `version`, in one commit. The outbox stays as it is, and so does what is shown; what the
  /// server holds in the new columns is read by the next sync, which reads anew. False when there was nothing to do.
  static bool upgrade(sql::Connection& db, int version);
  /// The same, to this program's version.
  static bool upgrade(sql::Connection& db);

  [[nodiscard]] int version() const { return version_; }

  [[nodiscard]] Identity identity() const;
  [[nodiscard]] ReplicaFacts facts() const;
  [[nodiscard]] Standing standing() const;
  /// This machine's time, corrected by what the server last said.
  [[nodiscard]] Ms corrected_now() const;
  /// The day in Paris by that time, as an ISO date: what "today" is to every command, whatever this machine's clock
  /// and zone say.
  [[nodiscard]] std::string today() const;

  // ---- editing ---------------------------------------------------------------------------------------------

  /// One edit: all of `ops` become visible and queued in one commit, or nothing does.
  /// `before` values are filled in here, from what the agent sees; a unit is completed with its other columns.
  /// Returns the mutation's number. Errors: Failure{locked, suspended, wiped} when the replica may not be used.
  [[nodiscard]] std::variant<std::int64_t, EditRefusal> edit(std::string intent, std::vector<sync::Op> ops);

  /// Takes back an edit that was never sent, newest edit of its rows first.
  [[nodiscard]] std::optional<EditRefusal> undo(std::int64_t n);
  /// Replaces the operations of an edit that was never sent, keeping its place.
  [[nodiscard]] std::optional<EditRefusal> amend(std::int64_t n, std::vector<sync::Op> ops);
  /// Sends a refused edit again as a new one, with these operations or (empty) its own.
  [[nodiscard]] std::variant<std::int64_t, EditRefusal> resend(std::int64_t n, std::vector<sync::Op> ops);
  /// Gives a refused edit up.
  [[nodiscard]] std::optional<EditRefusal> discard(std::int64_t n);

  [[nodiscard]] std::optional<Row> row(const schema::Table& table, const Id& id) const;

  // ---- talking to the server (client/session.h) ---------------------------------------------------------------

  struct Outgoing {
    std::string body;
    std::optional<Id> resume;        // the token it carries
    std::vector<std::int64_t> sent;  // numbers of the mutations in it
    std::int64_t rest = 0;           // mutations that wait for the next request
  };
  /// Builds the next request and marks its mutations as sent, durably, before anyone sees them.
  [[nodiscard]] Outgoing next_request(std::optional<Id> nonce);

  /// Lays an answer: staged when it is not complete, otherwise everything in one commit.
  /// `round_trip_ms`: to correct the clock by its half. Errors: Failure{protocol} for a damaged answer.
  [[nodiscard]] TakenIn take(const sync::Answer& answer, std::string_view body, Ms round_trip_ms);

  /// Is there something that only another request can finish?
  [[nodiscard]] bool wants_more() const;

  [[nodiscard]] std::optional<Id> resume_token() const;
  void start_bootstrap();
  /// The server was restored: what it still knows of this device decides what is sent again.
  void enter_epoch(const Id& epoch, std::int64_t server_last_n, std::string_view server_last_hash);
  /// Everything that the server has no outcome for, as mutations of /v1/rescue.
  [[nodiscard]] std::string rescue_body() const;
  /// What was handed over stays here, marked, until the office has decided.
  void mark_quarantined();
  void set_standing(Standing standing);

  // ---- erasing (client/replica_erasure.cpp) ------------------------------------------------------------------

  /// Carries out orders that came with a refusal, in one commit.
  void take_orders(const std::vector<sync::ErasureOrder>& orders);
  /// Writes the file anew and searches it, where an order was carried out; then its receipt stands. Returns how
  /// many orders were finished. Errors: Failure{busy} where another process reads the replica, {internal} where
  /// something is left: both are tried again at the next call. REQUIRES: no transaction is open.
  std::int64_t finish_erasures();
  /// By what receipts are signed: the device's key. Without one they are not.
  void set_signer(std::function<std::string(std::string_view)> signer) { signer_ = std::move(signer); }

  // ---- verify ------------------------------------------------------------------------------------------------

  [[nodiscard]] std::string verify_body() const;
  /// Replaces the rows of differing buckets by the server's; the number of rows that were wrong.
  /// The outbox is never touched.
  [[nodiscard]] std::int64_t repair(const sync::VerifyAnswer& answer);

 private:
  struct Taking;  // one answer under way

  [[nodiscard]] std::string meta(std::string_view name) const;
  [[nodiscard]] std::int64_t meta_number(std::string_view name) const;
  void put(std::string_view name, std::string_view content);
  void put(std::string_view name, std::int64_t number);
  [[nodiscard]] Ms span(std::string_view rule, Ms now, Ms otherwise) const;
  [[nodiscard]] sync::Seen seen() const;
  /// The schema that the office's rows were last read with whole: after an upgrade the older one, until they are again.
  [[nodiscard]] int shown_version() const;

  void require_usable() const;
  void require_own_version() const;
  [[nodiscard]] std::optional<EditRefusal> prepare(sync::Op& op) const;
  [[nodiscard]] bool is_restricted(const sync::Op& op) const;
  [[nodiscard]] std::optional<EditRefusal> prepare_insert(sync::Op& op) const;
  [[nodiscard]] std::optional<EditRefusal> prepare_update(sync::Op& op) const;
  [[nodiscard]] std::optional<EditRefusal> prepare_all(std::vector<sync::Op>& ops);
  void queue(std::int64_t n, const std::string& intent, const std::vector<sync::Op>& ops);
  void rebase();
  [[nodiscard]] std::int64_t oldest_kept() const;

  /// True when staged pages went with what was in them: their reading begins again. REQUIRES: a transaction is open.
  bool obey(const std::vector<sync::ErasureOrder>& orders);
  void erase(const sync::ErasureOrder& order);
  std::int64_t forget_edits(std::set<Id> gone);
  [[nodiscard]] std::vector<sync::ErasureReceipt> receipts() const;
  void note_receipts_told(const std::vector<Id>& sent, const std::vector<sync::ErasureOrder>& still_due);
  void read_pages_again();

  void keep_shadow(const schema::Table& table, const Id& id, const std::optional<Row>& row);
  void restore_shadows();
  void lay(const sync::Op& op, Ms at, bool keeps_shadow);
  void lay_pending();
  void take_page(Taking& taking, const sync::Answer& answer);
  void take_outcome(Taking& taking, const sync::Outcome& outcome);
  void take_row(Taking& taking, const schema::Table& table, const Row& row);
  void take_drop(Taking& taking, const schema::Table& table, const Id& id);
  void sweep(Taking& taking);
  void forget_sent(std::int64_t durable_through);
  void store_row(const schema::Table& table, const Row& row);
  void remove_row(const schema::Table& table, const Id& id);
  void note_contact(const sync::Answer& answer, Ms round_trip_ms);
  [[nodiscard]] std::optional<CaseName> case_name(const Id& case_id) const;

  sql::Connection& db_;
  const Clock& clock_;
  Random& random_;
  PushLimits limits_;
  int version_;  // of the replica's columns
  std::function<std::string(std::string_view)> signer_;
  std::vector<Id> receipts_sent_;  // with the last request
};

}  // namespace relance::client
