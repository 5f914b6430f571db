#include "server/sync_service.h"

#include <algorithm>

#include <map>

#include "host/digest.h"
#include "host/failure.h"
#include "schema/instant.h"
#include "schema/version.h"
#include "server/enrolment.h"
#include "server/erasure.h"
#include "server/feed.h"
#include "server/protection.h"
#include "server/recovery.h"
#include "sync/limits.h"
#include "sync/planted.h"
#include "sync/verify.h"

namespace relance::server {
namespace {

Code wire_code(std::string_view name) {
  if (name == "too_large") return Code::too_large;
  if (name == "upgrade_required") return Code::upgrade_required;
  return Code::bad_request;
}

std::string erasures_member(const std::vector<sync::ErasureOrder>& orders) {
  std::string out;
  for (const sync::ErasureOrder& order : orders) sync::append_order(out, order);
  return out.empty() ? out : ",\"erasures\":[" + out + "]";
}

/// What a device in this state is told instead of an answer; nothing when it is served. Orders to erase reach it
/// all the same.
std::optional<ServiceAnswer> not_served(sql::Connection& db, const Device& device) {
  if (device.is_active()) return std::nullopt;
  if (device.is_told_to_wipe()) return problem(Code::wiped, {}, ",\"wipe\":true");
  return problem(Code::suspended, {}, erasures_member(orders_due(db, device.id, sync::kErasuresMax)));
}

// An office that was put back may have sent this device anything: before it hands over what it keeps, it erases.
ServiceAnswer never_heard_of(sql::Connection& db) {
  return problem(Code::unauthorised, "The server does not know this device; enrol it again.",
                 was_put_back(db) ? erasures_member(newest_orders(db, sync::kErasuresMax)) : std::string());
}

// Which of the two is the older one, the device sees by our version.
ServiceAnswer too_far_apart(std::string_view where) {
  return problem(Code::upgrade_required, where, ",\"schema\":" + std::to_string(schema::kVersion));
}

// Whether a row of this agent's replica, and of the file's own case, names it: a hash alone opens nothing.
bool follows_file(sql::Connection& db, const Id& staff_id, const Id& case_id, const std::string& hash) {
  for (const std::string_view name : {"letter", "document"}) {
    const schema::Table& table = schema::table(name);
    if (sql::number(db,
                    "SELECT 1 FROM " + std::string(name) +
                        " r JOIN feed_entry f ON f.row_id = r.id WHERE r.case_id = ?1 AND r.file_hash = ?2"
                        " AND f.feed_id = ?3 AND f.table_no = ?4 AND f.gone = 0",
                    case_id, hash, staff_id, table.number))
      return true;
  }
  return false;
}

std::string state_json(const Device& device, const DeviceState& state, const Id& epoch,
                       std::string_view last_hash) {
  std::string out = "{\"epoch\":";
  sync::append_json(out, epoch);
  out += ",\"state\":";
  sync::append_json(out, std::string_view(device.state));
  out += ",\"last_n\":";
  sync::append_json(out, state.last_n);
  out += ",\"last_hash\":";
  sync::append_json(out, std::string_view(hex(last_hash)));
  out += ",\"durable_through\":";
  sync::append_json(out, state.durable_n);
  out += ",\"lease_until\":";
  sync::append_json(out, std::string_view(instant_text(state.lease_until)));
  return out + "}";
}

}  // namespace

ServiceAnswer problem(Code code, std::string_view detail, std::string_view extra) {
  const CodeFacts& facts = facts_of(code);
  ServiceAnswer out{.status = facts.http_status, .body = "{\"type\":\"about:blank\",\"title\":"};
  sync::append_json(out.body, facts.sentence);
  out.body += ",\"status\":";
  sync::append_json(out.body, std::int64_t{facts.http_status});
  out.body += ",\"code\":";
  sync::append_json(out.body, facts.name);
  if (!detail.empty()) {
    out.body += ",\"detail\":";
    sync::append_json(out.body, detail);
  }
  out.body += extra;
  out.body += '}';
  if (code == Code::overload) out.retry_after_s = 5;
  return out;
}

ServiceAnswer unknown_device() {
  return problem(Code::unauthorised, "The server does not know this device; enrol it again.");
}

ServiceAnswer SyncService::sync(const Id& device_id, std::string_view body) {
  auto decoded = sync::decode_request(body);
  if (const auto* error = std::get_if<sync::WireError>(&decoded)) {
    const Code code = wire_code(error->code);
    return code == Code::upgrade_required ? too_far_apart(error->where) : problem(code, error->where);
  }
  const auto& request = std::get<sync::Request>(decoded);
  std::optional<Device> device;  // whose request is to be taken in
  ServiceAnswer answer;
  readers_.read([&](sql::Connection& db) {
    const sql::Transaction snapshot(db, sql::Access::read);
    const auto asks = find_device(db, device_id);
    const auto refused = asks ? not_served(db, *asks) : std::optional<ServiceAnswer>(never_heard_of(db));
    const auto known = refused ? refused : answer_without_commit(db, *asks, request);
    if (known)
      answer = *known;
    else
      device = asks;
  });
  return device ? take_and_answer(*device, request) : answer;
}

// A refusal, or the answer where neither side has anything to say: then nothing is written. Nothing where the request
// has to be taken in.
std::optional<ServiceAnswer> SyncService::answer_without_commit(sql::Connection& db, const Device& device,
                                                                const sync::Request& request) const {
  const auto epoch = Id::parse(sql::get_meta(db, "epoch").value_or(""));
  const auto state = load_state(db, device.id);
  if (!epoch || !state) return unknown_device();
  if (request.epoch != *epoch && !sync::planted(sync::Defect::skip_epoch_check)) {
    std::string extra = ",\"epoch\":";
    sync::append_json(extra, *epoch);
    return problem(Code::epoch, {}, extra);
  }
  if (is_too_old(request))
    return request.mutations.empty() ? std::optional<ServiceAnswer>(too_far_apart("schema")) : std::nullopt;
  const std::int64_t forgotten = pruned_below(db, device.staff_id);
  const std::int64_t knows =
      request.bootstrap ? (*request.bootstrap == 0 ? forgotten : *request.bootstrap) : request.cursor.agent;
  if (knows < forgotten) return problem(Code::bootstrap_required);
  const Ms now = clock_.now();
  const bool must_commit = request.bootstrap || changes_anything(*state, request, now) ||
                           feed_head(db, device.staff_id) > request.cursor.agent ||
                           feed_head(db, kCommonFeed) > request.cursor.common;
  if (must_commit) return std::nullopt;
  const sync::AnswerHead idle{.epoch = *epoch,
                              .resume = std::nullopt,
                              .now = now,
                              .lease_until = state->lease_until,
                              .durable_through = state->durable_n,
                              .expected = std::nullopt,
                              .head = 0,
                              .cursor = request.cursor};
  return ServiceAnswer{.status = 200, .body = sync::encode_answer(idle, {}, {}, {})};
}

bool SyncService::is_too_old(const sync::Request& request) const {
  return request.schema < oldest_version_.value_or(schema::kOldestServed);
}

ServiceAnswer SyncService::take_and_answer(const Device& device, const sync::Request& request) {
  std::variant<Intake::Taken, Intake::Refused> result;
  std::int64_t last_n_before = 0;
  bool still_served = true;
  committer_.commit([&](Ledger& ledger) {
    // Between the first look and the write lock the office may have suspended the device.
    const auto now_known = find_device(ledger.db(), device.id);
    still_served = now_known && now_known->is_active();
    if (!still_served) return;
    last_n_before = load_state(ledger.db(), device.id)->last_n;
    result = Intake(ledger).take(device, request);
    if (signer_) signer_->keep_when_due(ledger);
  });
  if (!still_served) return problem(Code::suspended);
  if (const auto* refused = std::get_if<Intake::Refused>(&result)) {
    std::string extra;
    if (refused->nonce) {
      extra = ",\"nonce\":";
      sync::append_json(extra, *refused->nonce);
    }
    return problem(refused->code, {}, extra);
  }
  auto& taken = std::get<Intake::Taken>(result);
  // Two versions behind: its edits are here now, and their outcomes wait until it can read them.
  if (is_too_old(request)) return too_far_apart("schema");
  for (;;) {
    sync::AnswerHead head;
    FeedPage page;
    std::vector<Id> newly_held;
    readers_.read([&](sql::Connection& db) {
      const sql::Transaction snapshot(db, sql::Access::read);
      const auto state = load_state(db, device.id);
      head = {.epoch = request.epoch,
              .resume = taken.offered,
              .now = clock_.now(),
              .lease_until = state->lease_until,
              .durable_through = state->durable_n,
              .expected = taken.expected,
              .head = 0};
      if (request.bootstrap)
        head.head = *request.bootstrap > 0 ? *request.bootstrap : feed_head(db, device.staff_id);
      page = read_page(
          db, {.staff_id = device.staff_id,
               .device_id = device.id,
               .after = request.cursor,
               .schema = request.schema,
               .may_confirm = (!request.bootstrap || sync::planted(sync::Defect::confirm_in_bootstrap)) &&
                              request.acked >= last_n_before,
               .bytes_max = page_bytes_});
      head.cursor = page.cursor;
      head.remaining = page.remaining;
      if (state->orders_due > 0) head.erasures = orders_due(db, device.id, sync::kErasuresMax);
      if (!page.empty())
        newly_held = cases_to_note(db, device.staff_id, device.id, request.cursor.agent,
                                   request.bootstrap.has_value());
      head.reads_through = taken.reads_through;
      if (signer_) head.audit = signer_->word_for(db, request.audit, head.now);
      if (head.audit) head.audit->heard = taken.findings_heard;
    });
    // Rows that came between the commit and the snapshot: an answer that carries something offers a token.
    if (!page.empty() && !taken.offered) {
      committer_.commit([&](Ledger& ledger) { taken.offered = Intake(ledger).offer_token(device.id); });
      continue;
    }
    // Before the rows leave: whoever is told to erase them one day is known from here on.
    if (!newly_held.empty())
      committer_.commit(
          [&](Ledger& ledger) { note_holdings(ledger.db(), device.id, newly_held, ledger.now()); });
    head.outcomes = std::move(taken.outcomes);
    return {.status = 200, .body = sync::encode_answer(head, page.rows, page.confirmed, page.drops)};
  }
}

ServiceAnswer SyncService::device(const Id& device_id) {
  ServiceAnswer out = unknown_device();
  readers_.read([&](sql::Connection& db) {
    const sql::Transaction snapshot(db, sql::Access::read);
    const auto device = find_device(db, device_id);
    const auto state = load_state(db, device_id);
    const auto epoch = Id::parse(sql::get_meta(db, "epoch").value_or(""));
    if (!device || !state || !epoch) return;
    const auto hash = sql::text(db, "SELECT hash FROM mutation_log WHERE device_id = ?1 AND n = ?2",
                                device_id, state->last_n);
    out = {.status = 200, .body = state_json(*device, *state, *epoch, hash.value_or(""))};
  });
  return out;
}

ServiceAnswer SyncService::verify(const Id& device_id, std::string_view body) {
  const auto claim = sync::decode_verify_request(body);
  if (!claim) return problem(Code::bad_request, "the body is not 256 bucket hashes");
  ServiceAnswer out = unknown_device();
  readers_.read([&](sql::Connection& db) {
    const sql::Transaction snapshot(db, sql::Access::read);
    const auto device = find_device(db, device_id);
    if (!device) return;
    if (const auto refused = not_served(db, *device)) {
      out = *refused;
      return;
    }
    const auto epoch = Id::parse(sql::get_meta(db, "epoch").value_or(""));
    const sync::Cursor head{feed_head(db, device->staff_id), feed_head(db, kCommonFeed)};
    // Two states can only be compared when they are of one moment. What was erased here moves no feed: a device that
    // has not carried out its orders is behind, too.
    if (epoch != claim->epoch || !(claim->cursor == head) || !orders_due(db, device_id, 1).empty()) {
      out = problem(Code::busy, "the replica is behind: sync first");
      return;
    }
    sync::Buckets mine;
    std::vector<std::pair<int, Id>> held;
    for (const Id& feed : {kCommonFeed, device->staff_id}) {
      sql::Query entries(db, "SELECT table_no, row_id FROM feed_entry WHERE feed_id = ?1 AND gone = 0", feed);
      while (entries.next()) {
        const schema::Table* table = schema::find_table(static_cast<int>(entries.integer(0)));
        const bool is_known = table != nullptr && table->since <= claim->schema;
        const auto row = is_known ? load_row(db, *table, entries.id(1)) : std::nullopt;
        if (!row) continue;
        const Digest digest = sha256(sync::canonical_bytes(*table, *row, claim->schema));
        mine.add(entries.id(1), bytes_of(digest));
        held.emplace_back(table->number, entries.id(1));
      }
    }
    const std::vector<int> differing = mine.differing(claim->buckets);
    std::map<int, std::pair<std::unique_ptr<RowJson>, std::string>> tables;
    for (const auto& [number, id] : held) {
      if (!std::binary_search(differing.begin(), differing.end(), sync::bucket_of(id))) continue;
      auto& [json, rows] = tables[number];
      if (json == nullptr) json = std::make_unique<RowJson>(db, *schema::find_table(number), claim->schema);
      if (!rows.empty()) rows += ',';
      json->append(rows, id);
    }
    std::string blocks;
    for (const auto& [number, table] : tables)
      blocks += (blocks.empty() ? "" : ",") + table.first->opening() + table.second + "]}";
    out = {.status = 200, .body = sync::encode_verify_answer(differing, blocks)};
  });
  return out;
}

ServiceAnswer SyncService::file(const Id& device_id, std::string_view body) {
  const auto parsed = sync::parse_json(body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto wanted = from == nullptr ? std::nullopt : sync::text_member(*from, "hash");
  const auto raw = wanted ? unhex(*wanted) : std::nullopt;
  if (!raw || raw->size() != Digest{}.size()) return problem(Code::bad_request, "hash");
  ServiceAnswer out = unknown_device();
  readers_.read([&](sql::Connection& db) {
    const sql::Transaction snapshot(db, sql::Access::read);
    const auto device = find_device(db, device_id);
    if (!device) return;
    out = not_served(db, *device).value_or(problem(Code::not_found));
    if (!device->is_active()) return;
    sql::Query q(db, "SELECT case_id, length(content), content FROM stored_file WHERE hash = ?1",
                 Bytes{*raw});
    while (q.next()) {
      if (is_restricted(db, q.id(0)) || !follows_file(db, device->staff_id, q.id(0), hex(*raw))) continue;
      const bool fits = q.integer(1) <= static_cast<std::int64_t>(sync::kFileBytesMax);
      out = fits ? ServiceAnswer{.status = 200, .body = "{\"content\":\"" + hex(q.view(2)) + "\"}"}
                 : problem(Code::too_large);
      return;
    }
  });
  return out;
}

ServiceAnswer SyncService::rescue(const Id& device_id, std::string_view body) {
  const auto decoded = sync::decode_rescue(body);
  if (const auto* error = std::get_if<sync::WireError>(&decoded))
    return problem(wire_code(error->code), error->where);
  const auto& rescue = std::get<sync::Rescue>(decoded);
  std::optional<Device> device;
  readers_.read([&](sql::Connection& db) { device = find_device(db, device_id); });
  if (device && device->is_active())
    return problem(Code::refused, "this device is in order: it syncs instead");
  // Its certificate is ours, but a restored database has never heard of it: it names its owner, is entered as
  // rescued, and waits with its edits until the office confirms it.
  if (!device && !rescue.staff_id) return unknown_device();
  std::vector<sync::Outcome> outcomes;
  committer_.commit([&](Ledger& ledger) {
    if (!device) {
      enter_device(ledger, device_id, *rescue.staff_id, rescue.name, "rescued");
      order_everything(ledger.db(), device_id);
    }
    for (const sync::ErasureReceipt& receipt : rescue.receipts)
      static_cast<void>(take_receipt(ledger, device_id, receipt));
    outcomes = Intake(ledger).quarantine(*find_device(ledger.db(), device_id), rescue.mutations);
  });
  std::string out = "{\"quarantined\":[";
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (i > 0) out += ',';
    sync::append_json(out, outcomes[i].n);
  }
  return {.status = 200, .body = out + "]}"};
}

ServiceAnswer SyncService::wiped(const Id& device_id) {
  std::optional<Device> device;
  readers_.read([&](sql::Connection& db) { device = find_device(db, device_id); });
  if (!device) return unknown_device();
  // A suspended device that says so would hide from the office that its replica still exists.
  if (!device->is_told_to_wipe()) return problem(Code::refused, "this device was not told to wipe itself");
  committer_.commit([&](Ledger& ledger) {
    const schema::Table& t = schema::table("device");
    const Author own{.staff_id = device->staff_id, .role = schema::office};
    sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = device->id};
    op.changes.push_back({schema::column(t, "state"), device->state, std::string("wiped")});
    static_cast<void>(ledger.apply_office(own, "device.wiped", {op}));
    note_wiped(ledger.db(), device->id);
    forget_sealed_key(ledger, device->id);
  });
  return {.status = 200, .body = "{}"};
}

ServiceAnswer SyncService::time() const {
  std::string body = "{\"now\":";
  sync::append_json(body, std::string_view(instant_text(clock_.now())));
  return {.status = 200, .body = body + "}"};
}

}  // namespace relance::server
