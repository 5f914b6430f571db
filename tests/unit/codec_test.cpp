// The wire form: what is written reads back, what is unknown is passed over, what is damaged is refused, each where
// the protocol says: a request whole, a mutation alone, a row's answer whole.
#include "sync/codec.h"
#include "schema/version.h"

#include <rapidcheck.h>

#include "schema/tables.h"
#include "sync/limits.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::sync;
using schema::Table;
using schema::Type;

namespace {

const char* const kId = "0190163d-8694-739b-aea5-966c26f8ad91";
const char* const kEpoch = "11111111-2222-3333-4444-555555555555";

Id an_id() { return *Id::parse(kId); }

rc::Gen<Id> any_id() {
  return rc::gen::map(rc::gen::container<std::vector<std::uint8_t>>(16, rc::gen::arbitrary<std::uint8_t>()),
                      [](const std::vector<std::uint8_t>& bytes) {
                        Id id;
                        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
                        return id;
                      });
}

rc::Gen<std::string> any_text() {
  // Quotes, escapes, control characters, two to four bytes: everything but NUL.
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", "\"", "\\", "/", "\x01", "\x1f", "\n", "\t", "\x7f", "é", "日", "😀", "\u2028",
                          " ", "null", "</script>")),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const std::string& part : parts) out += part;
                        return out;
                      });
}

Value any_value(Type type) {
  if (*rc::gen::inRange(0, 5) == 0) return Null{};
  switch (type) {
    case Type::id: return *any_id();
    case Type::bytes: return Bytes{*rc::gen::arbitrary<std::string>()};
    case Type::integer:
    case Type::flag:
    case Type::cents:
    case Type::instant:
      return *rc::gen::oneOf(
          rc::gen::arbitrary<std::int64_t>(),
          rc::gen::element<std::int64_t>(0, -1, INT64_MAX, INT64_MIN, 1LL << 53, (1LL << 53) + 1));
    default: return *any_text();
  }
}

Op any_op() {
  const auto tables = schema::business_tables();
  const Table& t = tables[*rc::gen::inRange<std::size_t>(0, tables.size())];
  Op op{.kind = *rc::gen::arbitrary<bool>() ? OpKind::insert : OpKind::update, .table = &t, .row = *any_id()};
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    if (*rc::gen::arbitrary<bool>()) continue;
    Change change{.column = i, .before = Null{}, .after = any_value(t.columns[i].type)};
    if (op.kind == OpKind::update) change.before = any_value(t.columns[i].type);
    op.changes.push_back(std::move(change));
  }
  return op;
}

Mutation any_mutation(std::int64_t n) {
  Mutation m{.n = n,
             .at = *rc::gen::inRange<Ms>(0, 4'000'000'000'000),
             .seen = {*any_id(), *rc::gen::inRange<std::int64_t>(0, INT64_MAX)},
             .intent = *any_text()};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) m.ops.push_back(any_op());
  return m;
}

std::string request_with(const std::string& members) {
  return std::string("{\"protocol\":1,\"schema\":1,\"epoch\":\"") + kEpoch +
         "\",\"cursor\":{\"agent\":3,\"common\":4}" + members + "}";
}

std::string mutation_with(const std::string& ops, const std::string& more = "") {
  return std::string(",\"mutations\":[{\"n\":1,\"at\":\"2026-11-21T09:14:07.120Z\",\"seen\":[\"") + kEpoch +
         "\",9],\"intent\":\"x\",\"ops\":[" + ops + "]" + more + "}]";
}

std::string op(const std::string& columns, const char* kind = "insert", const char* table = "task",
               const std::string& id = kId) {
  return std::string("[\"") + kind + "\",\"" + table + "\",\"" + id + "\",{" + columns + "}]";
}

std::optional<Request> request(const std::string& body) {
  auto decoded = decode_request(body);
  if (std::holds_alternative<WireError>(decoded)) return std::nullopt;
  return std::get<Request>(std::move(decoded));
}

std::string error(const std::string& body) {
  const auto decoded = decode_request(body);
  const auto* wrong = std::get_if<WireError>(&decoded);
  return wrong == nullptr ? "" : std::string(wrong->code);
}

/// Why the request's only mutation was not read; empty when it was.
std::string damage(const std::string& ops) {
  const auto r = request(request_with(mutation_with(ops)));
  REQUIRE(r.has_value());
  REQUIRE(r->mutations.size() == 1);
  return r->mutations[0].damage;
}

std::string answer_with(const std::string& members) {
  return std::string("{\"epoch\":\"") + kEpoch +
         "\",\"now\":\"2026-11-21T09:14:07.120Z\",\"lease_until\":\"2026-12-05T09:14:07Z\",\"durable_"
         "through\":7,"
         "\"cursor\":{\"agent\":1,\"common\":2},\"remaining\":0" +
         members + "}";
}

}  // namespace

TEST_CASE("a mutation reads back as it was written, to the last byte of its hash") {
  CHECK(rc::check("round trip", [] {
    std::string body;
    std::vector<Mutation> sent;
    for (int i = 1; i <= *rc::gen::inRange(1, 4); ++i) {
      sent.push_back(any_mutation(i));
      append_mutation(body, sent.back(), encode_ops(sent.back().ops));
    }
    const Request head{
        .protocol = kProtocol,
        .schema = schema::kVersion,
        .epoch = *any_id(),
        .resume = *any_id(),
        .nonce = *any_id(),
        .cursor = {*rc::gen::inRange<std::int64_t>(0, 1000), *rc::gen::inRange<std::int64_t>(0, 1000)},
        .bootstrap = 12,
        .acked = 5,
        .oldest_kept = 4,
        .whole = true,
        .pending = 9,
        .two_machines = true};
    auto decoded = decode_request(encode_request(head, body));
    RC_ASSERT(std::holds_alternative<Request>(decoded));
    const auto& got = std::get<Request>(decoded);
    RC_ASSERT(got.epoch == head.epoch && got.resume == head.resume && got.nonce == head.nonce &&
              got.cursor == head.cursor);
    RC_ASSERT(got.bootstrap == head.bootstrap && got.acked == 5 && got.oldest_kept == 4 && got.whole &&
              got.pending == 9 && got.two_machines);
    RC_ASSERT(got.mutations.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      RC_ASSERT(got.mutations[i].damage.empty());
      RC_ASSERT(canonical_bytes(got.mutations[i]) == canonical_bytes(sent[i]));
    }
    const auto ops = decode_ops(encode_ops(sent[0].ops));
    RC_ASSERT(ops.has_value() && encode_ops(*ops) == encode_ops(sent[0].ops));
  }));
}

TEST_CASE("members that are not known are passed over, at every level") {
  const std::string more = ",\"later\":{\"deep\":[1,\"x\",null,true]}";
  const auto r = request(request_with(more + mutation_with(op("\"title\":\"t\""), more)));
  REQUIRE(r.has_value());
  REQUIRE(r->mutations.size() == 1);
  CHECK(r->mutations[0].damage.empty());
  CHECK(r->cursor == Cursor{3, 4});
  const auto answer = Answer::decode(answer_with(
      more +
      ",\"rows\":[{\"table\":\"task\",\"x\":1,\"columns\":[\"id\",\"later\",\"title\"],\"values\":[[\"" +
      kId +
      "\",{\"a\":1},\"t\"]]},{\"table\":\"later\",\"columns\":[\"id\"],\"values\":[[1]]}],"
      "\"confirmed\":[[\"later\",[\"x\"]],[\"task\",[\"" +
      kId + "\"]]],\"outcomes\":[{\"n\":1,\"status\":\"applied\",\"later\":1}]"));
  REQUIRE(answer.has_value());
  REQUIRE(answer->rows.size() == 1);
  int rows = 0;
  CHECK(Answer::for_each_row(answer->rows[0], [&](const Row& row) {
    ++rows;
    CHECK(row[0] == Value{an_id()});
    CHECK(row[schema::column(schema::table("task"), "title")] == Value{std::string("t")});
    CHECK(is_null(row[schema::column(schema::table("task"), "due_on")]));
  }));
  CHECK(rows == 1);
  CHECK(answer->confirmed.size() == 1);
  CHECK(answer->head.outcomes.size() == 1);
}

TEST_CASE("a request that is not one is refused whole, and the place is named, never the content") {
  CHECK(error("") == "bad_request");
  CHECK(error("[]") == "bad_request");
  CHECK(error("{") == "bad_request");
  CHECK(error("{}") == "bad_request");
  CHECK(error(request_with("") + "x") == "bad_request");
  CHECK(error(request_with(",\"mutations\":[1]")) == "bad_request");
  CHECK(error(request_with(",\"mutations\":[{}]")) == "bad_request");
  CHECK(error(request_with(",\"mutations\":[{\"n\":\"1\"}]")) == "bad_request");
  CHECK(error("{\"protocol\":2}") == "upgrade_required");
  CHECK(error("{\"protocol\":1,\"schema\":99}") == "upgrade_required");
  CHECK(error("{\"protocol\":1,\"schema\":0}") == "upgrade_required");
  CHECK(error("{\"protocol\":1,\"schema\":1,\"cursor\":{}}") == "bad_request");
  CHECK(error(std::string("{\"protocol\":1,\"schema\":1,\"epoch\":\"") + kEpoch + "\"}") == "bad_request");
  const auto wrong = decode_request(request_with(",\"mutations\":[\"Dupont\"]"));
  CHECK(std::get<WireError>(wrong).where.find("Dupont") == std::string::npos);
}

TEST_CASE("no number with a fraction, an exponent or more than 64 bits is taken, anywhere") {
  for (const char* number : {"1.5", "1e999", "-1e999", "1e3", "1E2", "0.0", "99999999999999999999",
                             "-9223372036854775809", "1e-400"}) {
    INFO(number);
    CHECK(error(request_with(std::string(",\"later\":[[") + number + "]]")) == "bad_request");
    CHECK(error(request_with(mutation_with(op("\"withdrawn\":" + std::string(number))))) == "bad_request");
    CHECK_FALSE(Answer::decode(answer_with(std::string(",\"x\":") + number)).has_value());
  }
  for (const char* number :
       {"9223372036854775808", "18446744073709551615"}) {  // whole, but more than we can hold
    INFO(number);
    CHECK_FALSE(damage(op("\"withdrawn\":" + std::string(number))).empty());
  }
  const auto r = request(request_with(mutation_with(op("\"created_at\":-9223372036854775808", "insert"))));
  REQUIRE(r.has_value());
  CHECK(r->mutations[0].ops.at(0).changes.at(0).after == Value{INT64_MIN});
  for (const char* number : {"NaN", "Infinity", "01", "+1", "0x10", "1_0", ".5"})
    CHECK(error(request_with(std::string(",\"x\":") + number)) == "bad_request");
}

TEST_CASE("text is valid UTF-8, and depth is bounded") {
  const std::vector<std::string> bad{"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                     "\xc3", "\\ud800",  "\\udc00x",     "\\ud800\\u0041",
                                     "\n",   "\x01"};
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK(error(request_with(mutation_with(op("\"title\":\"" + text + "\"")))) == "bad_request");
  }
  const auto nul =
      request(request_with(mutation_with(op("\"title\":\"a\\u0000b\""))));  // JSON may; the column may not
  REQUIRE(nul.has_value());
  const auto& change = nul->mutations[0].ops.at(0).changes.at(0);
  CHECK_FALSE(schema::why_not(nul->mutations[0].ops[0].table->columns[change.column], change.after).empty());
  const auto nested = [](int depth) {
    return request_with(",\"x\":" + std::string(static_cast<std::size_t>(depth), '[') +
                        std::string(static_cast<std::size_t>(depth), ']'));
  };
  CHECK(error(nested(kJsonDepthMax - 1)).empty());
  CHECK(error(nested(kJsonDepthMax)) == "bad_request");
  CHECK(error(request_with(",\"x\":" + std::string(1'000'000, '['))) == "bad_request");
}

TEST_CASE("a damaged mutation keeps its number and says why, and those beside it are read") {
  CHECK(damage(op("\"title\":\"t\"")).empty());
  CHECK_FALSE(damage("1").empty());
  CHECK_FALSE(damage("[]").empty());
  CHECK_FALSE(damage("[\"insert\",\"task\",\"" + std::string(kId) + "\"]").empty());
  CHECK_FALSE(damage(op("", "delete")).empty());
  CHECK_FALSE(damage(op("", "insert", "later")).empty());
  CHECK_FALSE(damage(op("", "insert", "outbox")).empty());  // the machinery's tables are nobody's to write
  CHECK_FALSE(damage(op("\"later\":1")).empty());
  CHECK_FALSE(damage(op("\"title\":1")).empty());
  CHECK_FALSE(damage(op("\"withdrawn\":\"1\"")).empty());
  CHECK_FALSE(damage(op("\"withdrawn\":true")).empty());
  CHECK_FALSE(damage(op("\"case_id\":\"1\"")).empty());
  CHECK_FALSE(damage(op("\"title\":\"t\"", "update")).empty());
  CHECK_FALSE(damage(op("\"title\":[\"t\"]", "update")).empty());
  CHECK_FALSE(damage(op("\"title\":[\"a\",\"b\",\"c\"]", "update")).empty());
  CHECK_FALSE(damage(op("\"title\":[\"a\",\"b\"]")).empty());
  for (const char* id : {"", "0190163d8694739baea5966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad9",
                         "0190163d-8694-739b-aea5-966c26f8ad9g", "{190163d-8694-739b-aea5-966c26f8ad9}",
                         "0190163d-8694-739b-aea5-966c26f8ad911"})
    CHECK_FALSE(damage(op("", "insert", "task", id)).empty());
  const std::string good = "{\"n\":2,\"at\":\"2026-11-21T09:14:07Z\",\"seen\":[\"" + std::string(kEpoch) +
                           "\",0],\"ops\":[" + op("\"title\":\"t\"") + "]}";
  for (const char* bad : {"{\"n\":1}", "{\"n\":1,\"at\":\"yesterday\",\"seen\":[\"x\",1],\"ops\":[]}",
                          "{\"n\":1,\"at\":5,\"seen\":[],\"ops\":{}}"}) {
    const auto r = request(request_with(",\"mutations\":[" + std::string(bad) + "," + good + "]"));
    REQUIRE(r.has_value());
    REQUIRE(r->mutations.size() == 2);
    CHECK(r->mutations[0].n == 1);
    CHECK_FALSE(r->mutations[0].damage.empty());
    CHECK(r->mutations[1].damage.empty());
  }
}

TEST_CASE("a column named twice never counts as two") {
  // The parser keeps one of two members of one name: what is read is one change, or damage; never both values.
  const auto r = request(request_with(mutation_with(op("\"title\":\"a\",\"title\":\"b\""))));
  REQUIRE(r.has_value());
  CHECK((!r->mutations[0].damage.empty() || r->mutations[0].ops.at(0).changes.size() == 1));
}

TEST_CASE("more operations than a request may carry are too large") {
  std::string ops = op("");
  for (int i = 0; i < 1000; ++i) ops += "," + op("");
  std::string mutations;
  for (int i = 1; i <= 10; ++i)
    mutations += (i > 1 ? "," : "") + std::string("{\"n\":") + std::to_string(i) +
                 ",\"at\":\"2026-11-21T09:14:07Z\",\"seen\":[\"" + kEpoch + "\",0],\"ops\":[" + ops + "]}";
  CHECK(error(request_with(",\"mutations\":[" + mutations + "]")) == "too_large");
}

TEST_CASE("a voided mutation travels as its number, why, and its hash") {
  std::string body;
  append_mutation(body, {.n = 5, .voided = "refused", .voided_hash = {std::string("\x00\xff\x10", 3)}}, "[]");
  const auto r = request(request_with(",\"mutations\":[" + body + "]"));
  REQUIRE(r.has_value());
  CHECK(r->mutations.at(0).n == 5);
  CHECK(r->mutations[0].voided == "refused");
  CHECK(r->mutations[0].voided_hash.data == std::string("\x00\xff\x10", 3));
  CHECK(r->mutations[0].ops.empty());
}

TEST_CASE("outcomes travel in ranges and come back one by one") {
  CHECK(rc::check("round trip", [] {
    AnswerHead head{.epoch = *any_id(),
                    .resume = *any_id(),
                    .now = 5,
                    .lease_until = 6,
                    .durable_through = 7,
                    .expected = 8,
                    .head = 9,
                    .cursor = {1, 2},
                    .remaining = 3};
    std::int64_t n = *rc::gen::inRange(1, 5);
    for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
      n += *rc::gen::inRange(1, 3);
      Outcome o{.n = n, .status = *rc::gen::element(Status::applied, Status::merged, Status::refused)};
      if (o.status == Status::refused) o.reason = *rc::gen::element<std::string>("late", "not_holder");
      if (*rc::gen::inRange(0, 6) == 0) o.conflicts.push_back(*any_id());
      head.outcomes.push_back(o);
    }
    const auto answer = Answer::decode(encode_answer(head, {}, {}, {}));
    RC_ASSERT(answer.has_value());
    RC_ASSERT(answer->head.outcomes.size() == head.outcomes.size());
    for (std::size_t i = 0; i < head.outcomes.size(); ++i) {
      const Outcome &a = answer->head.outcomes[i], &b = head.outcomes[i];
      RC_ASSERT(a.n == b.n && a.status == b.status && a.reason == b.reason && a.conflicts == b.conflicts);
    }
    RC_ASSERT(answer->head.expected == 8 && answer->head.head == 9 && answer->head.remaining == 3 &&
              answer->head.durable_through == 7);
  }));
  const AnswerHead thousand = [] {
    AnswerHead h;
    for (std::int64_t n = 1; n <= 1000; ++n) h.outcomes.push_back({.n = n});
    return h;
  }();
  CHECK(encode_answer(thousand, {}, {}, {}).size() < 400);
}

TEST_CASE(
    "a range that is none, or of more than a request could carry, makes the answer useless and harms "
    "nobody") {
  const auto with = [](const std::string& n) {
    return Answer::decode(answer_with(",\"outcomes\":[{\"n\":" + n + ",\"status\":\"applied\"}]"));
  };
  CHECK(with("[1,3]")->head.outcomes.size() == 3);
  for (const char* n : {"[3,1]", "[1]", "[1,2,3]", "[\"1\",2]", "[0,5]", "[-3,-1]", "[1,100000000]",
                        "[-9223372036854775808,9223372036854775807]",
                        "[9223372036854775807,9223372036854775807]", "\"1\"", "null"})
    CHECK_FALSE(with(n).has_value());
  CHECK_FALSE(Answer::decode(answer_with(",\"outcomes\":[{\"n\":1,\"status\":\"perhaps\"}]")).has_value());
  CHECK_FALSE(
      Answer::decode(answer_with(",\"outcomes\":[{\"n\":1,\"status\":\"conflict\",\"conflicts\":[\"x\"]}]"))
          .has_value());
  CHECK_FALSE(Answer::decode(answer_with(",\"outcomes\":[5]")).has_value());
}

TEST_CASE("a row that cannot be read makes its answer one that is not used") {
  const auto reads = [](const std::string& columns, const std::string& values) {
    const auto answer = Answer::decode(answer_with(",\"rows\":[{\"table\":\"task\",\"columns\":" + columns +
                                                   ",\"values\":[" + values + "]}]"));
    REQUIRE(answer.has_value());
    REQUIRE(answer->rows.size() == 1);
    return Answer::for_each_row(answer->rows[0], [](const Row&) {});
  };
  const std::string id = "\"" + std::string(kId) + "\"";
  CHECK(reads("[\"id\",\"title\"]", "[" + id + ",\"t\"]"));
  CHECK_FALSE(reads("[\"id\",\"title\"]", "[" + id + "]"));
  CHECK_FALSE(reads("[\"id\",\"title\"]", "[" + id + ",\"t\",\"u\"]"));
  CHECK_FALSE(reads("[\"id\",\"title\"]", "[" + id + ",5]"));
  CHECK_FALSE(reads("[\"title\"]", "[\"t\"]"));
  CHECK_FALSE(reads("[\"id\"]", "[null]"));
  CHECK_FALSE(reads("[\"id\"]", "5"));
}

TEST_CASE("what stands in one row does not stay for the next") {
  const auto answer = Answer::decode(answer_with(
      ",\"rows\":[{\"table\":\"task\",\"columns\":[\"id\",\"title\"],\"values\":[[\"" + std::string(kId) +
      "\",\"long text of the first\"],[\"" + kId + "\",null],[\"" + kId + "\",\"x\"]]}]"));
  std::vector<Value> titles;
  CHECK(Answer::for_each_row(answer->rows.at(0), [&](const Row& row) {
    titles.push_back(row[schema::column(schema::table("task"), "title")]);
  }));
  CHECK(titles == std::vector<Value>{std::string("long text of the first"), Null{}, std::string("x")});
}

TEST_CASE("what arrives from anywhere is read or refused, and never more than that") {
  CHECK(rc::check("bytes", [](const std::string& bytes) {
    static_cast<void>(decode_request(bytes));
    static_cast<void>(Answer::decode(bytes));
    static_cast<void>(decode_ops(bytes));
  }));
  const std::string good = request_with(mutation_with(op("\"title\":[\"a\",\"b\"]", "update")));
  CHECK(rc::check("one byte of a good request altered, or its end cut off", [&] {
    std::string body = good;
    body[*rc::gen::inRange<std::size_t>(0, body.size())] = *rc::gen::arbitrary<char>();
    if (*rc::gen::arbitrary<bool>()) body.resize(*rc::gen::inRange<std::size_t>(0, body.size()));
    static_cast<void>(decode_request(body));
  }));
}

TEST_CASE("a number that no device can have counted to is refused with its request") {
  const auto numbered = [](const std::string& n) {
    return error(request_with(",\"mutations\":[{\"n\":" + n + "}]"));
  };
  CHECK(numbered("1").empty());
  CHECK(numbered(std::to_string(kNumberMax)).empty());
  for (const char* n : {"0", "-1", "9223372036854775807", "9007199254740993", "\"1\"", "null"})
    CHECK(numbered(n) == "bad_request");
  for (const std::string name : {"acked", "oldest_kept", "pending", "bootstrap"}) {
    CHECK(error(request_with(",\"" + name + "\":7")).empty());
    for (const char* n : {"-1", "9223372036854775807"})
      CHECK(error(request_with(",\"" + name + "\":" + n)) == "bad_request");
  }
  CHECK(error(request_with(",\"cursor\":{\"agent\":-1}")) == "bad_request");
  CHECK_FALSE(Answer::decode(answer_with(",\"outcomes\":[{\"n\":0,\"status\":\"applied\"}]")).has_value());
}

TEST_CASE("a small body does not become many edits, nor many outcomes") {
  const auto bare = [](std::size_t count) {
    std::string all;
    for (std::size_t n = 1; n <= count; ++n)
      all += (n == 1 ? "{\"n\":" : ",{\"n\":") + std::to_string(n) + "}";
    return all;
  };
  CHECK(error(request_with(",\"mutations\":[" + bare(kRequestOpsMax) + "]")).empty());
  CHECK(error(request_with(",\"mutations\":[" + bare(kRequestOpsMax + 1) + "]")) == "too_large");
  const auto ranges = [](const std::string& text) {
    return Answer::decode(answer_with(",\"outcomes\":[" + text + "]")).has_value();
  };
  const std::string whole = "{\"n\":[1,10000],\"status\":\"applied\"}";
  CHECK(ranges(whole));
  CHECK_FALSE(ranges(whole + ",{\"n\":10001,\"status\":\"applied\"}"));
  CHECK_FALSE(ranges(whole + "," + whole));
  CHECK_FALSE(ranges("{\"n\":[1,10001],\"status\":\"applied\"}"));
}

TEST_CASE("of a damaged edit nothing is kept that could be applied, not in quarantine either") {
  const std::string half = mutation_with(op("\"title\":\"t\"") + "," + op("\"later\":1"));
  const auto decoded = decode_rescue("{" + half.substr(1) + "}");
  const auto* rescue = std::get_if<Rescue>(&decoded);
  REQUIRE(rescue != nullptr);
  REQUIRE(rescue->mutations.size() == 1);
  const Mutation& damaged = rescue->mutations[0];
  CHECK_FALSE(damaged.damage.empty());
  CHECK(damaged.ops.empty());
  std::string kept;
  append_mutation(kept, damaged);
  const Mutation again = decode_mutation(parse_json(kept)->get_object());
  CHECK_FALSE(again.damage.empty());
  CHECK(canonical_bytes(again) == canonical_bytes(damaged));
}

TEST_CASE("a request without one of its parts, or with one of another kind, is refused whole") {
  const std::string epoch = "\"epoch\":\"" + std::string(kEpoch) + "\"", cursor = "\"cursor\":{}";
  CHECK(error("{\"protocol\":1,\"schema\":1," + epoch + "," + cursor + "}").empty());
  CHECK(error("{\"schema\":1," + epoch + "," + cursor + "}") == "bad_request");
  CHECK(error("{\"protocol\":1," + epoch + "," + cursor + "}") == "bad_request");
  CHECK(error("{\"protocol\":1,\"schema\":\"1\"," + epoch + "," + cursor + "}") == "bad_request");
  CHECK(error("{\"protocol\":1,\"schema\":1,\"epoch\":\"x\"," + cursor + "}") == "bad_request");
  CHECK(error("{\"protocol\":1,\"schema\":1," + epoch + ",\"cursor\":[]}") == "bad_request");
  CHECK(error("{\"protocol\":1,\"schema\":1," + epoch + ",\"cursor\":{\"common\":\"7\"}}") == "bad_request");
}

TEST_CASE("what a mutation was made upon is an epoch and a number, else it is damaged") {
  const auto damage_of = [](const std::string& seen) {
    const auto r = request(request_with(
        ",\"mutations\":[{\"n\":1,\"at\":\"2026-11-21T09:14:07Z\",\"seen\":" + seen + ",\"ops\":[]}]"));
    REQUIRE(r.has_value());
    return r->mutations.at(0).damage;
  };
  const std::string epoch = "\"" + std::string(kEpoch) + "\"";
  CHECK(damage_of("[" + epoch + ",5]").empty());
  for (const std::string& seen : {"[" + epoch + ",null]", "[" + epoch + ",\"5\"]", std::string("[\"x\",5]"),
                                  "[" + epoch + "]", "[" + epoch + ",5,6]", std::string("5")}) {
    INFO(seen);
    CHECK_FALSE(damage_of(seen).empty());
  }
  const std::string id = "\"" + std::string(kId) + "\"";
  for (const std::string& one :
       {"[1,\"task\"," + id + ",{}]", "[\"insert\",1," + id + ",{}]", "[\"insert\",\"task\"," + id + ",[]]",
        op("\"title\":[1,\"b\"]", "update"), op("\"title\":[\"a\",1]", "update")}) {
    INFO(one);
    CHECK_FALSE(damage(one).empty());
    CHECK_FALSE(decode_ops("[" + op("") + "," + one + "]").has_value());
  }
}

TEST_CASE("a voided mutation whose hash is none is voided all the same, and answers for no content") {
  const auto hash_of = [](const std::string& hash) {
    const auto r = request(request_with(",\"mutations\":[{\"n\":1,\"void\":\"refused\"" + hash + "}]"));
    REQUIRE(r.has_value());
    CHECK(r->mutations.at(0).voided == "refused");
    return r->mutations.at(0).voided_hash.data;
  };
  CHECK(hash_of(",\"hash\":\"0a0B\"") == "\x0a\x0b");
  for (const char* none :
       {"", ",\"hash\":null", ",\"hash\":7", ",\"hash\":\"0a0\"", ",\"hash\":\"zz\"", ",\"hash\":\"1g\""}) {
    INFO(none);
    CHECK(hash_of(none).empty());
  }
}

TEST_CASE("what is handed over is a list of mutations, with its owner's name where it has one") {
  const auto error_of = [](const std::string& body) {
    const auto decoded = decode_rescue(body);
    const auto* wrong = std::get_if<WireError>(&decoded);
    return wrong == nullptr ? "" : std::string(wrong->code);
  };
  for (const char* none :
       {"", "[]", "{}", "{\"mutations\":{}}", "{\"mutations\":[1]}", "{\"mutations\":[{}]}"}) {
    INFO(none);
    CHECK(error_of(none) == "bad_request");
  }
  std::string many = "{\"mutations\":[{\"n\":1}";
  for (std::size_t i = 0; i < kRescueMutationsMax; ++i) many += ",{}";
  CHECK(error_of(many + "]}") == "too_large");
  const auto decoded = decode_rescue("{\"staff_id\":\"" + std::string(kId) +
                                     "\",\"name\":\"laptop\",\"mutations\":[{\"n\":3}]}");
  const auto* rescue = std::get_if<Rescue>(&decoded);
  REQUIRE(rescue != nullptr);
  CHECK(rescue->staff_id == an_id());
  CHECK(rescue->name == "laptop");
  REQUIRE(rescue->mutations.size() == 1);
  CHECK(rescue->mutations[0].n == 3);
  CHECK_FALSE(rescue->mutations[0].damage.empty());
  // Kept as it came, behind another one.
  std::string kept;
  append_mutation(kept, rescue->mutations[0]);
  append_mutation(kept, rescue->mutations[0]);
  CHECK(kept == "{\"n\":3},{\"n\":3}");
}

TEST_CASE("an answer without one of its parts is none") {
  const std::string whole = answer_with("");
  CHECK(Answer::decode(whole).has_value());
  for (const char* part : {"epoch", "now", "lease_until", "cursor", "remaining"}) {
    INFO(part);
    std::string without = whole;
    without.replace(without.find("\"" + std::string(part) + "\""), 2, "\"x");
    CHECK_FALSE(Answer::decode(without).has_value());
  }
  for (const char* instant : {"2026-11-21T09:14:07.120Z", "2026-12-05T09:14:07Z"}) {
    std::string damaged = whole;
    damaged.replace(damaged.find(instant), 4, "then");
    CHECK_FALSE(Answer::decode(damaged).has_value());
  }
  for (const char* none : {"", "[]", "7", "{"}) CHECK_FALSE(Answer::decode(none).has_value());
  for (const char* outcome :
       {"{\"n\":1}", "{\"n\":1,\"status\":7}", "{\"status\":\"applied\"}", "{\"n\":0,\"status\":\"applied\"}",
        "{\"n\":9007199254740993,\"status\":\"applied\"}", "{\"n\":[1,\"2\"],\"status\":\"applied\"}"}) {
    INFO(outcome);
    CHECK_FALSE(Answer::decode(answer_with(",\"outcomes\":[" + std::string(outcome) + "]")).has_value());
  }
}

TEST_CASE(
    "rows, names and columns of a schema that is not ours are passed over, those beside them are read") {
  const std::string id = "\"" + std::string(kId) + "\"";
  const auto rows_of = [](const std::string& blocks) {
    const auto answer = Answer::decode(answer_with(",\"rows\":[" + blocks + "]"));
    REQUIRE(answer.has_value());
    return answer->rows.size();
  };
  const std::string good =
      "{\"table\":\"task\",\"columns\":[\"id\",\"of_later\",7],\"values\":[[" + id + ",1,2]]}";
  for (const char* none : {"7", "{}", "{\"table\":\"later\",\"columns\":[],\"values\":[]}",
                           "{\"table\":7,\"columns\":[],\"values\":[]}", "{\"table\":\"task\",\"values\":[]}",
                           "{\"table\":\"task\",\"columns\":[]}"}) {
    INFO(none);
    CHECK(rows_of(std::string(none) + "," + good) == 1);
  }
  const auto answer = Answer::decode(answer_with(",\"rows\":[" + good + "]"));
  CHECK(answer->row_count() == 1);
  std::size_t read = 0;
  CHECK(Answer::for_each_row(answer->rows.at(0), [&](const Row& row) {
    ++read;
    CHECK(row.front() == Value{an_id()});
    CHECK(std::all_of(row.begin() + 1, row.end(), [](const Value& v) { return is_null(v); }));
  }));
  CHECK(read == 1);
  const auto names_of = [&](const std::string& names) {
    const auto named =
        Answer::decode(answer_with(",\"drops\":[" + names + ",[\"task\",[" + id + ",7,\"x\"]]]"));
    REQUIRE(named.has_value());
    REQUIRE(named->drops.size() == 1);
    CHECK(named->carries());
    return named->drops[0].ids;
  };
  for (const char* none :
       {"7", "[]", "[\"task\"]", "[7,[]]", "[\"task\",7]", "[\"later\",[]]", "[\"task\",[],[]]"}) {
    INFO(none);
    CHECK(names_of(none) == std::vector<Id>{an_id()});
  }
}

TEST_CASE("a problem is told by its code, and what has none has none") {
  CHECK(problem_code("{\"code\":\"epoch\"}") == "epoch");
  for (const char* none : {"", "<html>", "[]", "{}", "{\"code\":7}"}) CHECK(problem_code(none).empty());
}

TEST_CASE("a value is of its column's kind, and of a kind that nobody knows there is none") {
  Value out;
  for (const auto& [text, type] :
       std::vector<std::pair<const char*, Type>>{{"7", Type::id},
                                                 {"\"x\"", Type::id},
                                                 {"7", Type::bytes},
                                                 {"\"abc\"", Type::bytes},
                                                 {"[]", Type::text},
                                                 {"\"7\"", Type::cents},
                                                 {"18446744073709551615", Type::integer},
                                                 {"7", static_cast<Type>(250)}}) {
    INFO(text);
    CHECK_FALSE(read_value(*parse_json(text), type, out));
  }
  CHECK(read_value(*parse_json("null"), Type::bytes, out));
  CHECK(is_null(out));
  CHECK(read_value(*parse_json("\"00ff\""), Type::bytes, out));
  CHECK(out == Value{Bytes{std::string("\x00\xff", 2)}});
}
