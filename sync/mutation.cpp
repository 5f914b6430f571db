#include "sync/mutation.h"

#include <cstring>

namespace relance::sync {
namespace {

void append_u64(std::string& out, std::uint64_t n) {
  char raw[8];
  for (int i = 0; i < 8; ++i) raw[i] = static_cast<char>(n >> (8 * (7 - i)));
  out.append(raw, sizeof raw);
}

void append_sized(std::string& out, char kind, std::string_view content) {
  out += kind;
  append_u64(out, content.size());
  out += content;
}

std::uint64_t read_u64(std::string_view bytes) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < 8; ++i) n = (n << 8) | static_cast<unsigned char>(bytes[i]);
  return n;
}

/// Takes one value off the front of `bytes`; false when they are damaged.
bool take_value(std::string_view& bytes, Value& out) {
  if (bytes.empty()) return false;
  const char kind = bytes.front();
  bytes.remove_prefix(1);
  if (kind == 'n') {
    out = Null{};
    return true;
  }
  if (bytes.size() < 8) return false;
  const std::uint64_t size = read_u64(bytes);
  bytes.remove_prefix(8);
  if (kind == 'i') {
    out = static_cast<std::int64_t>(size);
    return true;
  }
  if (size > bytes.size()) return false;
  const std::string_view content = bytes.substr(0, size);
  bytes.remove_prefix(size);
  if (kind == 't') {
    out = std::string(content);
    return true;
  }
  if (kind == 'b') {
    out = Bytes{std::string(content)};
    return true;
  }
  if (kind != 'u') return false;
  const auto id = Id::from_bytes(content);
  if (!id) return false;
  out = *id;
  return true;
}

constexpr std::string_view kStatusNames[] = {"applied", "merged",      "conflict", "refused",
                                             "erased",  "quarantined", "duplicate"};

}  // namespace

const Change* Op::find(std::size_t column) const {
  for (const Change& change : changes)
    if (change.column == column) return &change;
  return nullptr;
}

const Change* Op::find(std::string_view column) const {
  const auto index = schema::find_column(*table, column);
  return index ? find(*index) : nullptr;
}

void append_canonical(std::string& out, const Value& value) {
  struct Writer {
    std::string& out;
    void operator()(const Null&) const { out += 'n'; }
    void operator()(std::int64_t n) const {
      out += 'i';
      append_u64(out, static_cast<std::uint64_t>(n));
    }
    void operator()(const std::string& text) const { append_sized(out, 't', text); }
    void operator()(const Id& id) const { append_sized(out, 'u', id.view()); }
    void operator()(const Bytes& bytes) const { append_sized(out, 'b', bytes.data); }
  };
  std::visit(Writer{out}, value);
}

std::string canonical_bytes(const Mutation& m) {
  std::string out;
  append_u64(out, static_cast<std::uint64_t>(m.n));
  if (!m.damage.empty()) return out + "damaged";
  append_u64(out, static_cast<std::uint64_t>(m.at));
  out += m.seen.epoch.view();
  append_u64(out, static_cast<std::uint64_t>(m.seen.cursor));
  append_sized(out, 't', m.intent);
  for (const Op& op : m.ops) {
    out += op.kind == OpKind::insert ? 'I' : 'U';
    append_sized(out, 't', op.table->name);
    out += op.row.view();
    append_u64(out, op.changes.size());
    for (const Change& change : op.changes) {
      append_sized(out, 't', op.table->columns[change.column].name);
      if (op.kind == OpKind::update) append_canonical(out, change.before);
      append_canonical(out, change.after);
    }
  }
  return out;
}

std::string canonical_bytes(const schema::Table& table, const Row& row, int version) {
  std::string out;
  append_sized(out, 't', table.name);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const schema::Column& column = table.columns[i];
    if (!column.served || column.since > version) continue;
    out += static_cast<char>('A' + static_cast<int>(column.type));
    append_canonical(out, row[i]);
  }
  return out;
}

std::string write_canonical_row(const Row& row) {
  std::string out;
  for (const Value& value : row) append_canonical(out, value);
  return out;
}

std::optional<Row> read_canonical_row(std::string_view bytes, std::size_t columns) {
  Row row(columns);
  for (Value& value : row)
    if (!take_value(bytes, value)) return std::nullopt;
  if (!bytes.empty()) return std::nullopt;
  return row;
}

std::string_view name_of(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::optional<Status> parse_status(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kStatusNames); ++i)
    if (kStatusNames[i] == name) return static_cast<Status>(i);
  return std::nullopt;
}

}  // namespace relance::sync
