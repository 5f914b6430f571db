// doctor: one line a fact that can be wrong, and what to do about it. Every check stands alone, because it is run
// when things are broken.
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <functional>

#include "client/audit_witness.h"
#include "client/commands.h"
#include "client/https_transport.h"
#include "host/openssl.h"
#include "host/sqlite.h"
#include "schema/instant.h"
#include "sync/json.h"

namespace relance::client {
namespace {

constexpr std::uint64_t kFreeMibMin = 200;  // below it a first download may not fit
constexpr Ms kClockTolerance = 2 * 60'000;  // as much as the server forgives in an edit's time

struct Finding {
  bool is_good = true;
  std::string found, advice;
};

Finding look_at_engine(Desk& desk) {
  if (sql::engine_encrypts()) return {true, sql::engine_description(), ""};
  return {false, desk.words(Text::engine_plain, {sql::engine_description()}), ""};
}

Finding look_at_home(Desk& desk) {
  const std::string path = desk.home().path().string();
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return {false, desk.words(Text::home_missing, {path}), desk.words(Text::advice_enrol)};
  if ((facts.st_mode & 077) != 0)
    return {false, desk.words(Text::home_open, {path}), desk.words(Text::advice_chmod, {path})};
  return {true, desk.words(Text::home_fine, {path}), ""};
}

Finding look_at_disk(Desk& desk) {
  struct statvfs facts {};
  std::filesystem::path path = desk.home().path();
  while (!path.empty() && !std::filesystem::exists(path) && path.has_parent_path()) path = path.parent_path();
  if (::statvfs(path.c_str(), &facts) != 0) return {false, desk.words(Text::not_checked), ""};
  const std::uint64_t mib = std::uint64_t{facts.f_bavail} * facts.f_frsize / (1024 * 1024);
  if (mib < kFreeMibMin) return {false, desk.words(Text::disk_low, {mib}), desk.words(Text::advice_disk)};
  return {true, desk.words(Text::disk_fine, {mib}), ""};
}

std::string sentence_of(const Desk& desk, const Failure& failure) {
  const auto* spoken = dynamic_cast<const SpokenFailure*>(&failure);
  return spoken != nullptr ? failure.message() : failure_text(desk.lang(), failure);
}

Finding look_at_key(Desk& desk) {
  if (desk.home().is_destroyed()) return {false, desk.words(Text::is_destroyed), ""};
  if (!std::filesystem::exists(desk.home().file("replica.key"))) {
    return {false, desk.words(Text::key_missing), desk.words(Text::advice_enrol)};
  }
  try {
    static_cast<void>(desk.open_any(Home::Use::read));
    return {true, desk.words(Text::key_fine), ""};
  } catch (const Failure& failure) {
    const bool is_unasked = !desk.can_ask();  // a script without a passphrase: nothing is wrong with the key
    return {is_unasked, desk.words(Text::key_unread, {sentence_of(desk, failure)}), ""};
  }
}

Finding look_at_certificate(Desk& desk) {
  if (!std::filesystem::exists(desk.home().file("device.crt"))) {
    return {false, desk.words(Text::certificate_missing), desk.words(Text::advice_enrol)};
  }
  const Ms until = facts_of_certificate(desk.home().certificate_pem()).not_after;
  const bool is_over = desk.clock().now() > until;
  return {!is_over,
          desk.words(is_over ? Text::certificate_over : Text::certificate_until, {desk.local_time(until)}),
          is_over ? desk.words(Text::advice_certificate) : ""};
}

// Asked without a certificate of our own: this works with a broken key, too.
std::pair<Finding, Finding> look_at_server(Desk& desk) {
  Finding clock{true, desk.words(Text::not_checked), ""};
  if (!std::filesystem::exists(desk.home().file("server")))
    return {{false, desk.words(Text::not_checked), desk.words(Text::advice_enrol)}, clock};
  try {
    HttpsTransport transport(desk.home().server(),
                             TransportOptions{.ca_pem = desk.home().ca_pem(), .key_pem = {}});
    const Answer answer = transport.get("/v1/time");
    const auto parsed = sync::parse_json(answer.body);
    const auto* body = parsed ? parsed->if_object() : nullptr;
    const auto said =
        body == nullptr ? std::nullopt : parse_instant(sync::text_member(*body, "now").value_or(""));
    const Ms ours = desk.clock().now();
    const Ms theirs = said.value_or(0);
    if (said && std::abs(theirs - ours) > kClockTolerance) {
      clock = {false, desk.words(Text::clock_off, {instant_text(ours), instant_text(theirs)}),
               desk.words(Text::advice_clock)};
    } else if (said) {
      clock.found = desk.words(Text::clock_fine, {(std::abs(theirs - ours) + 999) / 1000});
    }
    return {{true, desk.words(Text::reach_fine, {transport.endpoint().text()}), ""}, clock};
  } catch (const Failure& failure) {
    if (failure.code() == Code::wrong_clock)
      clock = {false, sentence_of(desk, failure), desk.words(Text::advice_clock)};
    return {{false, sentence_of(desk, failure),
             failure.code() == Code::unreachable ? desk.words(Text::advice_network) : ""},
            clock};
  }
}

Finding look_at_lease(Desk& desk) {
  if (!desk.has_data_key()) return {true, desk.words(Text::not_checked), ""};  // the key's line says why
  const ReplicaFacts facts = desk.open_any(Home::Use::read).replica.facts();
  const bool is_over = facts.standing == Standing::locked || facts.standing == Standing::expired;
  return {!is_over,
          desk.words(is_over ? Text::lease_over : Text::lease_fine, {desk.local_time(facts.lease_until)}),
          is_over ? desk.words(Text::advice_lease) : ""};
}

Finding look_at_witness(Desk& desk) {
  if (!desk.has_data_key()) return {true, desk.words(Text::not_checked), ""};
  const OpenReplica open = desk.open_any(Home::Use::read);
  if (!is_witness(open.replica.version())) return {true, desk.words(Text::not_checked), ""};
  const WitnessFacts facts = witness_facts(*open.db);
  const std::string found = witness_sentence(desk, facts);
  const bool is_bad = facts.rewritten + facts.other_key + facts.unanswered > 0;
  if (!found.empty()) return {!is_bad, found, is_bad ? desk.words(Text::advice_audit) : ""};
  if (!facts.newest) return {true, desk.words(Text::audit_none), ""};
  return {true, desk.words(Text::audit_fine, {facts.newest->seq, desk.local_time(facts.newest->signed_at)}),
          ""};
}

// A check that fails in a way nobody thought of is a finding too.
Finding guarded(Desk& desk, const std::function<Finding(Desk&)>& look) {
  try {
    return look(desk);
  } catch (const Failure& failure) {
    return {false, sentence_of(desk, failure), ""};
  }
}

}  // namespace

std::string witness_sentence(const Desk& desk, const WitnessFacts& facts) {
  if (facts.rewritten > 0)
    return desk.words(Text::audit_rewritten, {facts.first ? facts.first->head.seq : 0});
  if (facts.unanswered > 0) return desk.words(Text::audit_unanswered);
  if (facts.other_key > 0) return desk.words(Text::audit_other_key);
  return facts.lost > 0 ? desk.words(Text::audit_lost, {facts.lost}) : "";
}

int run_doctor(Desk& desk) {
  const auto [reach, clock] = look_at_server(desk);
  const std::vector<std::tuple<std::string_view, Text, Finding>> findings{
      {"engine", Text::doctor_engine, guarded(desk, look_at_engine)},
      {"home", Text::doctor_home, guarded(desk, look_at_home)},
      {"disk", Text::doctor_disk, guarded(desk, look_at_disk)},
      {"key", Text::doctor_key, guarded(desk, look_at_key)},
      {"certificate", Text::doctor_certificate, guarded(desk, look_at_certificate)},
      {"server", Text::doctor_reach, reach},
      {"clock", Text::doctor_clock, clock},
      {"lease", Text::doctor_lease, guarded(desk, look_at_lease)},
      {"audit", Text::doctor_audit, guarded(desk, look_at_witness)},
  };
  bool is_all_good = true;
  boost::json::array checks;
  for (const auto& [name, label, finding] : findings) {
    is_all_good = is_all_good && finding.is_good;
    checks.push_back(boost::json::object{{"name", name},
                                         {"ok", finding.is_good},
                                         {"finding", finding.found},
                                         {"advice", json_or_null(finding.advice)}});
    const std::string mark = desk.words(finding.is_good ? Text::good : Text::attention);
    desk.tell(mark + std::string(8 - std::min<std::size_t>(display_width(mark), 7), ' ') + desk.words(label) +
              ": " + finding.found + (finding.advice.empty() ? "" : "; " + finding.advice));
  }
  if (desk.json()) print_json(boost::json::object{{"ok", is_all_good}, {"checks", std::move(checks)}});
  return is_all_good ? 0 : 1;
}

}  // namespace relance::client
