#include "sync/codec.h"

#include <algorithm>

#include "schema/instant.h"
#include "schema/version.h"
#include "sync/audit_codec.h"
#include "sync/limits.h"

namespace relance::sync {
namespace {

namespace json = boost::json;

constexpr std::size_t kUnknownColumn = static_cast<std::size_t>(-1);

bool read_change(const schema::Table& table, OpKind kind, const json::object::value_type& from, Change& out) {
  const auto column = schema::find_column(table, std::string_view(from.key().data(), from.key().size()));
  if (!column) return false;
  out.column = *column;
  const schema::Type type = table.columns[*column].type;
  if (kind == OpKind::insert) return read_value(from.value(), type, out.after);
  const json::array* pair = from.value().if_array();
  return pair != nullptr && pair->size() == 2 && read_value((*pair)[0], type, out.before) &&
         read_value((*pair)[1], type, out.after);
}

/// Empty when the operation was read, else why not.
std::string_view read_op(const json::value& from, Op& out) {
  const json::array* parts = from.if_array();
  if (parts == nullptr || parts->size() != 4) return "an operation is not [kind, table, id, columns]";
  const json::string* kind = (*parts)[0].if_string();
  const json::string* table = (*parts)[1].if_string();
  const auto row = read_id((*parts)[2]);
  const json::object* columns = (*parts)[3].if_object();
  if (kind == nullptr || table == nullptr || !row || columns == nullptr) return "an operation is damaged";
  if (*kind == "insert")
    out.kind = OpKind::insert;
  else if (*kind == "update")
    out.kind = OpKind::update;
  else
    return "an operation is neither insert nor update";
  out.table = schema::find_table(std::string_view(table->data(), table->size()));
  if (out.table == nullptr) return "an operation names an unknown table";
  out.row = *row;
  for (const auto& one : *columns) {
    Change change;
    if (!read_change(*out.table, out.kind, one, change))
      return "a column is unknown or its value of another kind";
    if (out.find(change.column) != nullptr) return "a column is named twice";
    out.changes.push_back(std::move(change));
  }
  return {};
}

std::optional<Seen> read_seen(const json::object& from) {
  const json::array* pair = array_member(from, "seen");
  if (pair == nullptr || pair->size() != 2) return std::nullopt;
  const auto epoch = read_id((*pair)[0]);
  Value cursor;
  if (!epoch || !read_value((*pair)[1], schema::Type::integer, cursor) || is_null(cursor))
    return std::nullopt;
  return Seen{*epoch, std::get<std::int64_t>(cursor)};
}

void append_names(std::string& out, const char* name, std::string_view elements) {
  out += ",\"";
  out += name;
  out += "\":[";
  out += elements;
  out += ']';
}

void append_outcome(std::string& out, const Outcome& outcome) {
  out += "{\"n\":";
  append_json(out, outcome.n);
  out += ",\"status\":";
  append_json(out, name_of(outcome.status));
  if (!outcome.reason.empty()) {
    out += ",\"reason\":";
    append_json(out, std::string_view(outcome.reason));
  }
  if (!outcome.conflicts.empty()) {
    out += ",\"conflicts\":[";
    for (std::size_t i = 0; i < outcome.conflicts.size(); ++i) {
      if (i > 0) out += ',';
      append_json(out, outcome.conflicts[i]);
    }
    out += ']';
  }
  out += '}';
}

// A thousand applied edits in a row are one range: {"n":[120,1119],"status":"applied"}.
bool extends(const Outcome& last, const Outcome& next) {
  return next.n == last.n + 1 && next.status == last.status && next.reason == last.reason &&
         next.conflicts.empty() && last.conflicts.empty();
}

void append_outcomes(std::string& out, const std::vector<Outcome>& outcomes) {
  std::size_t i = 0;
  while (i < outcomes.size()) {
    std::size_t end = i + 1;
    while (end < outcomes.size() && extends(outcomes[end - 1], outcomes[end])) ++end;
    if (i > 0) out += ',';
    if (end - i == 1) {
      append_outcome(out, outcomes[i]);
    } else {
      out += "{\"n\":[";
      append_json(out, outcomes[i].n);
      out += ',';
      append_json(out, outcomes[end - 1].n);
      out += "],\"status\":";
      append_json(out, name_of(outcomes[i].status));
      if (!outcomes[i].reason.empty()) {
        out += ",\"reason\":";
        append_json(out, std::string_view(outcomes[i].reason));
      }
      out += '}';
    }
    i = end;
  }
}

/// A number that counts something: `fallback` where it is absent; false where it is none that a device could have come
/// to. Arithmetic on the others would overflow.
bool read_count(const json::object& from, std::string_view name, std::int64_t fallback, std::int64_t& out) {
  out = member(from, name) == nullptr ? fallback : integer_member(from, name).value_or(-1);
  return out >= 0 && out <= kNumberMax;
}

/// Empty when all were read, else the place of the error. One without operations counts as one: a body of bare numbers
/// would otherwise be millions of mutations.
std::optional<WireError> read_mutations(const json::array& from, std::size_t ops_max, std::size_t count_max,
                                        std::vector<Mutation>& out) {
  if (from.size() > count_max) return WireError{"too_large", "mutations"};
  std::size_t ops = 0;
  for (const json::value& one : from) {
    const json::object* mutation = one.if_object();
    std::int64_t n = 0;
    if (mutation == nullptr || !read_count(*mutation, "n", 0, n) || n == 0)
      return WireError{"bad_request", "mutations"};
    out.push_back(decode_mutation(*mutation));
    ops += std::max<std::size_t>(out.back().ops.size(), 1);
    if (ops > ops_max) return WireError{"too_large", "operations"};
  }
  return std::nullopt;
}

/// False when damaged.
bool read_outcome(const json::object& from, std::vector<Outcome>& out) {
  const auto name = text_member(from, "status");
  const auto status = name ? parse_status(*name) : std::nullopt;
  if (!status) return false;
  Outcome outcome{.n = 0, .status = *status, .reason = std::string(text_member(from, "reason").value_or(""))};
  if (const json::array* conflicts = array_member(from, "conflicts"))
    for (const json::value& one : *conflicts) {
      const auto id = read_id(one);
      if (!id) return false;
      outcome.conflicts.push_back(*id);
    }
  if (const auto n = integer_member(from, "n")) {
    outcome.n = *n;
    if (*n < 1 || *n > kNumberMax || out.size() >= kRequestOpsMax) return false;
    out.push_back(std::move(outcome));
    return true;
  }
  const json::array* range = array_member(from, "n");
  if (range == nullptr || range->size() != 2 || !(*range)[0].is_int64() || !(*range)[1].is_int64())
    return false;
  const std::int64_t first = (*range)[0].get_int64();
  const std::int64_t last = (*range)[1].get_int64();
  // No more outcomes than a request can have mutations: many ranges would be as much memory as somebody likes.
  if (first < 1 || last < first || last > kNumberMax ||
      last - first >= static_cast<std::int64_t>(kRequestOpsMax - out.size()))
    return false;
  for (outcome.n = first; outcome.n <= last; ++outcome.n) out.push_back(outcome);
  return true;
}

}  // namespace

std::variant<Request, WireError> decode_request(std::string_view body) {
  json::monotonic_resource memory;
  const auto parsed = parse_json(body, &memory);
  const json::object* from = parsed ? parsed->if_object() : nullptr;
  if (from == nullptr)
    return WireError{"bad_request", "the body is not a JSON object (depth 16 at most, no fractions)"};
  Request out;
  const auto protocol = integer_member(*from, "protocol");
  if (!protocol) return WireError{"bad_request", "protocol"};
  if (*protocol != kProtocol) return WireError{"upgrade_required", "protocol " + std::to_string(*protocol)};
  out.protocol = kProtocol;
  const auto version = integer_member(*from, "schema");
  if (!version) return WireError{"bad_request", "schema"};
  // An older one than is served comes through: its edits are taken in before it is told to upgrade.
  if (*version > schema::kVersion || *version < 1)
    return WireError{"upgrade_required", "schema " + std::to_string(*version)};
  out.schema = static_cast<int>(*version);
  const auto epoch = id_member(*from, "epoch");
  const json::object* cursor = object_member(*from, "cursor");
  if (!epoch || cursor == nullptr) return WireError{"bad_request", !epoch ? "epoch" : "cursor"};
  out.epoch = *epoch;
  out.resume = id_member(*from, "resume");
  out.nonce = id_member(*from, "nonce");
  std::int64_t bootstrap = 0;
  if (!read_count(*cursor, "agent", 0, out.cursor.agent) ||
      !read_count(*cursor, "common", 0, out.cursor.common))
    return WireError{"bad_request", "cursor"};
  if (!read_count(*from, "bootstrap", 0, bootstrap) || !read_count(*from, "acked", 0, out.acked) ||
      !read_count(*from, "oldest_kept", 1, out.oldest_kept) || !read_count(*from, "pending", 0, out.pending))
    return WireError{"bad_request", "bootstrap, acked, oldest_kept or pending"};
  if (member(*from, "bootstrap") != nullptr) out.bootstrap = bootstrap;
  out.whole = integer_member(*from, "whole").value_or(0) != 0;
  out.two_machines = integer_member(*from, "two_machines").value_or(0) != 0;
  if (const json::array* mutations = array_member(*from, "mutations"))
    if (auto error = read_mutations(*mutations, kRequestOpsMax, kRequestOpsMax, out.mutations)) return *error;
  out.receipts = read_receipts(*from);
  out.audit = read_audit_demand(*from);
  out.reads = read_reads(*from);
  return out;
}

std::variant<Rescue, WireError> decode_rescue(std::string_view body) {
  json::monotonic_resource memory;
  const auto parsed = parse_json(body, &memory);
  const json::object* from = parsed ? parsed->if_object() : nullptr;
  const json::array* mutations = from == nullptr ? nullptr : array_member(*from, "mutations");
  if (mutations == nullptr) return WireError{"bad_request", "mutations"};
  Rescue out{.staff_id = id_member(*from, "staff_id"),
             .name = std::string(text_member(*from, "name").value_or("")),
             .mutations = {},
             .receipts = read_receipts(*from)};
  if (auto error = read_mutations(*mutations, SIZE_MAX, kRescueMutationsMax, out.mutations)) return *error;
  return out;
}

Mutation decode_mutation(const json::object& from) {
  Mutation out;
  out.n = integer_member(from, "n").value_or(0);
  if (const auto voided = text_member(from, "void")) {
    out.voided = *voided;
    Value hash;
    const json::value* raw = member(from, "hash");
    if (raw != nullptr && read_value(*raw, schema::Type::bytes, hash))
      if (const auto* bytes = std::get_if<Bytes>(&hash)) out.voided_hash = *bytes;
    return out;
  }
  const auto at = text_member(from, "at");
  const auto when = at ? parse_instant(*at) : std::nullopt;
  const auto seen = read_seen(from);
  const json::array* ops = array_member(from, "ops");
  out.intent = text_member(from, "intent").value_or("");
  const auto damaged = [&](std::string_view why) {
    out.damage = why;
    out.raw = json::serialize(from);
    out.ops.clear();  // half an edit is none
    return std::move(out);
  };
  if (!when || !seen || ops == nullptr) return damaged("at, seen or ops is missing or damaged");
  out.at = *when;
  out.seen = *seen;
  out.ops.reserve(ops->size());
  for (const json::value& one : *ops) {
    Op op;
    if (const std::string_view why = read_op(one, op); !why.empty()) return damaged(why);
    out.ops.push_back(std::move(op));
  }
  return out;
}

std::string encode_ops(std::span<const Op> ops) {
  std::string out = "[";
  for (const Op& op : ops) {
    out += out.size() > 1 ? ",[" : "[";
    out += op.kind == OpKind::insert ? "\"insert\",\"" : "\"update\",\"";
    out += op.table->name;
    out += "\",";
    append_json(out, op.row);
    out += ",{";
    bool first = true;
    for (const Change& change : op.changes) {
      out += first ? "\"" : ",\"";
      first = false;
      out += op.table->columns[change.column].name;
      out += "\":";
      if (op.kind == OpKind::update) {
        out += '[';
        append_json(out, change.before);
        out += ',';
        append_json(out, change.after);
        out += ']';
      } else {
        append_json(out, change.after);
      }
    }
    out += "}]";
  }
  return out + "]";
}

std::optional<std::vector<Op>> decode_ops(std::string_view text) {
  const auto parsed = parse_json(text);
  const json::array* array = parsed ? parsed->if_array() : nullptr;
  if (array == nullptr) return std::nullopt;
  std::vector<Op> out(array->size());
  for (std::size_t i = 0; i < array->size(); ++i)
    if (!read_op((*array)[i], out[i]).empty()) return std::nullopt;
  return out;
}

void append_mutation(std::string& out, const Mutation& m, std::string_view ops_json) {
  out += out.empty() ? "{\"n\":" : ",{\"n\":";
  append_json(out, m.n);
  if (!m.voided.empty()) {
    out += ",\"void\":";
    append_json(out, std::string_view(m.voided));
    out += ",\"hash\":";
    append_json(out, Value{m.voided_hash});
    out += '}';
    return;
  }
  out += ",\"at\":";
  append_json(out, std::string_view(instant_text(m.at)));
  out += ",\"seen\":[";
  append_json(out, m.seen.epoch);
  out += ',';
  append_json(out, m.seen.cursor);
  out += "],\"intent\":";
  append_json(out, std::string_view(m.intent));
  out += ",\"ops\":";
  out += ops_json;
  out += '}';
}

void append_mutation(std::string& out, const Mutation& m) {
  if (m.damage.empty()) return append_mutation(out, m, encode_ops(m.ops));
  if (!out.empty()) out += ',';
  out += m.raw;
}

std::string encode_request(const Request& r, std::string_view mutations_json) {
  std::string out = "{\"protocol\":";
  append_json(out, std::int64_t{r.protocol});
  out += ",\"schema\":";
  append_json(out, std::int64_t{r.schema});
  out += ",\"epoch\":";
  append_json(out, r.epoch);
  const auto add_id = [&](const char* name, const std::optional<Id>& id) {
    if (!id) return;
    out += name;
    append_json(out, *id);
  };
  const auto add_number = [&](const char* name, std::int64_t n) {
    out += name;
    append_json(out, n);
  };
  add_id(",\"resume\":", r.resume);
  add_id(",\"nonce\":", r.nonce);
  add_number(",\"cursor\":{\"agent\":", r.cursor.agent);
  add_number(",\"common\":", r.cursor.common);
  out += '}';
  if (r.bootstrap) add_number(",\"bootstrap\":", *r.bootstrap);
  add_number(",\"acked\":", r.acked);
  add_number(",\"oldest_kept\":", r.oldest_kept);
  if (r.whole) out += ",\"whole\":1";
  if (r.pending > 0) add_number(",\"pending\":", r.pending);
  if (r.two_machines) out += ",\"two_machines\":1";
  append_audit(out, r.audit);
  append_reads(out, r.reads);
  if (!mutations_json.empty()) append_names(out, "mutations", mutations_json);
  if (!r.receipts.empty()) {
    std::string receipts;
    for (const ErasureReceipt& receipt : r.receipts) append_receipt(receipts, receipt);
    append_names(out, "receipts", receipts);
  }
  out += '}';
  return out;
}

std::string encode_answer(const AnswerHead& h, std::string_view rows, std::string_view confirmed,
                          std::string_view drops) {
  std::string out;
  out.reserve(rows.size() + confirmed.size() + drops.size() + 512 + h.outcomes.size() * 40);
  out += '{';
  if (!h.erasures.empty()) {
    std::string orders;
    for (const ErasureOrder& order : h.erasures) append_order(orders, order);
    out += "\"erasures\":[" + orders + "],";
  }
  out += "\"epoch\":";
  append_json(out, h.epoch);
  if (h.resume) {
    out += ",\"resume\":";
    append_json(out, *h.resume);
  }
  out += ",\"now\":";
  append_json(out, std::string_view(instant_text(h.now)));
  out += ",\"lease_until\":";
  append_json(out, std::string_view(instant_text(h.lease_until)));
  out += ",\"durable_through\":";
  append_json(out, h.durable_through);
  if (h.expected) {
    out += ",\"expected\":";
    append_json(out, *h.expected);
  }
  if (h.head > 0) {
    out += ",\"head\":";
    append_json(out, h.head);
  }
  if (!h.outcomes.empty()) {
    out += ",\"outcomes\":[";
    append_outcomes(out, h.outcomes);
    out += ']';
  }
  if (!rows.empty()) append_names(out, "rows", rows);
  if (!confirmed.empty()) append_names(out, "confirmed", confirmed);
  if (!drops.empty()) append_names(out, "drops", drops);
  out += ",\"cursor\":{\"agent\":";
  append_json(out, h.cursor.agent);
  out += ",\"common\":";
  append_json(out, h.cursor.common);
  out += "},\"remaining\":";
  append_json(out, h.remaining);
  if (h.audit) append_audit(out, *h.audit);
  if (h.reads_through > 0) {
    out += ",\"reads_through\":";
    append_json(out, h.reads_through);
  }
  out += '}';
  return out;
}

std::vector<RowBlock> read_row_blocks(const json::array& from) {
  std::vector<RowBlock> out;
  for (const json::value& one : from) {
    const json::object* block = one.if_object();
    if (block == nullptr) continue;
    const auto name = text_member(*block, "table");
    const json::array* columns = array_member(*block, "columns");
    const json::array* values = array_member(*block, "values");
    const schema::Table* table = name ? schema::find_table(*name) : nullptr;
    if (table == nullptr || columns == nullptr || values == nullptr) continue;  // of a newer schema: not ours
    RowBlock& added = out.emplace_back(RowBlock{table, {}, values});
    for (const json::value& column : *columns) {
      const json::string* text = column.if_string();
      const auto index = text == nullptr
                             ? std::nullopt
                             : schema::find_column(*table, std::string_view(text->data(), text->size()));
      added.columns.push_back(index.value_or(kUnknownColumn));
    }
  }
  return out;
}

std::vector<RowNames> read_row_names(const json::array& from) {
  std::vector<RowNames> out;
  for (const json::value& one : from) {
    const json::array* pair = one.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_array()) continue;
    const json::string& name = (*pair)[0].get_string();
    const schema::Table* table = schema::find_table(std::string_view(name.data(), name.size()));
    if (table == nullptr) continue;
    RowNames& added = out.emplace_back(RowNames{table, {}});
    for (const json::value& id : (*pair)[1].get_array())
      if (const auto read = read_id(id)) added.ids.push_back(*read);
  }
  return out;
}

std::optional<Answer> Answer::decode(std::string_view body) {
  Answer out;
  out.memory_ = std::make_unique<json::monotonic_resource>(body.size() * 2 + 4096);
  auto parsed = parse_json(body, out.memory_.get());
  if (!parsed || !parsed->is_object()) return std::nullopt;
  out.document_ = std::make_unique<json::value>(std::move(*parsed));
  const json::object& from = out.document_->get_object();
  const auto epoch = id_member(from, "epoch");
  const auto now = text_member(from, "now");
  const auto lease = text_member(from, "lease_until");
  const json::object* cursor = object_member(from, "cursor");
  const auto remaining = integer_member(from, "remaining");
  if (!epoch || !now || !lease || cursor == nullptr || !remaining) return std::nullopt;
  const auto now_ms = parse_instant(*now);
  const auto lease_ms = parse_instant(*lease);
  if (!now_ms || !lease_ms) return std::nullopt;
  out.head = AnswerHead{
      .epoch = *epoch,
      .resume = id_member(from, "resume"),
      .now = *now_ms,
      .lease_until = *lease_ms,
      .durable_through = integer_member(from, "durable_through").value_or(0),
      .expected = integer_member(from, "expected"),
      .head = integer_member(from, "head").value_or(0),
      .cursor = {integer_member(*cursor, "agent").value_or(0), integer_member(*cursor, "common").value_or(0)},
      .remaining = *remaining};
  out.head.erasures = read_orders(from);
  out.head.audit = read_audit_word(from, *epoch);
  out.head.reads_through = integer_member(from, "reads_through").value_or(0);
  if (const json::array* outcomes = array_member(from, "outcomes"))
    for (const json::value& one : *outcomes)
      if (!one.is_object() || !read_outcome(one.get_object(), out.head.outcomes)) return std::nullopt;
  if (const json::array* rows = array_member(from, "rows")) out.rows = read_row_blocks(*rows);
  if (const json::array* confirmed = array_member(from, "confirmed"))
    out.confirmed = read_row_names(*confirmed);
  if (const json::array* drops = array_member(from, "drops")) out.drops = read_row_names(*drops);
  return out;
}

bool Answer::carries() const {
  return !head.erasures.empty() || !head.outcomes.empty() || !rows.empty() || !confirmed.empty() ||
         !drops.empty();
}

std::size_t Answer::row_count() const {
  std::size_t count = 0;
  for (const RowBlock& block : rows) count += block.values->size();
  return count;
}

bool Answer::for_each_row(const RowBlock& block, const std::function<void(const Row&)>& take) {
  Row row(block.table->columns.size());
  for (const json::value& one : *block.values) {
    const json::array* values = one.if_array();
    if (values == nullptr || values->size() != block.columns.size()) return false;
    for (std::size_t i = 0; i < block.columns.size(); ++i) {
      const std::size_t column = block.columns[i];
      if (column == kUnknownColumn) continue;
      if (!read_value((*values)[i], block.table->columns[column].type, row[column])) return false;
    }
    if (!std::holds_alternative<Id>(row.front())) return false;
    take(row);
  }
  return true;
}

std::string problem_code(std::string_view body) {
  const auto parsed = parse_json(body);
  const json::object* from = parsed ? parsed->if_object() : nullptr;
  return from == nullptr ? "" : std::string(text_member(*from, "code").value_or(""));
}

}  // namespace relance::sync
