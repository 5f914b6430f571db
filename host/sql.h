// The SQL port: the narrow waist below which a database driver stands. Every query of relance is written
// once, in the subset that SQLite and PostgreSQL share (?1 parameters, ON CONFLICT, RETURNING, no now(),
// no LIKE on mixed case, integer milliseconds and cents, 16-byte ids). tests/contract holds a driver to it.
//
// Threads: a connection and what it prepared belong to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schema/ddl.h"
#include "schema/value.h"

namespace relance::sql {

/// A prepared statement. Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  virtual ~Statement() = default;

  virtual void bind_null(int index) = 0;
  virtual void bind(int index, std::int64_t value) = 0;
  /// The bytes are copied unless `stays`: then the caller keeps them until the statement is reset.
  virtual void bind_text(int index, std::string_view value, bool stays) = 0;
  virtual void bind_bytes(int index, std::string_view value, bool stays) = 0;

  /// True while there is a row. Errors: Failure{constraint, busy, disk_full, corrupt, wrong_key, io}.
  virtual bool step() = 0;
  virtual void reset() = 0;

  [[nodiscard]] virtual int column_count() const = 0;
  [[nodiscard]] virtual std::string_view column_name(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  /// Text or bytes; valid until the next step.
  [[nodiscard]] virtual std::string_view view(int column) const = 0;
  /// What the database itself says the value is: integers, text, bytes (16 of them become an Id).
  [[nodiscard]] virtual Value value(int column) const = 0;
};

enum class Access { read, write };

class Connection {
 public:
  virtual ~Connection() = default;

  [[nodiscard]] virtual schema::Dialect dialect() const = 0;
  /// Several statements in one text; no parameters, no rows.
  virtual void execute(std::string_view script) = 0;
  /// A new statement, not shared with anyone.
  [[nodiscard]] virtual std::unique_ptr<Statement> prepare(std::string_view text) = 0;
  /// Rows changed by the last INSERT, UPDATE or DELETE.
  [[nodiscard]] virtual std::int64_t changes() const = 0;

  /// A write transaction takes the write lock at once; a read transaction sees one snapshot.
  virtual void begin(Access access) = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  /// False also after the engine threw the transaction away by itself (disk full, I/O error).
  [[nodiscard]] virtual bool in_transaction() const = 0;

  virtual void savepoint() = 0;
  virtual void release_savepoint() = 0;
  virtual void rollback_savepoint() = 0;

  /// A statement kept for its text, so that a query is parsed once a connection. Null while in use by a caller
  /// further up the stack: Query then prepares one of its own.
  [[nodiscard]] virtual Statement* borrow(std::string_view text) = 0;
  virtual void give_back(Statement* statement) noexcept = 0;
};

/// A query in flight: takes the prepared statement, binds, and gives it back when it goes out of scope.
///
///   sql::Query q(db, "SELECT name FROM creditor WHERE id = ?1", id);
///   while (q.next()) use(q.text(0));
class Query {
 public:
  template <class... Args>
  explicit Query(Connection& db, std::string_view text, const Args&... args) : Query(db, text, Unbound{}) {
    int index = 0;
    (bind_one(++index, args), ...);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  bool next() { return statement_->step(); }
  [[nodiscard]] bool is_null(int c) const { return statement_->is_null(c); }
  [[nodiscard]] std::int64_t integer(int c) const { return statement_->integer(c); }
  [[nodiscard]] std::string text(int c) const { return std::string(statement_->view(c)); }
  [[nodiscard]] std::string_view view(int c) const { return statement_->view(c); }
  [[nodiscard]] Id id(int c) const;  // Failure{corrupt} where the file holds no 16 bytes
  [[nodiscard]] std::optional<Id> maybe_id(int c) const;
  [[nodiscard]] Value value(int c) const { return statement_->value(c); }
  [[nodiscard]] int column_count() const { return statement_->column_count(); }
  [[nodiscard]] Statement& statement() { return *statement_; }

  void bind(int index, const Value& value);
  /// The same without a copy. REQUIRES: `value` outlives this query.
  void bind_staying(int index, const Value& value);

 private:
  struct Unbound {};
  Query(Connection& db, std::string_view text, Unbound);

  void bind_one(int i, std::int64_t v) { statement_->bind(i, v); }
  void bind_one(int i, int v) { statement_->bind(i, v); }
  void bind_one(int i, std::string_view v) { statement_->bind_text(i, v, false); }
  void bind_one(int i, const std::string& v) { statement_->bind_text(i, v, false); }
  void bind_one(int i, const char* v) { statement_->bind_text(i, v, false); }
  void bind_one(int i, const Id& v) { statement_->bind_bytes(i, v.view(), false); }
  void bind_one(int i, const Bytes& v) { statement_->bind_bytes(i, v.data, false); }
  void bind_one(int i, Null) { statement_->bind_null(i); }
  void bind_one(int i, const Value& v) { bind(i, v); }
  template <class T>
  void bind_one(int i, const std::optional<T>& v) {
    if (v)
      bind_one(i, *v);
    else
      statement_->bind_null(i);
  }

  Connection& db_;
  std::unique_ptr<Statement> own_;
  Statement* statement_ = nullptr;
};

/// Runs a statement that returns no rows; the number of rows it changed.
template <class... Args>
std::int64_t run(Connection& db, std::string_view text, const Args&... args) {
  Query q(db, text, args...);
  q.next();
  return db.changes();
}

/// The first column of the first row as a number; nothing when there is no row or it is null.
template <class... Args>
[[nodiscard]] std::optional<std::int64_t> number(Connection& db, std::string_view text, const Args&... args) {
  Query q(db, text, args...);
  if (!q.next() || q.is_null(0)) return std::nullopt;
  return q.integer(0);
}

template <class... Args>
[[nodiscard]] std::optional<std::string> text(Connection& db, std::string_view query, const Args&... args) {
  Query q(db, query, args...);
  if (!q.next() || q.is_null(0)) return std::nullopt;
  return q.text(0);
}

template <class... Args>
[[nodiscard]] std::optional<Id> id(Connection& db, std::string_view query, const Args&... args) {
  Query q(db, query, args...);
  if (!q.next()) return std::nullopt;
  return q.maybe_id(0);
}

/// A transaction that rolls back unless it was committed.
class Transaction {
 public:
  Transaction(Connection& db, Access access) : db_(db) { db_.begin(access); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (open_) db_.rollback();
  }
  void commit() {
    db_.commit();
    open_ = false;
  }

 private:
  Connection& db_;
  bool open_ = true;
};

/// A savepoint that rolls back unless it was released.
class Savepoint {
 public:
  explicit Savepoint(Connection& db) : db_(db) { db_.savepoint(); }
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  ~Savepoint();
  void release() {
    db_.release_savepoint();
    open_ = false;
  }

 private:
  Connection& db_;
  bool open_ = true;
};

/// "meta" holds each database's small facts by name.
[[nodiscard]] std::optional<std::string> get_meta(Connection& db, std::string_view name);
void set_meta(Connection& db, std::string_view name, std::string_view content);

}  // namespace relance::sql
