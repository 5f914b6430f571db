#include "server/erased_ids.h"

#include <algorithm>
#include <vector>

#include "host/digest.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

constexpr std::string_view kKeyName = "erased_key";
constexpr std::size_t kHashBytes = 16;

std::string key_in(sql::Connection& db) {
  const auto text = sql::get_meta(db, kKeyName);
  return text ? unhex(*text).value_or("") : std::string{};
}

std::string random_key(Random& random) {
  std::string key;
  for (int i = 0; i < 2; ++i) key += random.uuid().view();
  return key;
}

}  // namespace

Bytes ErasedIds::hash_of(std::string_view key, std::string_view kind, std::string_view content) const {
  const Digest digest = hmac_sha256(key, std::string(kind) + '\0' + std::string(content));
  return Bytes{std::string(bytes_of(digest).substr(0, kHashBytes))};
}

void ErasedIds::keep(std::string_view kind, std::string_view content, Ms until, Random& random) {
  std::string key = key_in(db_);
  if (key.empty()) {
    key = random_key(random);
    sql::set_meta(db_, kKeyName, hex(key));
  }
  if (sync::planted(sync::Defect::forget_erased_ids)) return;
  sql::run(db_,
           "INSERT INTO erased_id (hash, until_at) VALUES (?1, ?2) ON CONFLICT (hash) DO UPDATE SET until_at "
           "= excluded.until_at",
           hash_of(key, kind, content), until);
}

void ErasedIds::remember(const Id& id, Ms until, Random& random) { keep("id", id.view(), until, random); }

void ErasedIds::remember_reference(std::string_view kind, const std::string& reference, Ms until,
                                   Random& random) {
  keep(kind, reference, until, random);
}

std::int64_t ErasedIds::forget(Ms now) {
  return sql::run(db_, "DELETE FROM erased_id WHERE until_at < ?1", now);
}

std::optional<Ms> ErasedIds::remembered_until(std::string_view kind, std::string_view content) const {
  const std::string key = key_in(db_);
  if (key.empty()) return std::nullopt;
  return sql::number(db_, "SELECT until_at FROM erased_id WHERE hash = ?1", hash_of(key, kind, content));
}

bool ErasedIds::knows(const Id& id) const { return remembered_until("id", id.view()).has_value(); }

bool ErasedIds::knows_reference(std::string_view kind, const std::string& reference) const {
  return remembered_until(kind, reference).has_value();
}

namespace {

// The row of an operation, and what its values point to.
std::vector<Id> named_by(const sync::Op& op) {
  std::vector<Id> out{op.row};
  for (const sync::Change& change : op.changes)
    if (const Id* id = std::get_if<Id>(&change.after)) out.push_back(*id);
  return out;
}

}  // namespace

bool ErasedIds::touched_by(const sync::Mutation& mutation, std::set<Id>* hanging) const {
  if (empty()) return false;
  bool touches = false;
  for (const sync::Op& op : mutation.ops) {
    const std::vector<Id> named = named_by(op);
    if (std::none_of(named.begin(), named.end(), [&](const Id& id) {
          return (hanging != nullptr && hanging->contains(id)) || knows(id);
        }))
      continue;
    touches = true;
    if (hanging == nullptr) break;
    if (op.kind == sync::OpKind::insert) hanging->insert(op.row);
  }
  return touches;
}

void ErasedIds::remember_hanging(const sync::Mutation& mutation, Random& random) {
  for (const sync::Op& op : mutation.ops) {
    if (op.kind != sync::OpKind::insert) continue;
    std::optional<Ms> until;
    for (const Id& id : named_by(op))
      if (const auto known = remembered_until("id", id.view())) until = std::max(until.value_or(0), *known);
    if (until) remember(op.row, *until, random);
  }
}

bool ErasedIds::empty() const { return !sql::get_meta(db_, kKeyName); }

std::string reference_of_account(const Id& creditor, std::string_view ledger_ref) {
  return creditor.text() + " " + std::string(ledger_ref);
}

bool is_erased_account(sql::Connection& db, const Id& creditor, std::string_view ledger_ref) {
  return ErasedIds(db).knows_reference(kAccountReference, reference_of_account(creditor, ledger_ref));
}

}  // namespace relance::server
