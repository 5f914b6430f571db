// JSON by hand where it is hot (writing rows) and by Boost.JSON where it is read. The reader is tolerant
// (unknown members are passed over) and strict (no doubles anywhere, ids well-formed, UTF-8 valid).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "schema/types.h"
#include "schema/value.h"

namespace relance::sync {

void append_json(std::string& out, std::int64_t number);
void append_json(std::string& out, std::string_view text);  // quoted and escaped
void append_json(std::string& out, const Id& id);           // quoted 36-character text
void append_json(std::string& out, const Value& value);     // bytes as hex text

/// Parses with the protocol's depth limit. Nothing when it is not JSON, or holds a double.
[[nodiscard]] std::optional<boost::json::value> parse_json(std::string_view text,
                                                           boost::json::storage_ptr memory = {});

/// Members of an object by name; null when absent or of another kind.
[[nodiscard]] const boost::json::value* member(const boost::json::object& from, std::string_view name);
[[nodiscard]] std::optional<std::int64_t> integer_member(const boost::json::object& from,
                                                         std::string_view name);
[[nodiscard]] std::optional<std::string_view> text_member(const boost::json::object& from,
                                                          std::string_view name);
[[nodiscard]] std::optional<Id> id_member(const boost::json::object& from, std::string_view name);
[[nodiscard]] const boost::json::array* array_member(const boost::json::object& from, std::string_view name);
[[nodiscard]] const boost::json::object* object_member(const boost::json::object& from,
                                                       std::string_view name);

[[nodiscard]] std::optional<Id> read_id(const boost::json::value& from);

/// Reads a column's value into `out`, reusing its memory. False when the JSON is of another kind than the column.
[[nodiscard]] bool read_value(const boost::json::value& from, schema::Type type, Value& out);

}  // namespace relance::sync
