// Brings a device into the office: key, certificate, encrypted replica, first download.
//
// The code is used up by the server's answer, and the answer may be lost. So the key is on disk, sealed, before the
// office is asked; asking again with the same key and code is answered again. The certificate is written last: until
// it is there, nothing here counts as enrolled.
#include <unistd.h>

#include <array>

#include "client/commands.h"
#include "client/https_transport.h"
#include "client/keys.h"
#include "client/session.h"
#include "host/digest.h"
#include "host/enrolment_code.h"
#include "host/openssl.h"
#include "sync/json.h"

namespace relance::client {
namespace {

struct Enrolled {
  Identity identity;
  std::string certificate, ca, organisation, user;
};

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void prepare_data_key(Desk& desk) {
  const auto path = desk.home().file("replica.key");
  if (std::filesystem::exists(path)) {
    static_cast<void>(desk.data_key());  // of an enrolment that was cut: its passphrase holds
    return;
  }
  const Secret passphrase = desk.will_ask() ? desk.new_passphrase({}) : desk.passphrase(Text::ask_passphrase);
  Secret key = make_data_key();
  KeyEnvelope::create(path, passphrase.view(), key);
  desk.set_data_key(std::move(key));
}

Secret prepare_device_key(Desk& desk) {
  const auto path = desk.home().file("device.key");
  if (std::filesystem::exists(path)) return desk.home().device_key(desk.data_key());
  Secret key = make_key_and_request().key_pem;
  write_file_durably(path, seal_device_key(desk.data_key(), key), 0600);
  return key;
}

Enrolled read_answer(const Answer& answer) {
  const auto parsed = sync::parse_json(answer.body);
  const auto* body = parsed ? parsed->if_object() : nullptr;
  const auto text = [&](std::string_view name) {
    return std::string(body == nullptr ? std::string_view{} : sync::text_member(*body, name).value_or(""));
  };
  Enrolled out{
      .certificate = text("certificate"), .organisation = text("organisation"), .user = text("user")};
  const auto device = Id::parse(text("device_id")), staff = Id::parse(text("staff_id")),
             epoch = Id::parse(text("epoch"));
  schema::Writers role = schema::nobody;
  for (const schema::Writers one : {schema::agent, schema::clerk, schema::office, schema::dpo})
    if (schema::name_of(one) == text("role")) role = one;
  if (!device || !staff || !epoch || role == schema::nobody || out.certificate.empty()) {
    throw Failure(Code::protocol, std::string(facts_of(Code::protocol).sentence));
  }
  out.identity = {.device_id = *device, .staff_id = *staff, .role = role, .epoch = *epoch};
  return out;
}

Enrolled ask_office(const EnrolmentCode& code, const Secret& key, const std::string& name) {
  HttpsTransport transport = HttpsTransport::for_enrolment({code.host, code.port}, code.ca_fingerprint);
  const std::string_view secret(reinterpret_cast<const char*>(code.secret.data()), code.secret.size());
  const boost::json::object body{{"secret", hex(secret)},
                                 {"csr", make_csr(*key_from_pem(key.view()))},
                                 {"name", name.empty() ? machine_name() : name}};
  const Answer answer = transport.post("/v1/enrol", boost::json::serialize(body));
  if (answer.status != 200) throw failure_of({.status = answer.status, .body = answer.body});
  Enrolled out = read_answer(answer);
  out.ca = transport.ca_pem();  // the one that the code's fingerprint vouches for, whatever the answer says
  return out;
}

void keep(Desk& desk, const EnrolmentCode& code, const Enrolled& enrolled) {
  const Home& home = desk.home();
  home.clear_unfinished();
  write_file_durably(home.file("ca.crt"), enrolled.ca, 0600);
  write_file_durably(home.file("server"), Endpoint{code.host, code.port}.text(), 0600);
  {
    const auto db = home.open_replica(desk.data_key(), Home::Use::create);
    Replica::create(*db, enrolled.identity, desk.clock().now());
    sql::Transaction transaction(*db, sql::Access::write);
    sql::set_meta(*db, "organisation", enrolled.organisation);
    sql::set_meta(*db, "user", enrolled.user);
    transaction.commit();
  }
  // Before the certificate: a home that is enrolled and bears the note is one whose destruction was cut.
  std::filesystem::remove(home.file("destroyed"));
  sync_directory(home.path());
  home.keep_certificate(enrolled.certificate);
}

}  // namespace

int run_enrol(Desk& desk, const std::string& code_text, const std::string& name) {
  const EnrolmentCode code = EnrolmentCode::decode(code_text);
  const Home& home = desk.home();
  if (home.is_destroyed()) home.finish_destroying();
  if (home.is_enrolled()) throw desk.failure(Code::exists, Text::already_enrolled, {home.path().string()});
  make_private_directory(home.path());
  Enrolled enrolled;
  {
    const auto lock = LockFile::try_lock(home.file("sync.lock"));
    if (!lock) throw desk.failure(Code::busy, Text::sync_still_busy);
    prepare_data_key(desk);
    const Secret key = prepare_device_key(desk);
    enrolled = ask_office(code, key, name);
    keep(desk, code, enrolled);
  }
  desk.tell(desk.words(Text::enrolled, {enrolled.user, enrolled.organisation}));
  try {
    sync_first(desk);
  } catch (const Failure&) {
    say(desk.words(Text::first_sync_cut));
    throw;
  }
  return 0;
}

}  // namespace relance::client
