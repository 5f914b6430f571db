// Canonical bytes: what differs never hashes alike, what is the same always does, and kept rows read back.
#include "sync/mutation.h"

#include <rapidcheck.h>

#include <set>

#include "tests/test.hpp"

using namespace relance;
using namespace relance::sync;

namespace {

const schema::Table& task() { return schema::table("task"); }

Mutation one() {
  Op op{.kind = OpKind::update, .table = &task(), .row = Id{{9}}};
  op.changes.push_back({schema::column(task(), "title"), std::string("a"), std::string("b")});
  return {.n = 5, .at = 1000, .seen = {Id{{7}}, 3}, .intent = "x", .ops = {op}};
}

rc::Gen<Value> any_value() {
  return rc::gen::oneOf(
      rc::gen::just(Value{Null{}}),
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t n) { return Value{n}; }),
      rc::gen::map(rc::gen::arbitrary<std::string>(), [](std::string s) { return Value{std::move(s)}; }),
      rc::gen::map(rc::gen::arbitrary<std::string>(),
                   [](std::string s) { return Value{Bytes{std::move(s)}}; }),
      rc::gen::map(rc::gen::arbitrary<std::array<std::uint8_t, 16>>(),
                   [](const std::array<std::uint8_t, 16>& b) { return Value{Id{b}}; }));
}

}  // namespace

TEST_CASE(
    "near misses have different bytes: each field, each kind of value, each split of the same letters") {
  std::vector<Mutation> all{one()};
  const auto add = [&](auto change) {
    Mutation m = one();
    change(m);
    all.push_back(std::move(m));
  };
  add([](Mutation& m) { m.n = 6; });
  add([](Mutation& m) { m.at = 1001; });
  add([](Mutation& m) { m.seen.epoch = Id{{8}}; });
  add([](Mutation& m) { m.seen.cursor = 4; });
  add([](Mutation& m) { m.intent = "xx"; });
  add([](Mutation& m) { m.intent = ""; });
  add([](Mutation& m) { m.ops.clear(); });
  add([](Mutation& m) { m.ops.push_back(m.ops[0]); });
  add([](Mutation& m) { m.ops[0].kind = OpKind::insert; });
  add([](Mutation& m) { m.ops[0].row = Id{{10}}; });
  add([](Mutation& m) { m.ops[0].table = &schema::table("case_file"); });
  add([](Mutation& m) { m.ops[0].changes.clear(); });
  add([](Mutation& m) { m.ops[0].changes.push_back(m.ops[0].changes[0]); });
  add([](Mutation& m) { m.ops[0].changes[0].column = schema::column(task(), "result"); });
  add([](Mutation& m) { std::swap(m.ops[0].changes[0].before, m.ops[0].changes[0].after); });
  add([](Mutation& m) { m.damage = "x"; });
  const Value values[] = {Null{},
                          std::int64_t{0},
                          std::int64_t{98},
                          std::string(),
                          std::string("b\0", 2),
                          Bytes{"b"},
                          Bytes{},
                          Id{},
                          Bytes{std::string(16, '\0')},
                          std::string(16, '\0'),
                          std::string("bc")};
  for (const Value& v : values) add([&](Mutation& m) { m.ops[0].changes[0].after = v; });
  // The same letters, cut elsewhere.
  add([](Mutation& m) {
    m.ops[0].changes[0].before = std::string("ab");
    m.ops[0].changes[0].after = std::string();
  });
  add([](Mutation& m) {
    m.ops[0].changes[0].before = std::string();
    m.ops[0].changes[0].after = std::string("ab");
  });
  // Two operations of one change, or one of two.
  add([](Mutation& m) {
    Op op = m.ops[0];
    op.changes[0].column = schema::column(task(), "result");
    m.ops.push_back(op);
  });
  add([](Mutation& m) {
    Change c = m.ops[0].changes[0];
    c.column = schema::column(task(), "result");
    m.ops[0].changes.push_back(c);
  });
  std::set<std::string> bytes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO("near miss " << i);
    CHECK(bytes.insert(canonical_bytes(all[i])).second);
  }
  CHECK(canonical_bytes(one()) == canonical_bytes(one()));
}

TEST_CASE("an insert's old values are not part of it") {
  Mutation a = one(), b = one();
  a.ops[0].kind = b.ops[0].kind = OpKind::insert;
  b.ops[0].changes[0].before = std::string("whatever");
  CHECK(canonical_bytes(a) == canonical_bytes(b));
}

TEST_CASE("two sequences of values have the same bytes only when they are the same") {
  CHECK(rc::check("injective", [] {
    const auto values = rc::gen::container<Row>(any_value());
    const Row a = *values;
    Row b = a;
    if (!b.empty() && *rc::gen::arbitrary<bool>())
      b[*rc::gen::inRange<std::size_t>(0, b.size())] = *any_value();
    else if (*rc::gen::arbitrary<bool>())
      b.push_back(*any_value());
    RC_ASSERT((write_canonical_row(a) == write_canonical_row(b)) == (a == b));
  }));
}

TEST_CASE("a kept row reads back, and damaged bytes read as nothing") {
  CHECK(rc::check("round trip", [] {
    const Row row = *rc::gen::container<Row>(any_value());
    const std::string bytes = write_canonical_row(row);
    RC_ASSERT(read_canonical_row(bytes, row.size()) == row);
    RC_ASSERT(!read_canonical_row(bytes, row.size() + 1));
    if (!row.empty()) RC_ASSERT(!read_canonical_row(bytes, row.size() - 1));
    if (!bytes.empty())
      RC_ASSERT(!read_canonical_row(std::string_view(bytes).substr(0, bytes.size() - 1), row.size()));
    RC_ASSERT(!read_canonical_row(bytes + "x", row.size()));
  }));
  for (const std::string& bad : {std::string("z"), std::string("t"), "t" + std::string(8, '\xff') + "x",
                                 "u" + std::string(7, '\0') + "\x03" + "abc", std::string("i123")})
    CHECK_FALSE(read_canonical_row(bad, 1).has_value());
  CHECK(rc::check("any bytes",
                  [](const std::string& bytes) { static_cast<void>(read_canonical_row(bytes, 3)); }));
}

TEST_CASE("verify's bytes of a row are those of its served columns, each with its type") {
  const schema::Table& t = schema::table("assignment");
  Row a(t.columns.size()), b(t.columns.size());
  b[schema::column(t, "drop_seq")] = std::int64_t{7};  // never leaves the server
  CHECK(canonical_bytes(t, a, 1) == canonical_bytes(t, b, 1));
  b[schema::column(t, "reason")] = std::string();
  CHECK(canonical_bytes(t, a, 1) != canonical_bytes(t, b, 1));
  CHECK(canonical_bytes(schema::table("claim"), Row(schema::table("claim").columns.size()), 1) !=
        canonical_bytes(t, a, 1));
}

TEST_CASE("statuses have names that read back") {
  for (const Status s : {Status::applied, Status::merged, Status::conflict, Status::refused, Status::erased,
                         Status::quarantined, Status::duplicate})
    CHECK(parse_status(name_of(s)) == s);
  CHECK_FALSE(parse_status("").has_value());
  CHECK_FALSE(parse_status("Applied").has_value());
}

TEST_CASE("a kept value of a kind that nobody writes is damage, and a column that is none has no change") {
  const std::string sized = std::string("x") + std::string(7, '\0') + "\x01" + "a";
  CHECK_FALSE(read_canonical_row(sized, 1).has_value());
  CHECK(read_canonical_row("t" + sized.substr(1), 1).has_value());
  CHECK_FALSE(read_canonical_row("u" + sized.substr(1), 1).has_value());  // no 16 bytes
  Op op{.kind = OpKind::update, .table = &schema::table("task"), .row = {}, .changes = {}};
  op.changes.push_back({schema::column(*op.table, "title"), Null{}, std::string("t")});
  REQUIRE(op.find("title") != nullptr);
  CHECK(op.find("title")->after == Value{std::string("t")});
  CHECK(op.find("due_on") == nullptr);
  CHECK(op.find("of_a_later_version") == nullptr);
}
