#include "client/office_seal.h"

#include <boost/json.hpp>

#include "client/https_transport.h"
#include "client/keys.h"
#include "host/compress.h"
#include "host/digest.h"
#include "host/openssl.h"
#include "host/sealing.h"
#include "sync/json.h"

namespace relance::client {
namespace {

constexpr std::size_t kSmallFileMax = 64 * 1024;
constexpr std::size_t kLastWordBytesMax = 64 * 1024 * 1024;  // as much as a request may hold
constexpr std::string_view kOpening = "unsent-";
constexpr std::string_view kSealedIn = "key_sealed";  // the epoch in which the key was handed over

std::filesystem::path note_of(const Home& home, const Id& device) {
  return home.file(std::string(kOpening) + device.text() + ".json");
}
std::filesystem::path sealed_beside(const std::filesystem::path& note) {
  return std::filesystem::path(note).replace_extension(".cms");
}

std::string certificate_in(const WireAnswer& answer) {
  const auto parsed = sync::parse_json(answer.body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto pem = from == nullptr ? std::nullopt : sync::text_member(*from, "certificate");
  if (!pem) throw Failure(Code::protocol, std::string(facts_of(Code::protocol).sentence));
  return std::string(*pem);
}

// Nobody but the office may open what is sealed: the certificate is its CA's, and made for this.
void require_office_seal(const Home& home, const std::string& certificate) {
  if (is_issued_by(home.ca_pem(), certificate) && facts_of_certificate(certificate).uri_san == kSealingUri)
    return;
  throw Failure(
      Code::certificate,
      "The office's sealing certificate is not one of its own; nothing was sealed. Tell the office.");
}

Secret delivery_key(const Home& home, const Secret& data_key) {
  const auto path = home.file("delivery.key");
  if (std::filesystem::exists(path)) return open_device_key(data_key, read_file(path, kSmallFileMax));
  Secret key = make_key_and_request().key_pem;
  write_file_durably(path, seal_device_key(data_key, key), 0600);
  return key;
}

}  // namespace

void seal_key_to_office(const Home& home, const Secret& data_key, OpenReplica& open, Transport& office) {
  const Identity who = open.replica.identity();
  if (sql::get_meta(*open.db, kSealedIn) == who.epoch.text() && can_seal_last_word(home)) return;
  const WireAnswer offered = office.exchange({"/v1/seal", {}});
  if (offered.status == 404) return;
  if (offered.status != 200) throw failure_of(offered);
  const std::string certificate = certificate_in(offered);
  require_office_seal(home, certificate);
  write_file_durably(home.file("seal.crt"), certificate, 0600);
  const Secret delivery = delivery_key(home, data_key);
  Secret text = Secret::take(sync::sealed_key_text(who.device_id, data_key.view()));
  const boost::json::object body{{"sealed_key", hex(seal_to(certificate, text.view()))},
                                 {"csr", make_csr(*key_from_pem(delivery.view()))}};
  const WireAnswer taken = office.exchange({"/v1/seal", boost::json::serialize(body)});
  if (taken.status != 200) throw failure_of(taken);
  write_file_durably(home.file("delivery.crt"), certificate_in(taken), 0600);
  sql::Transaction transaction(*open.db, sql::Access::write);
  sql::set_meta(*open.db, kSealedIn, who.epoch.text());
  transaction.commit();
}

bool can_seal_last_word(const Home& home) {
  for (const char* name : {"seal.crt", "delivery.key", "delivery.crt"})
    if (!std::filesystem::exists(home.file(name))) return false;
  return true;
}

// The note first, what it delivers last: a note alone is nothing, and is written anew.
void seal_last_word(const Home& home, const Secret& data_key, const OpenReplica& open, sync::Gone why,
                    std::int64_t unsent) {
  const Id device = open.replica.identity().device_id;
  sync::SignedStatement said{
      .statement = last_statement(device, why, open.replica.corrected_now(), open.replica.rescue_body()),
      .certificate_pem = home.certificate_pem(),
      .signature = {}};
  said.signature = sign_text(home.device_key(data_key), said.statement);
  std::string small = compress(said.text());
  const std::string sealed = seal_to(read_file(home.file("seal.crt"), kSmallFileMax), small);
  for (std::string* clear : {&said.statement, &small}) wipe(*clear);
  const boost::json::object note{{"server", home.server().text()},
                                 {"ca", home.ca_pem()},
                                 {"certificate", read_file(home.file("delivery.crt"), kSmallFileMax)},
                                 {"key", std::string(delivery_key(home, data_key).view())},
                                 {"edits", unsent}};
  write_file_durably(note_of(home, device), boost::json::serialize(note) + "\n", 0600);
  write_file_durably(sealed_beside(note_of(home, device)), sealed, 0600);
}

std::vector<LastWord> last_words(const Home& home) {
  std::vector<LastWord> out;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(home.path(), none)) {
    const auto& path = entry.path();
    const std::string name = path.stem().string();
    const auto device = name.starts_with(kOpening) ? Id::parse(name.substr(kOpening.size())) : std::nullopt;
    if (!device || path.extension() != ".cms") continue;
    LastWord word{
        .device = *device, .note = std::filesystem::path(path).replace_extension(".json"), .sealed = path};
    const auto parsed = sync::parse_json(read_file(word.note, kSmallFileMax));
    const auto* from = parsed ? parsed->if_object() : nullptr;
    if (from != nullptr) word.edits = sync::integer_member(*from, "edits").value_or(0);
    out.push_back(std::move(word));
  }
  return out;
}

void deliver_last_word(const LastWord& word) {
  const auto parsed = sync::parse_json(read_file(word.note, kSmallFileMax));
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto text = [&](std::string_view name) {
    return std::string(from == nullptr ? std::string_view{} : sync::text_member(*from, name).value_or(""));
  };
  HttpsTransport office(Endpoint::parse(text("server")),
                        TransportOptions{.ca_pem = text("ca"),
                                         .certificate_pem = text("certificate"),
                                         .key_pem = Secret::take(text("key"))});
  const boost::json::object body{{"sealed", hex(read_file(word.sealed, kLastWordBytesMax))}};
  const Answer answer = office.post("/v1/sealed", boost::json::serialize(body));
  if (answer.status != 200) throw failure_of({.status = answer.status, .body = answer.body});
  destroy_file(word.sealed);
  destroy_file(word.note);
}

void forget_last_word(const Home& home, const Id& living) {
  destroy_file(sealed_beside(note_of(home, living)));
  destroy_file(note_of(home, living));
}

}  // namespace relance::client
