// What is sealed to a certificate opens with its key, whole or not at all; and what the office does with it: recovery
// codes and last words.
#include "host/sealing.h"

#include <boost/json.hpp>

#include "host/compress.h"
#include "host/digest.h"
#include "host/openssl.h"
#include "server/api.h"
#include "server/recovery.h"
#include "sync/sealed.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

template <typename Work>
std::optional<Code> code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return std::nullopt;
}

// An office with its seals, and paul's device, which has handed its key over.
struct SealedDesk : World {
  Id paul = office.add_staff("paul", "agent");
  Id device = office.add_device(paul);
  CertificateWithKey ca = make_ca("Test office", clock.now());
  CertificateWithKey sealing = issue_sealing_certificate(ca, clock.now());
  server::DirectCommitter committer{office.ledger()};
  server::DirectReader reader{office.db()};
  server::SealService seals{committer,
                            reader,
                            {ca.certificate_pem, ca.key_pem.copy()},
                            {sealing.certificate_pem, sealing.key_pem.copy()},
                            clock};
  server::Api api{
      office.service(), committer, reader, {ca.certificate_pem, ca.key_pem.copy()}, clock, &seals};
  KeyAndRequest own = make_key_and_request(), delivery = make_key_and_request();
  std::string data_key = std::string(32, 'd');

  int status(std::string_view path, const boost::json::value& body, std::string_view uri) {
    HttpRequest request{.method = "POST", .path = std::string(path), .body = boost::json::serialize(body)};
    request.peer.has_certificate = !uri.empty();
    request.peer.uri_san = std::string(uri);
    last = api.handle(request);
    return last.status;
  }
  std::string member(std::string_view name) const {
    const std::string text = last.content_encoding.empty() ? last.body : expand(last.body, 1 << 20);
    return std::string(boost::json::parse(text).as_object().at(name).as_string());
  }
  std::string as_device() const { return std::string(kDeviceUriPrefix) + device.text(); }
  std::string as_delivery() const { return std::string(kDeliveryUriPrefix) + device.text(); }

  int hand_over(const Id& named) {
    return status(
        "/v1/seal",
        {{"sealed_key", hex(seal_to(sealing.certificate_pem, sync::sealed_key_text(named, data_key)))},
         {"csr", delivery.csr_pem}},
        as_device());
  }
  server::InviteSecret code() {
    server::InviteSecret out{};
    committer.commit([&](server::Ledger& ledger) {
      out = server::make_recovery(ledger, {.staff_id = office.system(), .role = schema::office}, device);
    });
    return out;
  }
  int recover(const server::InviteSecret& secret, const KeyAndRequest& fresh) {
    return status("/v1/recover",
                  {{"device", device.text()}, {"secret", hex(bytes_of(secret))}, {"csr", fresh.csr_pem}}, "");
  }
  // A last word of `n` edits, as the device would seal it.
  std::string last_word(const Id& named, const Secret& signer, const std::string& mutations,
                        sync::Gone why = sync::Gone::expired) {
    sync::SignedStatement said{.statement = sync::last_statement(named, why, clock.now(),
                                                                 "{\"staff_id\":\"" + paul.text() +
                                                                     "\",\"mutations\":[" + mutations + "]}"),
                               .certificate_pem = sign_device_request(ca, own.csr_pem, device, clock.now()),
                               .signature = {}};
    said.signature = sign_text(signer, said.statement);
    return hex(seal_to(sealing.certificate_pem, compress(said.text())));
  }
  std::string a_mutation(std::int64_t n) {
    const sync::Mutation m{.n = n, .at = clock.now(), .seen = {office.ledger().epoch(), 0}, .intent = "test"};
    std::string out;
    sync::append_mutation(out, m, "[]");
    return out;
  }
  HttpAnswer last;
};

}  // namespace

TEST_CASE("what is sealed opens with its own key only, and not with a bit of it turned", "[keys]") {
  const CertificateWithKey ca = make_ca("X", 1'795'000'000'000);
  const KeyAndRequest other = make_key_and_request();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5000}, std::size_t{300'000}}) {
    const std::string plain(size, 'q');
    const std::string sealed = seal_to(ca.certificate_pem, plain);
    CHECK(sealed.find("qqqqqqqq") == std::string::npos);
    CHECK(open_sealed_to(ca.key_pem, sealed).value().view() == plain);
    CHECK_FALSE(open_sealed_to(other.key_pem, sealed).has_value());
    for (std::size_t at = 0; at < sealed.size(); at += 1 + sealed.size() / 97) {
      std::string turned = sealed;
      turned[at] = static_cast<char>(turned[at] ^ 1);
      const auto opened = open_sealed_to(ca.key_pem, turned);
      CHECK((!opened || opened->view() == plain));
    }
    for (const std::size_t cut : {std::size_t{1}, std::size_t{17}})
      CHECK_FALSE(
          open_sealed_to(ca.key_pem, std::string_view(sealed).substr(0, sealed.size() - cut)).has_value());
  }
  CHECK_FALSE(open_sealed_to(ca.key_pem, "no CMS").has_value());
  CHECK(code_of([] { static_cast<void>(seal_to("no certificate", "x")); }) == Code::bad_file);
}

TEST_CASE("a key under a passphrase opens with it alone", "[keys]") {
  const KeyAndRequest pair = make_key_and_request();
  const std::string pem = key_under_passphrase(pair.key_pem, "une cle loin d'ici");
  CHECK(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  CHECK(key_from_passphrase(pem, "une cle loin d'ici").view() == pair.key_pem.view());
  CHECK(code_of([&] { static_cast<void>(key_from_passphrase(pem, "une autre")); }) == Code::locked);
  CHECK(code_of([&] { static_cast<void>(key_from_passphrase(pair.key_pem.view(), "x")); }) == Code::bad_file);
}

TEST_CASE("a device's key is given back against its code, sealed to who asks, once", "[keys]") {
  SealedDesk w;
  CHECK(code_of([&] { w.code(); }) == Code::not_found);  // it has not handed it over
  REQUIRE(w.hand_over(w.device) == 200);
  CHECK(w.hand_over(w.paul) == 400);  // another's, or none
  const auto code = w.code();
  const KeyAndRequest fresh = make_key_and_request();
  REQUIRE(w.recover(code, fresh) == 200);
  const auto sealed = unhex(w.member("sealed_key"));
  REQUIRE(sealed.has_value());
  CHECK(open_sealed_to(fresh.key_pem, *sealed).value().view() == w.data_key);
  CHECK_FALSE(open_sealed_to(w.own.key_pem, *sealed).has_value());
  CHECK(w.recover(code, fresh) == 403);
  CHECK(w.office.count("SELECT count(*) FROM audit_entry WHERE action = 'device.recovered'") == 1);
  CHECK(w.office.count("SELECT count(*) FROM sealed_key WHERE instr(sealed, x'6464646464646464') > 0") == 0);
}

TEST_CASE("a recovery code is void after five wrong ones, after fifteen minutes, and when there is another",
          "[keys]") {
  SealedDesk w;
  REQUIRE(w.hand_over(w.device) == 200);
  const KeyAndRequest fresh = make_key_and_request();
  auto code = w.code();
  for (int i = 0; i < 5; ++i) CHECK(w.recover(server::InviteSecret{std::uint8_t(i)}, fresh) == 403);
  CHECK(w.recover(code, fresh) == 403);
  CHECK(w.office.count("SELECT count(*) FROM audit_entry WHERE action = 'device.recover_refused'") == 5);
  const std::int64_t entries = w.office.count("SELECT count(*) FROM audit_entry");
  for (int i = 0; i < 50; ++i) CHECK(w.recover(server::InviteSecret{std::uint8_t(i)}, fresh) == 403);
  CHECK(w.office.count("SELECT count(*) FROM audit_entry") == entries);  // guesses write nothing any more

  code = w.code();
  for (int i = 0; i < 4; ++i) CHECK(w.recover(server::InviteSecret{std::uint8_t(i)}, fresh) == 403);
  CHECK(w.recover(code, fresh) == 200);

  code = w.code();
  const auto newer = w.code();
  CHECK(w.recover(code, fresh) == 403);
  w.clock.advance(16 * 60'000);
  CHECK(w.recover(newer, fresh) == 403);
  CHECK(w.recover(w.code(), {.key_pem = Secret(""), .csr_pem = "no request"}) == 400);
}

TEST_CASE("a last word is taken from the device that said it, and each of its edits is kept once", "[keys]") {
  SealedDesk w;
  REQUIRE(w.hand_over(w.device) == 200);
  CHECK(facts_of_certificate(w.member("certificate")).uri_san == w.as_delivery());
  CHECK(facts_of_certificate(w.member("certificate")).not_after ==
        facts_of_certificate(w.ca.certificate_pem).not_after);
  const std::string word = w.last_word(w.device, w.own.key_pem, w.a_mutation(1) + "," + w.a_mutation(2));
  const auto deliver = [&](const std::string& sealed, const std::string& uri) {
    return w.status("/v1/sealed", {{"sealed", sealed}}, uri);
  };
  CHECK(deliver(word, w.as_device()) == 401);  // that certificate is for other things
  CHECK(deliver(word, "") == 401);
  CHECK(deliver(word, std::string(kDeliveryUriPrefix) + w.paul.text()) == 400);
  CHECK(deliver(w.last_word(w.device, w.delivery.key_pem, w.a_mutation(1)), w.as_delivery()) ==
        400);  // a thief's
  CHECK(deliver(w.last_word(w.paul, w.own.key_pem, w.a_mutation(1)), w.as_delivery()) == 400);
  CHECK(deliver("00", w.as_delivery()) == 400);
  CHECK(w.office.count("SELECT count(*) FROM quarantine") == 0);
  CHECK(w.office.value("device", w.device, "state") == Value{std::string("active")});

  for (int i = 0; i < 3; ++i) CHECK(deliver(word, w.as_delivery()) == 200);
  CHECK(w.office.count("SELECT count(*) FROM quarantine WHERE state = 'kept'") == 2);
  CHECK(w.office.value("device", w.device, "state") == Value{std::string("wiped")});
  CHECK(w.office.count("SELECT count(*) FROM sealed_key") == 0);  // no copy of a destroyed replica's key
  CHECK(w.status("/v1/sync", boost::json::object{}, w.as_delivery()) == 401);
  CHECK(w.status("/v1/renew", boost::json::object{}, w.as_delivery()) == 401);
}
