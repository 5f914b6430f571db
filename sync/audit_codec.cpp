#include "sync/audit_codec.h"

#include <algorithm>

#include "schema/lookup.h"
#include "sync/json.h"
#include "sync/limits.h"

namespace relance::sync {
namespace {

namespace json = boost::json;

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kActionBytesMax = 40;

void append_bytes(std::string& out, const std::string& bytes) { append_json(out, Value{Bytes{bytes}}); }

void append_number(std::string& out, const char* name, std::int64_t n) {
  out += name;
  append_json(out, n);
}

/// The bytes of a hexadecimal text; empty when it is none or of another size.
std::string read_bytes(const json::value* from, std::size_t size) {
  Value value;
  if (from == nullptr || !read_value(*from, schema::Type::bytes, value)) return {};
  const auto* bytes = std::get_if<Bytes>(&value);
  return bytes != nullptr && bytes->data.size() == size ? bytes->data : std::string{};
}

std::int64_t read_count(const json::object& from, std::string_view name) {
  const std::int64_t n = integer_member(from, name).value_or(0);
  return n >= 0 && n <= kNumberMax ? n : 0;
}

/// A number of an array; 0 where it is none that counts.
std::int64_t read_count(const json::value& from) {
  return from.is_int64() && from.get_int64() > 0 && from.get_int64() <= kNumberMax ? from.get_int64() : 0;
}

void append_place(std::string& out, const AuditHead& head) {
  append_json(out, head.epoch);
  append_number(out, ",", head.seq);
  out += ',';
  append_bytes(out, head.hash);
}

std::optional<AuditHead> read_place(const json::array& from) {
  const auto epoch = from.size() >= 3 ? read_id(from[0]) : std::nullopt;
  if (!epoch) return std::nullopt;
  AuditHead out{.epoch = *epoch,
                .seq = read_count(from[1]),
                .hash = read_bytes(&from[2], kHashBytes),
                .signed_at = 0,
                .signature = {}};
  if (out.seq == 0 || out.hash.empty()) return std::nullopt;
  return out;
}

void append_finding(std::string& out, const AuditFinding& finding) {
  out += "{\"epoch\":";
  append_json(out, finding.head.epoch);
  append_number(out, ",\"seq\":", finding.head.seq);
  out += ",\"hash\":";
  append_bytes(out, finding.head.hash);
  append_number(out, ",\"signed_at\":", finding.head.signed_at);
  out += ",\"signature\":";
  append_bytes(out, finding.head.signature);
  out += ",\"state\":";
  append_json(out, std::string_view(finding.state));
  if (finding.answered) {
    out += ",\"answered\":";
    append_bytes(out, *finding.answered);
  }
  append_number(out, ",\"found_at\":", finding.found_at);
  out += '}';
}

std::optional<AuditFinding> read_finding(const json::value& from) {
  const json::object* object = from.if_object();
  if (object == nullptr) return std::nullopt;
  const auto epoch = id_member(*object, "epoch");
  const auto state = text_member(*object, "state");
  AuditFinding out{.head = {.epoch = epoch.value_or(Id{}),
                            .seq = read_count(*object, "seq"),
                            .hash = read_bytes(member(*object, "hash"), kHashBytes),
                            .signed_at = read_count(*object, "signed_at"),
                            .signature = read_bytes(member(*object, "signature"), kSignatureBytes)},
                   .state = std::string(state.value_or("")),
                   .answered = {},
                   .found_at = read_count(*object, "found_at")};
  if (std::string there = read_bytes(member(*object, "answered"), kHashBytes); !there.empty())
    out.answered = std::move(there);
  const bool is_known = out.state == "lost" || out.state == "rewritten" || out.state == "other_key" ||
                        out.state == "unanswered";
  if (!epoch || !is_known || out.head.seq == 0 || out.head.hash.empty() || out.head.signature.empty())
    return std::nullopt;
  return out;
}

template <class Read>
void read_each(const json::object& from, std::string_view name, std::size_t count_max, Read read) {
  const json::array* all = array_member(from, name);
  for (std::size_t i = 0; all != nullptr && i < std::min(all->size(), count_max); ++i) read((*all)[i]);
}

}  // namespace

void append_audit(std::string& out, const AuditDemand& demand) {
  if (demand.heads.empty() && demand.findings.empty()) return;
  out += ",\"audit\":{\"heads\":[";
  for (std::size_t i = 0; i < demand.heads.size(); ++i) {
    out += i == 0 ? "[" : ",[";
    append_place(out, demand.heads[i]);
    out += ']';
  }
  out += ']';
  if (demand.whole) out += ",\"whole\":1";
  for (std::size_t i = 0; i < demand.findings.size(); ++i) {
    out += i == 0 ? ",\"found\":[" : ",";
    append_finding(out, demand.findings[i]);
  }
  out += demand.findings.empty() ? "}" : "]}";
}

AuditDemand read_audit_demand(const json::object& request) {
  AuditDemand out;
  const json::object* from = object_member(request, "audit");
  if (from == nullptr) return out;
  out.whole = integer_member(*from, "whole").value_or(0) != 0;
  read_each(*from, "heads", kAuditHeadsMax, [&](const json::value& one) {
    const json::array* parts = one.if_array();
    if (auto head = parts == nullptr ? std::nullopt : read_place(*parts))
      out.heads.push_back(std::move(*head));
  });
  read_each(*from, "found", kAuditFindingsMax, [&](const json::value& one) {
    if (auto finding = read_finding(one)) out.findings.push_back(std::move(*finding));
  });
  return out;
}

void append_reads(std::string& out, const std::vector<CaseRead>& reads) {
  for (std::size_t i = 0; i < reads.size(); ++i) {
    append_number(out, i == 0 ? ",\"reads\":[[" : ",[", reads[i].n);
    out += ',';
    append_json(out, reads[i].case_id ? Value{*reads[i].case_id} : Value{Null{}});
    append_number(out, ",", reads[i].at);
    out += ',';
    append_json(out, std::string_view(reads[i].action));
    out += ']';
  }
  if (!reads.empty()) out += ']';
}

std::vector<CaseRead> read_reads(const json::object& request) {
  std::vector<CaseRead> out;
  read_each(request, "reads", kReadsMax, [&](const json::value& one) {
    const json::array* parts = one.if_array();
    if (parts == nullptr || parts->size() != 4) return;
    CaseRead read{.n = read_count((*parts)[0]), .at = read_count((*parts)[2])};
    const json::string* action = (*parts)[3].if_string();
    const bool is_all = (*parts)[1].is_null();
    if (!is_all) read.case_id = read_id((*parts)[1]);
    const bool is_whole = read.n > 0 && read.at > 0 && (is_all || read.case_id) && action != nullptr &&
                          !action->empty() && action->size() <= kActionBytesMax;
    if (!is_whole) return;
    read.action.assign(action->data(), action->size());
    if (schema::is_utf8(read.action)) out.push_back(std::move(read));
  });
  return out;
}

void append_audit(std::string& out, const AuditWord& word) {
  append_number(out, ",\"audit\":{\"seq\":", word.head.seq);
  out += ",\"hash\":";
  append_bytes(out, word.head.hash);
  append_number(out, ",\"signed_at\":", word.head.signed_at);
  out += ",\"signature\":";
  append_bytes(out, word.head.signature);
  out += ",\"key\":";
  append_bytes(out, word.key);
  for (std::size_t i = 0; i < word.places.size(); ++i) {
    out += i == 0 ? ",\"places\":[[" : ",[";
    append_place(out, word.places[i].asked);
    out += ',';
    append_json(out, word.places[i].there ? Value{Bytes{*word.places[i].there}} : Value{Null{}});
    out += ']';
  }
  if (!word.places.empty()) out += ']';
  for (std::size_t i = 0; i < word.epochs.size(); ++i) {
    out += i == 0 ? ",\"epochs\":[[" : ",[";
    append_json(out, word.epochs[i].epoch);
    append_number(out, ",", word.epochs[i].first);
    out += ']';
  }
  if (!word.epochs.empty()) out += ']';
  if (word.whole) out += ",\"whole\":1";
  if (word.heard > 0) append_number(out, ",\"heard\":", word.heard);
  out += '}';
}

std::optional<AuditWord> read_audit_word(const json::object& answer, const Id& epoch) {
  const json::object* from = object_member(answer, "audit");
  if (from == nullptr) return std::nullopt;
  AuditWord out{.head = {.epoch = epoch,
                         .seq = read_count(*from, "seq"),
                         .hash = read_bytes(member(*from, "hash"), kHashBytes),
                         .signed_at = read_count(*from, "signed_at"),
                         .signature = read_bytes(member(*from, "signature"), kSignatureBytes)},
                .key = read_bytes(member(*from, "key"), kHashBytes),
                .places = {},
                .epochs = {},
                .whole = integer_member(*from, "whole").value_or(0) != 0,
                .heard = read_count(*from, "heard")};
  if (out.head.seq == 0 || out.head.hash.empty() || out.head.signature.empty() || out.key.empty())
    return std::nullopt;
  read_each(*from, "places", kAuditHeadsMax, [&](const json::value& one) {
    const json::array* parts = one.if_array();
    auto asked = parts != nullptr && parts->size() == 4 ? read_place(*parts) : std::nullopt;
    if (!asked) return;
    const std::string there = read_bytes(&(*parts)[3], kHashBytes);
    out.places.push_back({std::move(*asked), there.empty() ? std::nullopt : std::optional(there)});
  });
  read_each(*from, "epochs", static_cast<std::size_t>(-1), [&](const json::value& one) {
    const json::array* pair = one.if_array();
    const auto id = pair != nullptr && pair->size() == 2 ? read_id((*pair)[0]) : std::nullopt;
    if (id) out.epochs.push_back({*id, read_count((*pair)[1])});
  });
  return out;
}

}  // namespace relance::sync
