// The values that a column can hold, and the identity of a row. Everything that stores, sends or merges
// data speaks in these five kinds; money is integer cents, instants are integer milliseconds UTC, civil
// dates are ISO text ("2026-11-21"). There is no floating point on purpose.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace relance {

/// Milliseconds since 1970-01-01T00:00:00Z.
using Ms = std::int64_t;

/// A 128-bit identity: of a row (UUIDv7, made by whoever inserts it), a device, a feed, an epoch.
/// Stored as 16 bytes, written as the usual 36-character text.
struct Id {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Id&, const Id&) = default;

  [[nodiscard]] bool is_null() const { return *this == Id{}; }

  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// Writes exactly 36 characters at `out`; no terminator.
  void write_text(char* out) const;

  [[nodiscard]] std::string text() const;

  /// Reads the 36-character form, either case; nothing else is an id.
  [[nodiscard]] static std::optional<Id> parse(std::string_view text);

  /// Reads 16 stored bytes; another length is not an id.
  [[nodiscard]] static std::optional<Id> from_bytes(std::string_view raw);
};

/// A UUID version 7 (RFC 9562): 48 bits of `now`, then the 10 bytes of `random`.
/// Ids of one moment lie together in the tables' trees; the random part makes them unique.
[[nodiscard]] Id make_row_id(Ms now, const std::array<std::uint8_t, 10>& random);

/// Bytes that are not text: hashes, wrapped keys, kept requests.
struct Bytes {
  std::string data;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

struct Null {
  friend auto operator<=>(const Null&, const Null&) = default;
};

using Value = std::variant<Null, std::int64_t, std::string, Id, Bytes>;

/// One row: its values in the declared order of the table's columns.
using Row = std::vector<Value>;

[[nodiscard]] inline bool is_null(const Value& v) { return std::holds_alternative<Null>(v); }

}  // namespace relance

template <>
struct std::hash<relance::Id> {
  std::size_t operator()(const relance::Id& id) const noexcept {
    std::uint64_t tail = 0;  // the last 8 bytes are random: already a hash
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return static_cast<std::size_t>(tail);
  }
};
