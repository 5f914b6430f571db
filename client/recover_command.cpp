// The passphrase is forgotten, and nothing else is lost: the office gives the data key back against a one-time code,
// sealed to a key that lives in this process only. A recovery that is cut has changed nothing; the next one takes
// another code.
#include "client/commands.h"
#include "client/https_transport.h"
#include "client/key_holder.h"
#include "client/keys.h"
#include "client/session.h"
#include "host/digest.h"
#include "host/enrolment_code.h"
#include "host/openssl.h"
#include "host/sealing.h"
#include "sync/json.h"

namespace relance::client {
namespace {

Id device_of(const Home& home) {
  const std::string uri = facts_of_certificate(home.certificate_pem()).uri_san;
  const auto device =
      uri.starts_with(kDeviceUriPrefix) ? Id::parse(uri.substr(kDeviceUriPrefix.size())) : std::nullopt;
  if (!device)
    throw Failure(Code::corrupt,
                  "This device's certificate does not say whose it is; ask for a new enrolment code.");
  return *device;
}

Secret ask_office(const EnrolmentCode& code, const Id& device) {
  const KeyAndRequest fresh = make_key_and_request();
  HttpsTransport office = HttpsTransport::for_enrolment({code.host, code.port}, code.ca_fingerprint);
  const std::string_view secret(reinterpret_cast<const char*>(code.secret.data()), code.secret.size());
  const boost::json::object body{{"device", device.text()}, {"secret", hex(secret)}, {"csr", fresh.csr_pem}};
  const Answer answer = office.post("/v1/recover", boost::json::serialize(body));
  if (answer.status != 200) throw failure_of({.status = answer.status, .body = answer.body});
  const auto parsed = sync::parse_json(answer.body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto sealed = from == nullptr ? std::nullopt : sync::text_member(*from, "sealed_key");
  const auto bytes = sealed ? unhex(*sealed) : std::nullopt;
  auto key = bytes ? open_sealed_to(fresh.key_pem, *bytes) : std::nullopt;
  if (!key || key->size() != kDataKeyBytes)
    throw Failure(Code::protocol, std::string(facts_of(Code::protocol).sentence));
  return std::move(*key);
}

// Before anything is changed: the key that came opens this replica and this device's own key.
void require_fit(const Desk& desk, const Secret& key, const Id& device) {
  try {
    static_cast<void>(desk.home().open_replica(key, Home::Use::read));
    static_cast<void>(desk.home().device_key(key));
  } catch (const Failure& failure) {
    if (failure.code() != Code::wrong_key) throw;
    throw desk.failure(Code::wrong_key, Text::recover_not_this, {device.text()});
  }
}

}  // namespace

int run_recover(Desk& desk, const std::string& code_text, const std::string& new_passphrase_file) {
  const EnrolmentCode code = EnrolmentCode::decode(code_text);
  const Home& home = desk.home();
  if (home.is_destroyed() || !home.is_enrolled())
    throw desk.failure(Code::not_found, Text::recover_nothing, {home.path().string()});
  const auto lock = LockFile::try_lock(home.file("sync.lock"));
  if (!lock) throw desk.failure(Code::busy, Text::sync_still_busy);
  // Chosen first: a code is good once, and must not be used up for a passphrase that is then refused.
  const bool is_given = !new_passphrase_file.empty() || desk.will_ask();
  const Secret passphrase =
      is_given ? desk.new_passphrase(new_passphrase_file) : desk.passphrase(Text::ask_new_passphrase);
  check_passphrase(passphrase.view());
  const Id device = device_of(home);
  const Secret key = ask_office(code, device);
  require_fit(desk, key, device);
  KeyEnvelope::replace(home.file("replica.key"), passphrase.view(), key);
  stop_key_holder(home);
  if (desk.json()) print_json(boost::json::object{{"recovered", true}, {"device_id", device.text()}});
  desk.tell(desk.words(Text::recovered));
  return 0;
}

}  // namespace relance::client
