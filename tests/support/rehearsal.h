// A database in which every commit is only tried: the real parts run on it with transactions and savepoints of their
// own, and at the end of a case nothing of it has happened. Thousands of cases begin from one state.
#pragma once

#include "host/sql.h"

namespace relance::test {

class Rehearsal final : public sql::Connection {
 public:
  explicit Rehearsal(sql::Connection& real) : real_(real) {}

  /// Everything done while this lives is undone with it.
  class Case {
   public:
    explicit Case(Rehearsal& rehearsal) : real_(rehearsal.real_) { real_.begin(sql::Access::write); }
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;
    ~Case() { real_.rollback(); }

   private:
    sql::Connection& real_;
  };

  [[nodiscard]] schema::Dialect dialect() const override { return real_.dialect(); }
  void execute(std::string_view script) override { real_.execute(script); }
  [[nodiscard]] std::unique_ptr<sql::Statement> prepare(std::string_view text) override {
    return real_.prepare(text);
  }
  [[nodiscard]] std::int64_t changes() const override { return real_.changes(); }

  void begin(sql::Access) override {
    real_.execute("SAVEPOINT rehearsed");
    is_open_ = true;
  }
  void commit() override {
    real_.execute("RELEASE rehearsed");
    is_open_ = false;
  }
  void rollback() noexcept override {
    real_.execute("ROLLBACK TO rehearsed; RELEASE rehearsed");
    is_open_ = false;
  }
  [[nodiscard]] bool in_transaction() const override { return is_open_; }

  void savepoint() override { real_.savepoint(); }
  void release_savepoint() override { real_.release_savepoint(); }
  void rollback_savepoint() override { real_.rollback_savepoint(); }

  [[nodiscard]] sql::Statement* borrow(std::string_view text) override { return real_.borrow(text); }
  void give_back(sql::Statement* statement) noexcept override { real_.give_back(statement); }

 private:
  sql::Connection& real_;
  bool is_open_ = false;
};

}  // namespace relance::test
