#include "sync/json.h"

#include <algorithm>
#include <charconv>

#include "schema/lookup.h"
#include "sync/limits.h"

namespace relance::sync {
namespace {

namespace json = boost::json;

constexpr char kHex[] = "0123456789abcdef";

// `1e999` parses to Infinity and is written back as something that is no JSON: no doubles, at any depth.
bool holds_double(const json::value& v) {
  switch (v.kind()) {
    case json::kind::double_: return true;
    case json::kind::array:
      for (const json::value& one : v.get_array())
        if (holds_double(one)) return true;
      return false;
    case json::kind::object:
      for (const auto& one : v.get_object())
        if (holds_double(one.value())) return true;
      return false;
    default: return false;
  }
}

std::optional<std::string> read_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

std::optional<std::int64_t> read_integer(const json::value& v) {
  if (const auto* n = v.if_int64()) return *n;
  return std::nullopt;  // the parser makes a number unsigned only where it is more than we can hold
}

// Over it a text is not taken apart. 64 MiB of "0," would be 32 million values: half a GiB and more.
constexpr std::size_t kJsonValuesMax = 8'000'000;

// Each value but the first stands behind one of these; those inside texts count too, which only errs to the safe side
// of a bound that is far above any honest text. Short texts cannot hold that many.
std::size_t values_at_most(std::string_view text) {
  if (text.size() < kJsonValuesMax) return 1;
  const auto opens_one = [](char c) { return c == ',' || c == ':' || c == '[' || c == '{'; };
  return 1 + static_cast<std::size_t>(std::count_if(text.begin(), text.end(), opens_one));
}

}  // namespace

void append_json(std::string& out, std::int64_t number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  static_cast<void>(error);
  out.append(digits, end);
}

void append_json(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void append_json(std::string& out, const Id& id) {
  char text[38];
  text[0] = '"';
  id.write_text(text + 1);
  text[37] = '"';
  out.append(text, sizeof text);
}

void append_json(std::string& out, const Value& value) {
  struct Writer {
    std::string& out;
    void operator()(const Null&) const { out += "null"; }
    void operator()(std::int64_t n) const { append_json(out, n); }
    void operator()(const std::string& text) const { append_json(out, std::string_view(text)); }
    void operator()(const Id& id) const { append_json(out, id); }
    void operator()(const Bytes& bytes) const {
      out += '"';
      for (const char c : bytes.data) {
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
      }
      out += '"';
    }
  };
  std::visit(Writer{out}, value);
}

std::optional<json::value> parse_json(std::string_view text, json::storage_ptr memory) {
  if (values_at_most(text) > kJsonValuesMax) return std::nullopt;
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  json::error_code error;
  json::value parsed =
      json::parse(json::string_view(text.data(), text.size()), error, std::move(memory), options);
  if (error || holds_double(parsed)) return std::nullopt;
  return parsed;
}

const json::value* member(const json::object& from, std::string_view name) {
  return from.if_contains(json::string_view(name.data(), name.size()));
}

std::optional<std::int64_t> integer_member(const json::object& from, std::string_view name) {
  const json::value* v = member(from, name);
  return v == nullptr ? std::nullopt : read_integer(*v);
}

std::optional<std::string_view> text_member(const json::object& from, std::string_view name) {
  const json::value* v = member(from, name);
  if (v == nullptr || !v->is_string()) return std::nullopt;
  const json::string& text = v->get_string();
  return std::string_view(text.data(), text.size());
}

std::optional<Id> id_member(const json::object& from, std::string_view name) {
  const json::value* v = member(from, name);
  return v == nullptr ? std::nullopt : read_id(*v);
}

const json::array* array_member(const json::object& from, std::string_view name) {
  const json::value* v = member(from, name);
  return v == nullptr ? nullptr : v->if_array();
}

const json::object* object_member(const json::object& from, std::string_view name) {
  const json::value* v = member(from, name);
  return v == nullptr ? nullptr : v->if_object();
}

std::optional<Id> read_id(const json::value& from) {
  const json::string* text = from.if_string();
  if (text == nullptr) return std::nullopt;
  return Id::parse(std::string_view(text->data(), text->size()));
}

bool read_value(const json::value& from, schema::Type type, Value& out) {
  if (from.is_null()) {
    out = Null{};
    return true;
  }
  switch (type) {
    case schema::Type::integer:
    case schema::Type::flag:
    case schema::Type::cents:
    case schema::Type::instant: {
      const auto n = read_integer(from);
      if (n) out = *n;
      return n.has_value();
    }
    case schema::Type::id: {
      const auto id = read_id(from);
      if (id) out = *id;
      return id.has_value();
    }
    case schema::Type::bytes: {
      const json::string* text = from.if_string();
      if (text == nullptr) return false;
      auto raw = read_hex(std::string_view(text->data(), text->size()));
      if (raw) out = Bytes{std::move(*raw)};
      return raw.has_value();
    }
    case schema::Type::text:
    case schema::Type::word:
    case schema::Type::set:
    case schema::Type::date: {
      const json::string* text = from.if_string();
      if (text == nullptr) return false;
      if (auto* kept = std::get_if<std::string>(&out))
        kept->assign(text->data(), text->size());
      else
        out = std::string(text->data(), text->size());
      return true;
    }
  }
  return false;
}

}  // namespace relance::sync
