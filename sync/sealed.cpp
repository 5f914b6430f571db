#include "sync/sealed.h"

#include "schema/instant.h"
#include "sync/json.h"

namespace relance::sync {
namespace {

constexpr std::string_view kKeyOpening = "relance data key 1 ";
constexpr std::size_t kDataKeyBytes = 32;

}  // namespace

std::string sealed_key_text(const Id& device, std::string_view data_key) {
  return std::string(kKeyOpening) + device.text() + "\n" + std::string(data_key);
}

std::optional<std::string_view> data_key_in(std::string_view text, const Id& device) {
  const std::string opening = std::string(kKeyOpening) + device.text() + "\n";
  if (!text.starts_with(opening) || text.size() != opening.size() + kDataKeyBytes) return std::nullopt;
  return text.substr(opening.size());
}

std::string_view name_of(Gone why) { return why == Gone::expired ? "expired" : "wiped"; }

std::string last_statement(const Id& device, Gone why, Ms at, std::string_view rescue_body) {
  std::string out = "{\"device\":";
  append_json(out, device);
  out += ",\"why\":";
  append_json(out, name_of(why));
  out += ",\"at\":";
  append_json(out, std::string_view(instant_text(at)));
  out += ",";
  return out + std::string(rescue_body.substr(1));
}

std::string SignedStatement::text() const {
  std::string out = "{\"statement\":";
  append_json(out, std::string_view(statement));
  out += ",\"certificate\":";
  append_json(out, std::string_view(certificate_pem));
  out += ",\"signature\":";
  append_json(out, Value{Bytes{signature}});
  return out + "}";
}

std::optional<SignedStatement> SignedStatement::parse(std::string_view text) {
  const auto parsed = parse_json(text);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  if (from == nullptr) return std::nullopt;
  const auto statement = text_member(*from, "statement"), certificate = text_member(*from, "certificate");
  const boost::json::value* raw = member(*from, "signature");
  Value signature;
  if (!statement || !certificate || raw == nullptr || !read_value(*raw, schema::Type::bytes, signature))
    return std::nullopt;
  const Bytes* bytes = std::get_if<Bytes>(&signature);
  if (bytes == nullptr) return std::nullopt;
  return SignedStatement{std::string(*statement), std::string(*certificate), bytes->data};
}

std::optional<StatementHead> head_of_statement(std::string_view statement) {
  const auto parsed = parse_json(statement);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto device = from == nullptr ? std::nullopt : id_member(*from, "device");
  const auto why = from == nullptr ? std::nullopt : text_member(*from, "why");
  if (!device || !why) return std::nullopt;
  for (const Gone one : {Gone::expired, Gone::wiped})
    if (*why == name_of(one)) return StatementHead{*device, one};
  return std::nullopt;
}

}  // namespace relance::sync
