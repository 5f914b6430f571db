#include "server/seal_service.h"

#include "host/compress.h"
#include "host/digest.h"
#include "host/failure.h"
#include "host/sealing.h"
#include "server/erasure.h"
#include "server/recovery.h"
#include "sync/sealed.h"

namespace relance::server {
namespace {

constexpr std::size_t kSealedKeyBytesMax = 4 * 1024;

std::optional<std::string> hex_member(const boost::json::object& from, std::string_view name) {
  const auto text = sync::text_member(from, name);
  return text ? unhex(*text) : std::nullopt;
}

ServiceAnswer answer_with(std::string_view name, std::string_view text) {
  std::string body = "{";
  sync::append_json(body, name);
  body += ':';
  sync::append_json(body, text);
  return {.status = 200, .body = body + "}"};
}

// Looked for by readers first: whoever guesses or repeats must not hold the writer up.
std::optional<Device> device_of(Readers& readers, const Id& id) {
  std::optional<Device> out;
  readers.read([&](sql::Connection& db) { out = find_device(db, id); });
  return out;
}

struct LastWord {
  sync::Gone why = sync::Gone::expired;
  sync::Rescue rescue;
};

// Sealed to us, signed by the key of a certificate that we gave to this very device: however the paper that it came in
// got here, nobody but the replica that is gone can have said it.
std::variant<LastWord, std::string_view> open_last_word(const CertificateWithKey& ca,
                                                        const CertificateWithKey& sealing, const Id& device,
                                                        std::string_view sealed) {
  const auto opened = open_sealed_to(sealing.key_pem, sealed);
  if (!opened) return "it is not sealed to this office";
  const auto said = sync::SignedStatement::parse(expand(opened->view(), sync::kExpandedBytesMax));
  const auto head = said ? sync::head_of_statement(said->statement) : std::nullopt;
  if (!head || head->device != device) return "it is no last word of this device";
  if (!is_issued_by(ca.certificate_pem, said->certificate_pem) ||
      device_of_uri(facts_of_certificate(said->certificate_pem).uri_san) != device ||
      !is_signed(public_key_of_certificate(said->certificate_pem), said->statement, said->signature))
    return "it is not signed by this device";
  auto rescue = sync::decode_rescue(said->statement);
  if (std::holds_alternative<sync::WireError>(rescue)) return "its edits cannot be read";
  return LastWord{head->why, std::move(std::get<sync::Rescue>(rescue))};
}

// Its replica is gone for good: nothing is left that could be trusted again, or told to go.
void count_as_gone(Ledger& ledger, const Device& device, sync::Gone why) {
  forget_sealed_key(ledger, device.id);
  if (device.state == "wiped") return;
  const schema::Table& t = schema::table("device");
  const auto row = load_row(ledger.db(), t, device.id);
  sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = device.id};
  op.changes.push_back({schema::column(t, "state"), value_of(t, *row, "state"), std::string("wiped")});
  static_cast<void>(ledger.apply_office({.staff_id = device.staff_id, .role = schema::office},
                                        "device." + std::string(name_of(why)), {op}));
  note_wiped(ledger.db(), device.id);
}

}  // namespace

SealService::SealService(Committer& committer, Readers& readers, CertificateWithKey ca,
                         CertificateWithKey sealing, const Clock& clock)
    : committer_(committer),
      readers_(readers),
      ca_(std::move(ca)),
      sealing_(std::move(sealing)),
      clock_(clock) {}

ServiceAnswer SealService::certificate(const Id& device_id) {
  if (!device_of(readers_, device_id)) return unknown_device();
  return answer_with("certificate", sealing_.certificate_pem);
}

ServiceAnswer SealService::seal(const Id& device_id, std::string_view body) {
  const auto device = device_of(readers_, device_id);
  if (!device) return unknown_device();
  if (device->is_told_to_wipe()) return problem(Code::wiped, {}, ",\"wipe\":true");
  const auto parsed = sync::parse_json(body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto sealed = from == nullptr ? std::nullopt : hex_member(*from, "sealed_key");
  const auto csr = from == nullptr ? std::nullopt : sync::text_member(*from, "csr");
  if (!sealed || !csr || sealed->size() > kSealedKeyBytesMax)
    return problem(Code::bad_request, "sealed_key, csr");
  // Now, and not on the day on which it is needed, is the time to find out that it does not open.
  const auto opened = open_sealed_to(sealing_.key_pem, *sealed);
  if (!opened || !sync::data_key_in(opened->view(), device_id))
    return problem(Code::bad_request, "sealed_key");
  const std::string certificate = sign_delivery_request(ca_, *csr, device_id, clock_.now());
  committer_.commit([&](Ledger& ledger) { keep_sealed_key(ledger, *device, *sealed); });
  return answer_with("certificate", certificate);
}

ServiceAnswer SealService::recover(std::string_view body) {
  const auto parsed = sync::parse_json(body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto device = from == nullptr ? std::nullopt : sync::id_member(*from, "device");
  const auto secret = from == nullptr ? std::nullopt : hex_member(*from, "secret");
  const auto csr = from == nullptr ? std::nullopt : sync::text_member(*from, "csr");
  bool may_be = device && secret && csr && secret->size() == InviteSecret{}.size();
  if (may_be) readers_.read([&](sql::Connection& db) { may_be = is_recoverable(db, *device, clock_.now()); });
  std::optional<std::string> key;
  if (may_be)
    committer_.commit(
        [&](Ledger& ledger) { key = redeem_recovery(ledger, sealing_.key_pem, *device, *secret, *csr); });
  // What is unknown, over, used up or wrong looks the same.
  if (!key) return problem(Code::code_refused, facts_of(Code::code_refused).sentence);
  return answer_with("sealed_key", hex(*key));
}

ServiceAnswer SealService::deliver(const Id& device_id, std::string_view body) {
  const auto parsed = sync::parse_json(body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto sealed = from == nullptr ? std::nullopt : hex_member(*from, "sealed");
  if (!sealed) return problem(Code::bad_request, "sealed");
  const auto opened = open_last_word(ca_, sealing_, device_id, *sealed);
  if (const auto* why_not = std::get_if<std::string_view>(&opened))
    return problem(Code::bad_request, *why_not);
  const auto& word = std::get<LastWord>(opened);
  std::size_t taken = 0;
  bool is_known = true;
  committer_.commit([&](Ledger& ledger) {
    auto device = find_device(ledger.db(), device_id);
    // A restored office may never have heard of it: it is entered with its owner, as a rescue would.
    if (!device && word.rescue.staff_id) {
      enter_device(ledger, device_id, *word.rescue.staff_id, {}, "rescued");
      device = find_device(ledger.db(), device_id);
    }
    is_known = device.has_value();
    if (!is_known) return;
    taken = Intake(ledger).quarantine(*device, word.rescue.mutations).size();
    count_as_gone(ledger, *device, word.why);
  });
  if (!is_known) return unknown_device();
  return {.status = 200, .body = "{\"taken\":" + std::to_string(taken) + "}"};
}

}  // namespace relance::server
