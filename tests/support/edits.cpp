#include "tests/support/edits.h"

#include <algorithm>
#include <array>

#include "schema/ddl.h"
#include "schema/tables.h"
#include "sync/merge.h"

namespace relance::test {
namespace {

using schema::Column;
using schema::Table;
using schema::Type;

// Few values on purpose: edits that agree by accident are a case of their own.
constexpr std::array<std::string_view, 8> kTexts{
    "a", "b", "Société Générale d'Étain", "l'œuvre", "\"\\/\u2028", "日本", "x", "0"};
constexpr std::array<std::string_view, 5> kMembers{"a", "b", "vip", "visite", "zélé"};
constexpr std::array<std::string_view, 4> kDates{"2026-11-21", "2026-12-01", "2024-02-29", "2027-01-31"};

template <class Words>
std::string one_of(const Words& words, SeededRandom& random) {
  return std::string(words[random.below(words.size())]);
}

}  // namespace

int schema_of(sql::Connection& db) { return std::stoi(sql::get_meta(db, "schema").value_or("0")); }

std::optional<Id> Edits::pick(const Table& t, const std::optional<Id>& case_id) {
  if (!schema::is_on(t, side_) || t.since > version_) return std::nullopt;
  const bool within = case_id && schema::find_column(t, "case_id").has_value() && !chance(naughty);
  const std::string where = within ? " WHERE case_id = ?1" : "";
  std::vector<Id> ids;
  sql::Query q(db_, "SELECT id FROM " + std::string(t.name) + where + " ORDER BY id");
  if (within) q.bind(1, *case_id);
  while (q.next()) ids.push_back(q.id(0));
  if (ids.empty()) return std::nullopt;
  return ids[random_.below(ids.size())];
}

Value Edits::value(const Column& c, const std::optional<Id>& case_id) {
  if (!c.required && chance(20)) return Null{};
  if (chance(naughty) && (c.type == Type::word || c.type == Type::date)) return std::string("neither");
  switch (c.type) {
    case Type::id: {
      const Table* parent = c.references.empty() ? nullptr : schema::find_table(c.references);
      if (parent == nullptr) return Null{};
      if (chance(naughty)) return random_.row_id(clock_.now());  // a row that nobody made
      if (const auto id = pick(*parent, case_id)) return *id;
      return Null{};
    }
    case Type::text: return one_of(kTexts, random_).substr(0, static_cast<std::size_t>(c.text_max));
    case Type::word: return one_of(c.words, random_);
    case Type::set: {
      std::vector<std::string> members;
      for (const std::string_view one : kMembers)
        if (chance(40)) members.emplace_back(one);
      return sync::set_of(std::move(members));
    }
    case Type::flag: return std::int64_t{chance(50) ? 1 : 0};
    case Type::integer:
    case Type::cents: return static_cast<std::int64_t>(random_.below(4));
    case Type::date: return one_of(kDates, random_);
    case Type::instant: return clock_.now() - static_cast<Ms>(random_.below(1000));
    case Type::bytes: return Bytes{std::string(32, static_cast<char>(random_.below(256)))};
  }
  return Null{};
}

std::optional<sync::Op> Edits::insert() {
  std::vector<const Table*> tables;
  for (const Table& t : schema::business_tables())
    if (schema::is_on(t, side_) && t.name != "assignment" && t.name != "device" && t.name != "staff" &&
        (schema::may_write(role_, t.inserters) || chance(naughty)))
      tables.push_back(&t);
  if (tables.empty()) return std::nullopt;
  const Table& t = *tables[random_.below(tables.size())];
  sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = random_.row_id(clock_.now())};
  std::optional<Id> case_id;
  for (std::size_t i = schema::kStampColumns; i < t.columns.size(); ++i) {
    const Column& c = t.columns[i];
    const bool permitted = schema::may_write(role_, c.writers);
    const bool needed = c.required && c.initial.empty();
    if (c.since > version_) continue;
    if (!permitted && !chance(1)) continue;
    if (!needed && !chance(50)) continue;
    Value v = c.name == "number" ? Value{"N" + std::to_string(random_.below(100'000))} : value(c, case_id);
    if (is_null(v) && needed) return std::nullopt;  // no parent to hang it on
    if (c.name == "case_id")
      if (const Id* id = std::get_if<Id>(&v)) case_id = *id;
    op.changes.push_back({i, Null{}, std::move(v)});
  }
  return op;
}

std::optional<sync::Op> Edits::update() {
  std::vector<const Table*> tables;
  for (const Table& t : schema::business_tables()) {
    const bool writable = std::any_of(t.columns.begin(), t.columns.end(), [&](const Column& c) {
      return c.merge != schema::Merge::fixed && schema::may_write(role_, c.writers);
    });
    // Who holds what, and who is trusted, are moves of their own in a story; conflicts have resolution().
    const bool own_move =
        t.name == "assignment" || t.name == "device" || t.name == "staff" || t.name == "conflict";
    if (schema::is_on(t, side_) && !own_move && (writable || chance(naughty))) tables.push_back(&t);
  }
  if (tables.empty()) return std::nullopt;
  const Table& t = *tables[random_.below(tables.size())];
  const auto row = pick(t, std::nullopt);
  if (!row) return std::nullopt;
  sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = *row};
  std::optional<Id> case_id;
  if (schema::find_column(t, "case_id"))
    case_id = sql::id(db_, "SELECT case_id FROM " + std::string(t.name) + " WHERE id = ?1", *row);
  for (std::size_t i = schema::kStampColumns; i < t.columns.size(); ++i) {
    const Column& c = t.columns[i];
    if (!schema::is_on(t, c, side_) || c.since > version_ || c.name == "debtor_id")
      continue;  // a debtor's change is a move of its own
    const bool permitted = c.merge != schema::Merge::fixed && schema::may_write(role_, c.writers);
    if (permitted ? !chance(35) : !chance(1) || !chance(naughty * 5)) continue;
    Value v = value(c, case_id);
    if (is_null(v) && c.required) continue;
    // Rare, or most of a story would be refused: nobody works on a restricted case.
    if (c.name == "restricted" && !chance(20)) v = std::int64_t{0};
    op.changes.push_back({i, Null{}, std::move(v)});
  }
  if (op.changes.empty()) return std::nullopt;
  return op;
}

std::vector<sync::Op> Edits::some() {
  std::vector<sync::Op> out;
  const std::size_t wanted = 1 + random_.below(3);
  for (std::size_t tries = 0; tries < 8 && out.size() < wanted; ++tries)
    if (auto op = chance(55) ? update() : insert()) out.push_back(std::move(*op));
  return out;
}

std::vector<sync::Op> Edits::resolution() {
  const Table& conflict = schema::table("conflict");
  std::vector<Id> ids;
  {
    sql::Query q(db_, chance(80) ? "SELECT id FROM conflict WHERE state = 'open' ORDER BY id"
                                 : "SELECT id FROM conflict ORDER BY id");
    while (q.next()) ids.push_back(q.id(0));
  }
  if (ids.empty()) return {};
  const Id id = ids[random_.below(ids.size())];
  sql::Query q(db_, "SELECT table_name, row_id, unit FROM conflict WHERE id = ?1", id);
  if (!q.next()) return {};
  const Table* t = schema::find_table(q.view(0));
  const schema::Unit* unit = t == nullptr ? nullptr : schema::find_unit(*t, q.view(2));
  const Id row_id = q.id(1);
  if (unit == nullptr) return {};
  const auto row = served_row(db_, *t, row_id);
  if (!row) return {};
  sync::Op close{.kind = sync::OpKind::update, .table = &conflict, .row = id};
  close.changes.push_back({schema::column(conflict, "state"), Null{}, std::string("closed")});
  close.changes.push_back(
      {schema::column(conflict, "resolution"), Null{}, std::string(chance(50) ? "current" : "proposed")});
  sync::Op choice{.kind = sync::OpKind::update, .table = t, .row = row_id};
  const bool keeps = chance(40);
  for (const std::size_t c : unit->columns) {
    if (t->columns[c].since > version_) continue;
    Value v = keeps ? (*row)[c] : value(t->columns[c], std::nullopt);
    if (is_null(v) && t->columns[c].required) v = (*row)[c];
    choice.changes.push_back({c, (*row)[c], std::move(v)});
  }
  if (chance(20)) return {choice, close};
  return {close, choice};
}

std::optional<Row> served_row(sql::Connection& db, const Table& t, const Id& id) {
  const int version = schema_of(db);
  std::string names;
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    if (!schema::is_served(t.columns[i], version)) continue;
    names += (names.empty() ? "" : ", ") + std::string(t.columns[i].name);
    columns.push_back(i);
  }
  sql::Query q(db, "SELECT " + names + " FROM " + std::string(t.name) + " WHERE id = ?1", id);
  if (!q.next()) return std::nullopt;
  Row row(t.columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i]] = q.value(static_cast<int>(i));
  return row;
}

}  // namespace relance::test
